"""What the wine cellar tells: five articles in three languages, and one that is being written."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Product
from club.catalogue.rules.products import State as ProductState
from club.clock import club_day
from club.content.commenting import decide, say, set_comments
from club.content.drafts import DRAFTS, article_from
from club.content.heard import Heard, heard
from club.content.opinions import answer
from club.content.rules import Article, Audience, CommentState, Reader, Theme
from club.content.service import add_article, publish
from club.events.reading.mine import public_events
from club.members.models import person_with_email
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts

_SAID = (
    ("carmen@example.org", "La linterna detrás del cuello funciona. Con un Reserva de 2008 quedó un dedo de posos."),
    ("owen@example.org", "I left a young one for an hour and liked it best after twenty minutes."),
    ("alexandra@example.org", "А если декантера нет, подойдёт ли обычный кувшин?"),
)
_FOLDER = Path(__file__).parent / "articles"


def fill_content(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Written over some weeks by whoever looks after marketing."""
    by = staff[Role.MARKETING]
    today = club_day(now, the_club(db).time_zone)
    event_id = next((view.id for view in public_events(db, now, limit=1)), None)
    product_id = db.scalar(select(Product.id).where(Product.state == ProductState.LIVE).order_by(Product.id).limit(1))
    db.rollback()
    written: tuple[tuple[str, int, Article], ...] = (
        ("one-glass", 46, _told("one-glass", Theme.HEALTH)),
        ("with-children", 33, replace(_told("with-children", Theme.FAMILY), event_id=event_id)),
        ("keeping-bottles", 21, replace(_told("keeping-bottles", Theme.TRADE), who=Audience.RUNG, rung_key="gold")),
        ("station-quarter", 12, replace(_told("station-quarter", Theme.CULTURE), who=Audience.MEMBERS)),
        ("decanting", 4, replace(_told("decanting", Theme.TRADE), product_id=product_id)),
    )
    for slug, days_ago, article in written:
        at = now - timedelta(days=days_ago)
        article_id = add_article(db, article, by, Role.MARKETING, at, slug=slug)
        publish(db, article_id, today - timedelta(days=days_ago), 1, by, Role.MARKETING, at)
    _talk(db, by, now)
    begun = DRAFTS["culture"].article
    title, lead, body = (Texts({"es": text["es"]}) for text in (begun.title, begun.lead, begun.body))
    in_spanish = replace(begun, title=title, lead=lead, body=body)
    add_article(db, in_spanish, by, Role.MARKETING, now - timedelta(days=1))


def _told(name: str, theme: Theme) -> Article:
    return article_from(_FOLDER, name, theme=theme)


def _talk(db: Session, by: int, now: datetime) -> None:
    """Members talk below one article: what was let through, and what waits."""
    set_comments(db, is_open=True, by=by, role=Role.MARKETING, now=now - timedelta(days=4))
    for number, (email, words) in enumerate(_SAID):
        who = person_with_email(db, email)
        db.rollback()
        if who is not None:
            at = now - timedelta(days=2, hours=-number)
            key = sha256(words.encode()).digest()
            say(db, "decanting", who.person_id, words, Reader(is_member=True), key, at)
            answer(db, "decanting", who.person_id, Reader(is_member=True), at, is_helpful=number != 1)
    waiting = heard(db, Heard.WAITING, len(_SAID))
    db.rollback()
    for line in waiting[:-1]:
        decide(db, line.id, CommentState.SHOWN, by, Role.MARKETING, now - timedelta(days=1))

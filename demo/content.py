"""What the wine cellar tells: five articles in three languages, and one that is being written."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Product
from club.catalogue.rules.products import State as ProductState
from club.clock import club_day
from club.content.drafts import DRAFTS, article_from
from club.content.rules import Article, Audience, Theme
from club.content.service import add_article, publish
from club.events.reading.mine import public_events
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts

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
    begun = DRAFTS["culture"].article
    in_spanish = {name: Texts({"es": getattr(begun, name)["es"]}) for name in ("title", "lead", "body")}
    add_article(db, replace(begun, **in_spanish), by, Role.MARKETING, now - timedelta(days=1))


def _told(name: str, theme: Theme) -> Article:
    return article_from(_FOLDER, name, theme=theme)

"""Lists of articles: for readers what is shown, for staff all of them; and what an article leads to."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from club.catalogue.listing import is_visible
from club.catalogue.models import Product
from club.catalogue.rules.pricing import Buyer
from club.content.models import ARTICLES
from club.content.rules import Audience, State, Theme
from club.members.rules import fold
from club.texts import LANGUAGES, Texts

MOST_LISTED = 5_000


class View(StrEnum):
    """Which articles staff look at."""

    SHOWN = "shown"
    PLANNED = "planned"
    DRAFTS = "drafts"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Card:
    """An article in a list, without its text."""

    id: int
    slug: str
    theme: Theme
    title: Texts
    lead: Texts
    minutes: dict[str, int]
    who: Audience
    rung_key: str | None
    state: State
    shown_on: date | None

    @property
    def gaps(self) -> tuple[str, ...]:
        """Languages in which it cannot be read."""
        return tuple(language for language in LANGUAGES if language not in self.minutes)


class Goods(NamedTuple):
    """A product that an article leads to."""

    name: Texts
    slugs: Texts


_C = ARTICLES.c
_CARD = (_C.id, _C.slug, _C.theme, _C.title, _C.lead, _C.minutes, _C.who, _C.rung_key, _C.state, _C.shown_on)


def shown_articles(db: Session, day: date, *, theme: Theme | None = None, limit: int, offset: int = 0) -> list[Card]:
    """What people see, the newest first."""
    asked = select(*_CARD).where(*_in_view(View.SHOWN, day), *_narrowed(theme, ""))
    rows = db.execute(asked.order_by(_C.shown_on.desc(), _C.id.desc()).limit(limit).offset(offset))
    return [_card(row) for row in rows]


def themes_shown(db: Session, day: date) -> list[Theme]:
    """Those that there is something to read about."""
    found = set(db.scalars(select(_C.theme).where(*_in_view(View.SHOWN, day)).distinct()))
    return [theme for theme in Theme if theme.value in found]


def public_slugs(db: Session, day: date) -> list[tuple[str, tuple[str, ...], date]]:
    """Slug, languages and the day of the last change of what everybody may read, the newest first."""
    asked = select(_C.slug, _C.minutes, _C.shown_on, _C.changed_at).where(
        *_in_view(View.SHOWN, day), _C.who == Audience.PUBLIC.value
    )
    rows = db.execute(asked.order_by(_C.shown_on.desc(), _C.id.desc()).limit(MOST_LISTED))
    return [
        (
            row.slug,
            tuple(language for language in LANGUAGES if language in row.minutes),
            max(row.shown_on, row.changed_at.date()),
        )
        for row in rows
    ]


def articles_in(
    db: Session, view: View, day: date, *, theme: Theme | None = None, q: str = "", limit: int, offset: int = 0
) -> list[Card]:
    """A page of the staff's list: what was changed last, or is shown next, first."""
    order = {View.SHOWN: (_C.shown_on.desc(),), View.PLANNED: (_C.shown_on.asc(),)}.get(view, (_C.changed_at.desc(),))
    asked = select(*_CARD).where(*_in_view(view, day), *_narrowed(theme, q))
    return [_card(row) for row in db.execute(asked.order_by(*order, _C.id.desc()).limit(limit).offset(offset))]


def counts_by_view(db: Session, day: date) -> dict[View, int]:
    """How many articles each view has: one question."""
    counted = [func.coalesce(func.sum(case((and_(*_in_view(view, day)), 1), else_=0)), 0) for view in View]
    row = db.execute(select(*counted).select_from(ARTICLES)).one()
    return {view: int(count) for view, count in zip(View, row, strict=True)}


def goods_for(db: Session, product_id: int, buyer: Buyer, day: date) -> Goods | None:
    """The product, if this reader may see it in the shop."""
    asked = select(Product.name, Product.slugs).where(Product.id == product_id, is_visible(buyer, day))
    row = db.execute(asked).one_or_none()
    return None if row is None else Goods(*row)


def _in_view(view: View, day: date) -> tuple[ColumnElement[bool], ...]:
    match view:
        case View.SHOWN:
            return _C.state == State.PUBLISHED.value, _C.shown_on <= day
        case View.PLANNED:
            return _C.state == State.PUBLISHED.value, _C.shown_on > day
        case View.DRAFTS:
            return (_C.state == State.DRAFT.value,)
    return (_C.state == State.WITHDRAWN.value,)


def _narrowed(theme: Theme | None, q: str) -> tuple[ColumnElement[bool], ...]:
    asked: list[ColumnElement[bool]] = [] if theme is None else [_C.theme == theme.value]
    if fold(q):
        asked.append(_C.folded.contains(fold(q), autoescape=True))
    return tuple(asked)


def _card(row: Any) -> Card:
    return Card(
        id=row.id,
        slug=row.slug,
        theme=Theme(row.theme),
        title=row.title,
        lead=row.lead,
        minutes=dict(row.minutes),
        who=Audience(row.who),
        rung_key=row.rung_key,
        state=State(row.state),
        shown_on=row.shown_on,
    )

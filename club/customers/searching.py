"""The one search: people, orders, purchases by their reference, and what was bought by its article number."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from club.members.finding import search
from club.members.models import Known, Person
from club.orders.finding import FoundOrder, find_orders
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.purchases.rules import SHOP


@dataclass(frozen=True)
class FoundPurchase:
    """A purchase that a reference or an article number leads to."""

    purchase_id: int
    member_id: int
    full_name: str
    channel: str
    reference: str
    bought_on: date
    net_amount: int
    article: str = ""
    """What its line says, where it was found by its article number."""


@dataclass(frozen=True)
class Found:
    """Everything that a text leads to, each kind by itself."""

    people: list[Known]
    purchases: list[FoundPurchase]
    articles: list[FoundPurchase]
    orders: list[FoundOrder] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many things of any kind."""
        return len(self.people) + len(self.purchases) + len(self.articles) + len(self.orders)


_PURCHASE, _PERSON, _SOLD = Purchase.__table__, Person.__table__, PurchaseLine.__table__
_FOUND = (
    _PURCHASE.c.id,
    _PURCHASE.c.member_id,
    _PERSON.c.full_name,
    _PURCHASE.c.channel,
    _PURCHASE.c.reference,
    _PURCHASE.c.bought_on,
    _PURCHASE.c.net_amount,
)


def find(db: Session, text: str, limit: int, *, by_contact: bool, with_orders: bool = False) -> Found:
    """What the text leads to, at most `limit` of each kind. A purchase found twice stands there once.

    The purchase that an order became is not told beside its order.
    """
    orders = find_orders(db, text, limit, by_contact=by_contact) if with_orders else []
    told = {order.number for order in orders}
    return Found(
        search(db, text, limit, by_contact=by_contact, members_only=False),
        [one for one in by_reference(db, text, limit) if one.channel != SHOP or one.reference not in told],
        by_article(db, text, limit),
        orders,
    )


def by_reference(db: Session, reference: str, limit: int) -> list[FoundPurchase]:
    """Purchases of any channel with this receipt or order number, and those that a slip of this number took back."""
    rows = db.execute(_by_reference(), {"reference": reference, "most": limit})
    return [FoundPurchase(*row) for row in rows]


def by_article(db: Session, sku: str, limit: int) -> list[FoundPurchase]:
    """The last purchases of an article."""
    if not sku:
        return []
    return [FoundPurchase(*row) for row in db.execute(_BY_ARTICLE, {"sku": sku, "most": limit})]


@cache
def _by_reference() -> Select[*tuple[Any, ...]]:
    correction = Correction.__table__.c
    bought = select(_PURCHASE.c.id).where(
        _PURCHASE.c.channel.in_(_channels(_PURCHASE.c.channel)), _PURCHASE.c.reference == bindparam("reference")
    )
    back = select(correction.purchase_id).where(
        correction.channel.in_(_channels(correction.channel)), correction.reference == bindparam("reference")
    )
    return (
        select(*_FOUND)
        .join(_PERSON, _PERSON.c.id == _PURCHASE.c.member_id)
        .where(_PURCHASE.c.id.in_(bought.union(back)))
        .order_by(_PURCHASE.c.bought_on, _PURCHASE.c.id)
        .limit(bindparam("most"))
    )


_BY_ARTICLE = (
    select(*_FOUND, func.coalesce(func.nullif(_SOLD.c.description, ""), _SOLD.c.category))
    .select_from(_SOLD)
    .join(_PURCHASE, _PURCHASE.c.id == _SOLD.c.purchase_id)
    .join(_PERSON, _PERSON.c.id == _PURCHASE.c.member_id)
    .where(_SOLD.c.sku == bindparam("sku"), _SOLD.c.sku != "")
    .order_by(_SOLD.c.id.desc())
    .limit(bindparam("most"))
)


def _channels(column: ColumnElement[str]) -> Select[str]:
    """Every channel that occurs, hop by hop along the index: there are a few among millions of rows."""
    first = select(func.min(column).label("channel")).cte(recursive=True)
    after = select(func.min(column)).where(column > first.c.channel).correlate(first).scalar_subquery()
    hops = first.union_all(select(after).where(first.c.channel.is_not(None)))
    return select(hops.c.channel).where(hops.c.channel.is_not(None))

"""The rows from which prices are worked out, for any number of products at once."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, literal, or_, select, union_all
from sqlalchemy.orm import Session

from club.catalogue.models import MemberPrice, Price
from club.catalogue.rules.pricing import BEFORE_A_SALE, LONGEST_SALE, Buyer, Kind, PriceRow, Shown, price_for

Rows = dict[int, list[PriceRow]]
"""By product."""

_COLUMNS = (
    "product_id",
    "kind",
    "from_on",
    "until_on",
    "amount",
    "percent",
    "variant_id",
    "rung_key",
    "min_quantity",
    "id",
)
_PRICE = tuple(getattr(Price, name) for name in _COLUMNS)
_OWN = tuple(
    literal(Kind.MEMBER.value).label("kind")
    if name == "kind"
    else literal(None, Price.rung_key.type).label("rung_key")
    if name == "rung_key"
    else getattr(MemberPrice, name)
    for name in _COLUMNS
)


def rows_for(db: Session, product_ids: Collection[int], buyer: Buyer, day: date) -> Rows:
    """What holds on a day for this buyer, and what a public reduction has to be compared with: one question."""
    found: Rows = {product_id: [] for product_id in product_ids}
    if not found:
        return found
    statement = _statement(with_tiers=bool(buyer.rung_keys), with_own=bool(buyer.member_id))
    given: dict[str, Any] = {"product_ids": list(found), "day": day, "compared": day - LONGEST_SALE - BEFORE_A_SALE}
    if buyer.rung_keys:
        given["rung_keys"] = sorted(buyer.rung_keys)
    if buyer.member_id:
        given["person_id"] = buyer.member_id
    for product_id, kind, *values in db.execute(statement, given):
        found[product_id].append(PriceRow(Kind(kind), *values))
    return found


def public_rows(db: Session, product_ids: Collection[int], day: date) -> Rows:
    """The same of the prices for everybody."""
    return rows_for(db, product_ids, Buyer(), day)


def shown(
    rows: Sequence[PriceRow], variant_id: int, buyer: Buyer, day: date, *, takes_tier_discount: bool
) -> Shown | None:
    """The price of one unit as a page shows it."""
    return price_for(rows, variant_id, buyer if takes_tier_discount else buyer.without_discount(), day)


_DAY = bindparam("day", type_=Price.from_on.type)
_COMPARED = bindparam("compared", type_=Price.from_on.type)
_IDS = bindparam("product_ids", type_=Price.product_id.type, expanding=True)
_RUNGS = bindparam("rung_keys", type_=Price.rung_key.type, expanding=True)


@cache
def _statement(*, with_tiers: bool, with_own: bool) -> Select[*tuple[Any, ...]]:
    holds = or_(Price.until_on.is_(None), Price.until_on >= _DAY)
    compared = or_(Price.until_on.is_(None), Price.until_on >= _COMPARED)
    wanted = and_(Price.kind.in_(("base", "sale")), compared)
    if with_tiers:
        wanted = or_(wanted, and_(Price.kind == "tier", Price.rung_key.in_(_RUNGS), holds))
    prices = select(*_PRICE).where(Price.product_id.in_(_IDS), Price.from_on <= _DAY, wanted)
    if not with_own:
        return prices
    own = select(*_OWN).where(
        MemberPrice.person_id == bindparam("person_id"),
        MemberPrice.product_id.in_(_IDS),
        MemberPrice.from_on <= _DAY,
        or_(MemberPrice.until_on.is_(None), MemberPrice.until_on >= _DAY),
    )
    both = union_all(prices, own).subquery()
    return select(*both.c)

"""The rows from which prices are worked out, for any number of products at once."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, literal, or_, select, union_all
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
    for product_id, kind, *values in db.execute(_statement(list(found), buyer, day)):
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


def _statement(product_ids: list[int], buyer: Buyer, day: date) -> Select[*tuple[Any, ...]]:
    holds = or_(Price.until_on.is_(None), Price.until_on >= day)
    compared = or_(Price.until_on.is_(None), Price.until_on >= day - LONGEST_SALE - BEFORE_A_SALE)
    wanted = and_(Price.kind.in_(("base", "sale")), compared)
    if buyer.rung_keys:
        wanted = or_(wanted, and_(Price.kind == "tier", Price.rung_key.in_(sorted(buyer.rung_keys)), holds))
    prices = select(*_PRICE).where(Price.product_id.in_(product_ids), Price.from_on <= day, wanted)
    if not buyer.member_id:
        return prices
    own = select(*_OWN).where(
        MemberPrice.person_id == buyer.member_id,
        MemberPrice.product_id.in_(product_ids),
        MemberPrice.from_on <= day,
        or_(MemberPrice.until_on.is_(None), MemberPrice.until_on >= day),
    )
    both = union_all(prices, own).subquery()
    return select(*both.c)

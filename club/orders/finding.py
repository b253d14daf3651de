"""Orders by what was typed: their number, an article, whoever ordered. Each way is a stretch of an index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, String, and_, bindparam, select, union
from sqlalchemy.orm import Session

from club.catalogue.models import Variant
from club.catalogue.rules.products import sku_key
from club.members.finding import way_of
from club.members.models import Person
from club.members.rules import email_key, pieces
from club.orders.models import LONGEST_NUMBER, Order, OrderContact, OrderLine

LOOKED_THROUGH = 5_000
"""Names of guests are looked through word by word in so many of their last orders."""
_LAST_LETTER = "\U0010ffff"

Ids = Select[int]
Typed = str | BindParameter[str]


@dataclass(frozen=True)
class FoundOrder:
    """An order that a text leads to."""

    number: str
    full_name: str
    placed_at: datetime
    total: int


def ids_named(db: Session, words: str, *, by_contact: bool) -> Select[int]:
    """Orders of this number, of this article, or of whoever the words name, as ids to build on."""
    of_article = select(Variant.id).where(Variant.sku_key == sku_key(words))
    ways = [
        select(OrderLine.order_id).where(OrderLine.variant_id.in_(of_article)),
        *(ids for kind, typed in _typed(words, by_contact=by_contact).items() for ids in _WAYS[kind](*typed)),
    ]
    buyers = way_of(db, words, by_contact=by_contact, members_only=False)
    if buyers is not None:
        ways.append(select(Order.id).where(Order.person_id.in_(select(Person.id).where(buyers))))
    return select(union(*ways).subquery().c[0])


def find_orders(db: Session, words: str, limit: int, *, by_contact: bool) -> list[FoundOrder]:
    """The order of this number, and those of guests whom the words name, the newest first.

    Members are found themselves, and their orders stand on their page.
    """
    typed = _typed(words, by_contact=by_contact)
    if not typed:
        return []
    said = {f"{kind}{place}": text for kind, texts in typed.items() for place, text in enumerate(texts)}
    rows = db.execute(_of_guests(tuple((kind, len(texts)) for kind, texts in typed.items())), {"most": limit, **said})
    return [FoundOrder(row.number, row.full_name or "", row.placed_at, row.total) for row in rows]


@cache
def _of_guests(typed: tuple[tuple[str, int], ...]) -> Select[*tuple[Any, ...]]:
    """Put together once for each way to type."""
    ways: list[Ids] = []
    for kind, count in typed:
        found = _WAYS[kind](*(bindparam(f"{kind}{place}", type_=String) for place in range(count)))
        is_guest = Order.person_id.is_(None)
        ways += found if kind == "number" else [select(Order.id).where(is_guest, Order.id.in_(ids)) for ids in found]
    return (
        select(Order.number, OrderContact.full_name, Order.placed_at, Order.total)
        .outerjoin(OrderContact, OrderContact.order_id == Order.id)
        .where(Order.id.in_(select(union(*ways).subquery().c[0])))
        .order_by(Order.id.desc())
        .limit(bindparam("most"))
    )


def _typed(words: str, *, by_contact: bool) -> dict[str, tuple[str, ...]]:
    """What the words can be, as each of `_WAYS` takes it."""
    found: dict[str, tuple[str, ...]] = {}
    number = "".join(sign for sign in words.upper() if sign.isalnum())
    if 0 < len(number) <= LONGEST_NUMBER:
        found["number"] = (number,)
    if "@" in words:
        return {**found, "email": (email_key(words),)} if by_contact else found
    folded = " ".join(pieces(words))
    if folded:
        found["name"] = (folded, folded + _LAST_LETTER, f" {folded}")
    return found


def _numbered(number: Typed) -> list[Ids]:
    return [select(Order.id).where(Order.number == number)]


def _mailed(key: Typed) -> list[Ids]:
    return [select(OrderContact.order_id).where(OrderContact.email_key == key)]


def _called(begin: Typed, end: Typed, within: Typed) -> list[Ids]:
    """Whose name begins so; of the last guests also those with another word that begins so. All are bare letters."""
    guests = select(Order.id).where(Order.person_id.is_(None)).order_by(Order.id.desc()).limit(LOOKED_THROUGH)
    begins = and_(OrderContact.name_key >= begin, OrderContact.name_key < end)
    has = and_(OrderContact.order_id.in_(guests), OrderContact.name_key.contains(within))
    return [select(OrderContact.order_id).where(begins), select(OrderContact.order_id).where(has)]


_WAYS: Mapping[str, Callable[..., list[Ids]]] = {"number": _numbered, "email": _mailed, "name": _called}

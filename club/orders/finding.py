"""Orders by what was typed: their number, an article, whoever ordered. Each way is a stretch of an index."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, select, union
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
        *_numbered(words),
        select(OrderLine.order_id).where(OrderLine.variant_id.in_(of_article)),
        *_of_contacts(words, by_contact=by_contact),
    ]
    buyers = way_of(db, words, by_contact=by_contact, members_only=False)
    if buyers is not None:
        ways.append(select(Order.id).where(Order.person_id.in_(select(Person.id).where(buyers))))
    return select(union(*ways).subquery().c[0])


def find_orders(db: Session, words: str, limit: int, *, by_contact: bool) -> list[FoundOrder]:
    """The order of this number, and those of guests whom the words name, the newest first.

    Members are found themselves, and their orders stand on their page.
    """
    guests = [
        select(Order.id).where(Order.person_id.is_(None), Order.id.in_(way))
        for way in _of_contacts(words, by_contact=by_contact)
    ]
    ways = [*_numbered(words), *guests]
    if not ways:
        return []
    rows = db.execute(
        select(Order.number, OrderContact.full_name, Order.placed_at, Order.total)
        .outerjoin(OrderContact, OrderContact.order_id == Order.id)
        .where(Order.id.in_(select(union(*ways).subquery().c[0])))
        .order_by(Order.id.desc())
        .limit(limit)
    )
    return [FoundOrder(row.number, row.full_name or "", row.placed_at, row.total) for row in rows]


def _numbered(words: str) -> list[Ids]:
    number = "".join(sign for sign in words.upper() if sign.isalnum())
    if not 0 < len(number) <= LONGEST_NUMBER:
        return []
    return [select(Order.id).where(Order.number == number)]


def _of_contacts(words: str, *, by_contact: bool) -> list[Ids]:
    """Whose address this is; whose name begins so; of the last guests also those with another word that begins so."""
    if "@" in words:
        key = email_key(words)
        return [select(OrderContact.order_id).where(OrderContact.email_key == key)] if by_contact else []
    folded = " ".join(pieces(words))
    if not folded:
        return []
    guests = select(Order.id).where(Order.person_id.is_(None)).order_by(Order.id.desc()).limit(LOOKED_THROUGH)
    begins = and_(OrderContact.name_key >= folded, OrderContact.name_key < folded + _LAST_LETTER)
    within = and_(OrderContact.order_id.in_(guests), OrderContact.name_key.contains(f" {folded}", autoescape=True))
    return [select(OrderContact.order_id).where(begins), select(OrderContact.order_id).where(within)]

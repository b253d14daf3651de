"""What a successor has to know: the customers of one colleague, and for each what is open and what was last said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.care.models.tables import CARERS, INTERACTIONS
from club.care.models.to_do import Item, to_do
from club.members.models import Person

LAST_CONTACTS = 3
MOST_ITEMS = 2000


@dataclass(frozen=True)
class Known:
    """A customer in the list of whoever looks after them."""

    person_id: int
    member_number: str | None
    full_name: str
    call_name: str
    email: str | None
    phone: str | None


@dataclass(frozen=True)
class Contact:
    """What was written, pinned or among the last."""

    kind: str
    direction: str | None
    summary: str
    at: datetime
    by: int | None
    is_pinned: bool


@dataclass(frozen=True)
class Leaf:
    """One customer in the pack."""

    customer: Known
    items: Sequence[Item]
    contacts: Sequence[Contact]


@dataclass(frozen=True)
class Pack:
    """`others`: what is open without being about one of the customers."""

    leaves: Sequence[Leaf]
    others: Sequence[Item]
    customers: int
    """All of them, of which the first ones are in the pack."""


def customers_of(db: Session, account_id: int, limit: int) -> list[Known]:
    """Whom somebody looks after, by name."""
    rows = db.execute(
        select(Person.id, Person.member_number, Person.full_name, Person.call_name, Person.email, Person.phone)
        .join(CARERS, CARERS.c.person_id == Person.id)
        .where(CARERS.c.account_id == account_id, CARERS.c.ended_at.is_(None))
        .order_by(Person.search_text, Person.id)
        .limit(limit)
    )
    return [Known(*row) for row in rows]


def hand_over_pack(db: Session, account_id: int, limit: int) -> Pack:
    """Four queries, whatever the number of customers."""
    customers = customers_of(db, account_id, limit)
    items = to_do(db, [account_id], limit=MOST_ITEMS)
    contacts = _contacts(db, [one.person_id for one in customers])
    known = {one.person_id for one in customers}
    total = db.scalar(select(func.count()).where(CARERS.c.account_id == account_id, CARERS.c.ended_at.is_(None)))
    return Pack(
        leaves=[
            Leaf(
                one,
                [item for item in items if item.person_id == one.person_id],
                contacts.get(one.person_id, []),
            )
            for one in customers
        ],
        others=[item for item in items if item.person_id not in known],
        customers=total or 0,
    )


def _contacts(db: Session, person_ids: Sequence[int]) -> dict[int, list[Contact]]:
    """What is pinned, and the last dealings, of each."""
    if not person_ids:
        return {}
    columns = INTERACTIONS.c
    place = func.row_number().over(partition_by=columns.person_id, order_by=(columns.at.desc(), columns.id.desc()))
    ranked = select(INTERACTIONS, place.label("place")).where(columns.person_id.in_(person_ids)).subquery("ranked")
    rows = db.execute(
        select(ranked)
        .where(ranked.c.is_pinned | (ranked.c.place <= LAST_CONTACTS))
        .order_by(ranked.c.person_id, ranked.c.is_pinned.desc(), ranked.c.place)
    )
    found: dict[int, list[Contact]] = {}
    for row in rows:
        contact = Contact(row.kind, row.direction, row.summary, row.at, row.by, bool(row.is_pinned))
        found.setdefault(row.person_id, []).append(contact)
    return found

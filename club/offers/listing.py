"""What became of offers, with the names that staff read: uses, their cost, who was picked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.members.models import Person
from club.offers.models import PARTNER_CODES, PICKED, USES, VOUCHERS
from club.offers.rules import UseState, VoucherState
from club.permissions import Permission, Role, require

AT_ONCE = 1_000


@dataclass(frozen=True)
class Sums:
    """How often an offer was used and what it cost: minor units, or points of a multiplier."""

    uses: int = 0
    cost: int = 0


@dataclass(frozen=True)
class Handed:
    """How many vouchers of an offer were made, and what became of them; those that their members took back are none."""

    issued: int = 0
    used: int = 0
    expired: int = 0


class Use(NamedTuple):
    """One use, with whoever used it."""

    id: int
    used_at: datetime
    person_id: int
    full_name: str
    member_number: str | None
    state: str
    cause_kind: str
    cause_id: int
    saves: int
    cost: int


class GivenCode(NamedTuple):
    """A code of a partner that somebody got, and the points that it was redeemed for."""

    given_at: datetime
    code: str
    points: int
    person_id: int
    full_name: str


class PickedOne(NamedTuple):
    """Somebody for whom an offer was picked."""

    person_id: int
    full_name: str
    member_number: str | None


def sums_of(db: Session, offer_ids: Sequence[int]) -> dict[int, Sums]:
    """Uses and cost of some offers, without what was given back: one query, none for none."""
    if not offer_ids:
        return {}
    rows = db.execute(
        select(USES.c.offer_id, func.count(), func.coalesce(func.sum(USES.c.cost), 0))
        .where(USES.c.offer_id.in_(offer_ids), USES.c.state != UseState.GIVEN_BACK.value)
        .group_by(USES.c.offer_id)
    )
    return {row[0]: Sums(int(row[1]), int(row[2])) for row in rows}


def vouchers_of_offers(db: Session, offer_ids: Sequence[int], day: date) -> dict[int, Handed]:
    """Vouchers of some offers as they stand on a day: one query, none for none.

    One whose last day is over is expired even before the night has noted it.
    """
    if not offer_ids:
        return {}
    is_over = and_(VOUCHERS.c.state == VoucherState.ACTIVE.value, VOUCHERS.c.good_until < day)
    is_expired = or_(VOUCHERS.c.state == VoucherState.EXPIRED.value, is_over)
    rows = db.execute(
        select(
            VOUCHERS.c.offer_id,
            func.count(),
            func.count().filter(VOUCHERS.c.state == VoucherState.USED.value),
            func.count().filter(is_expired),
        )
        .where(VOUCHERS.c.offer_id.in_(offer_ids), VOUCHERS.c.state != VoucherState.UNDONE.value)
        .group_by(VOUCHERS.c.offer_id)
    )
    return {row[0]: Handed(int(row[1]), int(row[2]), int(row[3])) for row in rows}


def uses_with_names(db: Session, offer_id: int, limit: int, offset: int = 0) -> list[Use]:
    """A page of uses, the last first."""
    return [Use(*row) for row in db.execute(_uses(offer_id).limit(limit).offset(offset))]


def export_uses(db: Session, offer_id: int, *, by: int, role: Role | None, now: datetime) -> Iterator[Use]:
    """All uses of an offer, read as they are written out; the log says who took how many. Raises `NotAllowed`."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        rows = tx.scalar(select(func.count()).where(USES.c.offer_id == offer_id)) or 0
        record(tx, "offer.uses_exported", "offer", offer_id, by=by, now=now, rows=rows)
    return (Use(*row) for row in _streamed(db, _uses(offer_id)))


def codes_given(db: Session, offer_id: int, limit: int, offset: int = 0) -> list[GivenCode]:
    """A page of what the partner is told of: codes that were given out, the last first."""
    return [GivenCode(*row) for row in db.execute(_given(offer_id).limit(limit).offset(offset))]


def export_codes_given(db: Session, offer_id: int, *, by: int, role: Role | None, now: datetime) -> Iterator[GivenCode]:
    """All of them, read as they are written out; the log says who took how many. Raises `NotAllowed`."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        given = (PARTNER_CODES.c.offer_id == offer_id, PARTNER_CODES.c.voucher_id.is_not(None))
        rows = tx.scalar(select(func.count()).where(*given)) or 0
        record(tx, "offer.codes_exported", "offer", offer_id, by=by, now=now, rows=rows)
    return (GivenCode(*row) for row in _streamed(db, _given(offer_id)))


def picked_with_names(db: Session, offer_id: int, limit: int, offset: int = 0) -> list[PickedOne]:
    """A page of those who were picked, by name."""
    rows = db.execute(
        select(Person.id, Person.full_name, Person.member_number)
        .join(PICKED, PICKED.c.person_id == Person.id)
        .where(PICKED.c.offer_id == offer_id)
        .order_by(Person.full_name, Person.id)
        .limit(limit)
        .offset(offset)
    )
    return [PickedOne(*row) for row in rows]


def picked_count(db: Session, offer_id: int) -> int:
    """How many were picked."""
    return db.scalar(select(func.count()).where(PICKED.c.offer_id == offer_id)) or 0


def members_numbered(db: Session, numbers: Sequence[str]) -> dict[str, int]:
    """Member number → person, of those that somebody has: one query."""
    if not numbers:
        return {}
    rows = db.execute(select(Person.member_number, Person.id).where(Person.member_number.in_(numbers)))
    return {row.member_number: row.id for row in rows if row.member_number is not None}


def _uses(offer_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            USES.c.id, USES.c.used_at, USES.c.person_id, Person.full_name, Person.member_number, USES.c.state,
            USES.c.cause_kind, USES.c.cause_id, USES.c.saves, USES.c.cost,
        )
        .join(Person, Person.id == USES.c.person_id)
        .where(USES.c.offer_id == offer_id)
        .order_by(USES.c.id.desc())
    )  # fmt: skip


def _given(offer_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(VOUCHERS.c.made_at, PARTNER_CODES.c.code, VOUCHERS.c.points, VOUCHERS.c.person_id, Person.full_name)
        .join_from(PARTNER_CODES, VOUCHERS, VOUCHERS.c.id == PARTNER_CODES.c.voucher_id)
        .join(Person, Person.id == VOUCHERS.c.person_id)
        .where(PARTNER_CODES.c.offer_id == offer_id)
        .order_by(VOUCHERS.c.made_at.desc(), VOUCHERS.c.id.desc())
    )


def _streamed(db: Session, asked: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    try:
        yield from db.execute(asked.execution_options(yield_per=AT_ONCE))
    finally:
        db.rollback()  # the page is over by then: nobody else gives the connection back

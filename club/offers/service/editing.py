"""Staff write, publish and copy offers. What members have seen stays as it is; dates, limits and words may move."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, is_sqlite, transaction
from club.errors import (
    BadOffer,
    ChangedMeanwhile,
    NotFound,
    OfferIsPublished,
    OfferNotOpen,
    OwnMembership,
    UnknownMember,
)
from club.members.models import Person, people_of
from club.offers.models import LONGEST_CODE, OFFERS, PARTNER_CODES, PICKED, OfferView, the_offer, view_of
from club.offers.rules import Fault, Kind, Offer, Who
from club.offers.service.telling import ask_in
from club.permissions import Permission, Role, require
from club.programme.service import touch

MOST_PICKED = 50_000
MOST_POOL = 50_000
FREE = ("title", "words", "condition", "note", "ends_on", "limit_all", "limit_member", "budget")
"""What may change once an offer is published."""


def add_offer(db: Session, offer: Offer, by: int, role: Role, now: datetime, *, content: bytes | None = None) -> int:
    """Write a draft and return its id; the same form (`content`) again returns the same one.

    Raises `NotAllowed`, `BadOffer`.
    """
    require(role, Permission.MANAGE_OFFERS)
    offer.check()
    with transaction(db) as tx:
        offer_id = _insert(tx, offer, by, now, content)
        if offer_id is None:
            return int(tx.execute(select(OFFERS.c.id).where(OFFERS.c.content == content)).scalar_one())
        record(tx, "offer.added", "offer", offer_id, by=by, now=now)
    return offer_id


def change_offer(
    db: Session, offer_id: int, offer: Offer, seen_version: int, by: int, role: Role, now: datetime
) -> None:
    """Replace a draft; of a published offer its words, last day, limits and budget alone.

    Raises `NotAllowed`, `BadOffer`, `ChangedMeanwhile`, `OfferIsPublished`, `NotFound`.
    """
    require(role, Permission.MANAGE_OFFERS)
    offer.check()
    with transaction(db) as tx:
        touch(tx)  # before the offer is held, as publishing and ending do
        view = _held(tx, offer_id)
        if view.version != seen_version:
            raise ChangedMeanwhile(())
        if view.ended_at is not None:
            raise OfferNotOpen
        if view.published_at is not None:
            _refuse_other(view.offer, offer)
        if offer.limit_all is not None and offer.limit_all < view.taken:
            raise BadOffer(Fault.LIMITS.value)
        tx.execute(update(OFFERS).where(OFFERS.c.id == offer_id).values(version=seen_version + 1, **columns_of(offer)))
        record(
            tx, "offer.changed", "offer", offer_id, by=by, now=now,
            words={"title": [dict(view.offer.title), dict(offer.title)]},
            ends_before=_number(view.offer.ends_on), ends=_number(offer.ends_on),
            limit_before=view.offer.limit_all, limit=offer.limit_all,
            budget_before=view.offer.budget, budget=offer.budget,
        )  # fmt: skip


def publish(
    db: Session, offer_id: int, seen_version: int, by: int, role: Role, now: datetime, *, tell: bool = False
) -> None:
    """From its first day on members see and use it. `tell`: who agreed to news gets a mail of it in ten minutes.

    Raises `NotAllowed`, `ChangedMeanwhile`, `OfferIsPublished`, `OfferNotOpen`, `BadOffer` where nobody could have it.
    """
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        touch(tx)
        view = _held(tx, offer_id)
        if view.version != seen_version:
            raise ChangedMeanwhile(())
        if view.ended_at is not None:
            raise OfferNotOpen
        if view.published_at is not None:
            raise OfferIsPublished
        _check_somebody_can_have_it(tx, view)
        tx.execute(update(OFFERS).where(OFFERS.c.id == offer_id).values(published_at=now, version=OFFERS.c.version + 1))
        if tell and not view.offer.only_given:
            ask_in(tx, offer_id, view.offer.starts_on, by, now)
        record(tx, "offer.published", "offer", offer_id, by=by, now=now, told=int(tell))


def copy_offer(db: Session, offer_id: int, starts_on: date, by: int, role: Role, now: datetime) -> int:
    """A draft with the same words and rules that begins on a day; whom it was picked for goes along, codes do not.

    Its last day moves along. Raises `NotAllowed`, `NotFound`.
    """
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        before = the_offer(tx, offer_id).offer
        ends_on = None
        if before.ends_on is not None:
            ends_on = starts_on + min(before.ends_on - before.starts_on, date.max - starts_on)
        new_id = _insert(tx, replace(before, starts_on=starts_on, ends_on=ends_on), by, now)
        assert new_id is not None  # without a form nothing stands in its way
        if before.who is Who.PICKED:
            people = select(new_id_column(new_id), PICKED.c.person_id).where(PICKED.c.offer_id == offer_id)
            tx.execute(insert(PICKED).from_select(["offer_id", "person_id"], people))
        record(tx, "offer.copied", "offer", new_id, by=by, now=now, of=offer_id)
    return new_id


def pick(db: Session, offer_id: int, person_ids: Iterable[int], by: int, role: Role, now: datetime) -> int:
    """Whom the offer is for, beside who was picked before; how many are new.

    Nobody picks themselves. Raises `NotAllowed`, `NotFound`, `BadOffer`, `OwnMembership`, `UnknownMember` where one of
    them is no member.
    """
    require(role, Permission.MANAGE_OFFERS)
    wanted = set(person_ids)
    with transaction(db) as tx:
        _held(tx, offer_id)
        there = set(tx.scalars(select(PICKED.c.person_id).where(PICKED.c.offer_id == offer_id)))
        new = sorted(wanted - there)
        if len(there) + len(new) > MOST_PICKED:
            raise BadOffer(Fault.LIMITS.value)
        _refuse_strangers(tx, new)
        if not people_of(tx, by).isdisjoint(new):
            raise OwnMembership
        if new:
            tx.execute(insert(PICKED), [{"offer_id": offer_id, "person_id": person_id} for person_id in new])
            record(
                tx, "offer.picked", "offer", offer_id, by=by, now=now, before=len(there), after=len(there) + len(new),
                person=new[0] if len(new) == 1 else None,
            )  # fmt: skip
    return len(new)


def unpick(db: Session, offer_id: int, person_id: int, by: int, role: Role, now: datetime) -> bool:
    """Somebody is not meant after all; False where they were not picked.

    Once it is published nobody is taken out. Raises `NotAllowed`, `NotFound`, `OfferIsPublished`.
    """
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        if _held(tx, offer_id).published_at is not None:
            raise OfferIsPublished
        gone = delete(PICKED).where(PICKED.c.offer_id == offer_id, PICKED.c.person_id == person_id)
        if not tx.connection().execute(gone).rowcount:
            return False
        record(tx, "offer.unpicked", "offer", offer_id, by=by, now=now, person=person_id)
    return True


def add_codes(db: Session, offer_id: int, codes: Sequence[str], by: int, role: Role, now: datetime) -> int:
    """Put a partner's codes into the pool; those that are there already stay. How many are new.

    Raises `NotAllowed`, `NotFound`, `BadOffer` for another kind of offer or too many or too long ones.
    """
    require(role, Permission.MANAGE_OFFERS)
    wanted = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if len(wanted) > MOST_POOL or any(len(code) > LONGEST_CODE for code in wanted):
        raise BadOffer(Fault.LIMITS.value)
    with transaction(db) as tx:
        if _held(tx, offer_id).offer.kind is not Kind.PARTNER:
            raise BadOffer(Fault.WAY.value)
        there = set(tx.scalars(select(PARTNER_CODES.c.code).where(PARTNER_CODES.c.offer_id == offer_id)))
        rows = [{"offer_id": offer_id, "code": code} for code in wanted if code not in there]
        if rows:
            tx.execute(insert(PARTNER_CODES), rows)
        record(tx, "offer.codes_added", "offer", offer_id, by=by, now=now, codes=len(rows))
    return len(rows)


def columns_of(offer: Offer) -> dict[str, Any]:
    """The offer as its row has it."""
    return {
        **{name: getattr(offer, name) for name in _PLAIN},
        **{name: getattr(offer, name).value for name in ("kind", "who", "way", "place")},
        "products": list(offer.products),
        "categories": list(offer.categories),
    }


_PLAIN = (
    "title", "words", "condition", "rung_key", "percent", "amount", "gift_variant_id", "gift_quantity", "points",
    "least_goods", "starts_on", "ends_on", "voucher_days", "limit_all", "limit_member", "budget", "note", "only_given",
    "held_back_percent",
)  # fmt: skip


def new_id_column(offer_id: int) -> Any:
    """A constant as a column of a query."""
    return select(OFFERS.c.id).where(OFFERS.c.id == offer_id).scalar_subquery()


_INSERT = {
    True: sqlite.insert(OFFERS).on_conflict_do_nothing(index_elements=["content"]).returning(OFFERS.c.id),
    False: postgresql.insert(OFFERS).on_conflict_do_nothing(index_elements=["content"]).returning(OFFERS.c.id),
}
"""By "is SQLite": nothing is written where the same form wrote one before."""


def _insert(tx: Transaction, offer: Offer, by: int | None, now: datetime, content: bytes | None = None) -> int | None:
    begun = {"taken": 0, "spent": 0, "version": 1, "created_at": now, "created_by": by, "content": content}
    values = {**columns_of(offer), **begun}
    return tx.execute(_INSERT[is_sqlite(tx)].values(values)).scalar_one_or_none()


def _held(tx: Transaction, offer_id: int) -> OfferView:
    row = tx.execute(select(OFFERS).where(OFFERS.c.id == offer_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return view_of(row)


def _refuse_other(before: Offer, after: Offer) -> None:
    kept = {name: getattr(before, name) for name in FREE}
    if replace(after, **kept) != before:
        raise OfferIsPublished


def _check_somebody_can_have_it(tx: Transaction, view: OfferView) -> None:
    if view.offer.who is Who.PICKED:
        anybody = tx.scalar(select(PICKED.c.person_id).where(PICKED.c.offer_id == view.id).limit(1))
        if anybody is None:
            raise BadOffer("picked")
    if view.offer.kind is Kind.PARTNER:
        code = tx.scalar(select(PARTNER_CODES.c.id).where(PARTNER_CODES.c.offer_id == view.id).limit(1))
        if code is None:
            raise BadOffer("codes")


def _refuse_strangers(tx: Transaction, ids: list[int]) -> None:
    for start in range(0, len(ids), 1000):
        part = ids[start : start + 1000]
        members = set(tx.scalars(select(Person.id).where(Person.id.in_(part), Person.joined_on.is_not(None))))
        if len(members) < len(part):
            raise UnknownMember


def _number(day: date | None) -> int | None:
    """20261231: the log holds numbers."""
    return None if day is None else day.year * 10_000 + day.month * 100 + day.day

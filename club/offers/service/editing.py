"""Staff write, publish and copy offers. What members have seen stays as it is; dates, limits and words may move."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import BadOffer, ChangedMeanwhile, NotFound, OfferIsPublished, OfferNotOpen, UnknownMember
from club.members.models import Person
from club.offers.models import LONGEST_CODE, OFFERS, PARTNER_CODES, PICKED, OfferView, the_offer, view_of
from club.offers.rules import Fault, Kind, Offer, Who
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
        known = None if content is None else tx.scalar(select(OFFERS.c.id).where(OFFERS.c.content == content))
        if known is not None:
            return int(known)
        offer_id = _insert(tx, offer, by, now, content)
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
        view = _held(tx, offer_id)
        if view.version != seen_version:
            raise ChangedMeanwhile(())
        if view.ended_at is not None:
            raise OfferNotOpen
        if view.published_at is not None:
            _refuse_other(view.offer, offer)
            touch(tx)
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


def publish(db: Session, offer_id: int, seen_version: int, by: int, role: Role, now: datetime) -> None:
    """From its first day on members see and use it.

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
        record(tx, "offer.published", "offer", offer_id, by=by, now=now)


def copy_offer(db: Session, offer_id: int, starts_on: date, by: int, role: Role, now: datetime) -> int:
    """A draft with the same words and rules that begins on a day; whom it was picked for goes along, codes do not.

    Its last day moves along. Raises `NotAllowed`, `NotFound`.
    """
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        before = the_offer(tx, offer_id).offer
        ends_on = None if before.ends_on is None else starts_on + (before.ends_on - before.starts_on)
        new_id = _insert(tx, replace(before, starts_on=starts_on, ends_on=ends_on), by, now)
        if before.who is Who.PICKED:
            people = select(new_id_column(new_id), PICKED.c.person_id).where(PICKED.c.offer_id == offer_id)
            tx.execute(insert(PICKED).from_select(["offer_id", "person_id"], people))
        record(tx, "offer.copied", "offer", new_id, by=by, now=now, of=offer_id)
    return new_id


def pick(db: Session, offer_id: int, person_ids: Iterable[int], by: int, role: Role, now: datetime) -> int:
    """Whom the offer is for, in place of who was picked before; how many.

    Once it is published people can be added, and nobody is taken out. Raises `NotAllowed`, `NotFound`, `BadOffer`,
    `OfferIsPublished`, `UnknownMember` where one of them is no member.
    """
    require(role, Permission.MANAGE_OFFERS)
    wanted = set(person_ids)
    if len(wanted) > MOST_PICKED:
        raise BadOffer(Fault.LIMITS.value)
    with transaction(db) as tx:
        view = _held(tx, offer_id)
        there = set(tx.scalars(select(PICKED.c.person_id).where(PICKED.c.offer_id == offer_id)))
        if view.published_at is not None and there - wanted:
            raise OfferIsPublished
        _refuse_strangers(tx, wanted - there)
        tx.execute(delete(PICKED).where(PICKED.c.offer_id == offer_id, PICKED.c.person_id.in_(there - wanted)))
        rows = [{"offer_id": offer_id, "person_id": person_id} for person_id in sorted(wanted - there)]
        if rows:
            tx.execute(insert(PICKED), rows)
        record(tx, "offer.picked", "offer", offer_id, by=by, now=now, before=len(there), people=len(wanted))
    return len(wanted)


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
    "least_goods", "starts_on", "ends_on", "voucher_days", "limit_all", "limit_member", "budget", "note",
)  # fmt: skip


def new_id_column(offer_id: int) -> Any:
    """A constant as a column of a query."""
    return select(OFFERS.c.id).where(OFFERS.c.id == offer_id).scalar_subquery()


def _insert(tx: Transaction, offer: Offer, by: int | None, now: datetime, content: bytes | None = None) -> int:
    begun = {"taken": 0, "spent": 0, "version": 1, "created_at": now, "created_by": by, "content": content}
    values = {**columns_of(offer), **begun}
    return int(tx.execute(insert(OFFERS).values(values).returning(OFFERS.c.id)).scalar_one())


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


def _refuse_strangers(tx: Transaction, person_ids: set[int]) -> None:
    ids = sorted(person_ids)
    for start in range(0, len(ids), 1000):
        part = ids[start : start + 1000]
        members = set(tx.scalars(select(Person.id).where(Person.id.in_(part), Person.joined_on.is_not(None))))
        if len(members) < len(part):
            raise UnknownMember


def _number(day: date | None) -> int | None:
    """20261231: the log holds numbers."""
    return None if day is None else day.year * 10_000 + day.month * 100 + day.day

"""What staff see of offers: lists, uses, what they came to, clashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from club.offers.counting import is_live
from club.offers.models import OFFERS, PARTNER_CODES, USES, VOUCHERS, OfferView, published_offers, view_of
from club.offers.rules import Offer, Phase, Place, UseState, VoucherState
from club.offers.stacking import Together, together


def offers_in(db: Session, phase: Phase, day: date, limit: int = 200) -> list[OfferView]:
    """Offers in a phase, those that end first or ended last in front."""
    where: dict[Phase, ColumnElement[bool]] = {
        Phase.ENDED: _has_ended(day),
        Phase.DRAFT: and_(OFFERS.c.published_at.is_(None), OFFERS.c.ended_at.is_(None)),
        Phase.PLANNED: and_(OFFERS.c.published_at.is_not(None), OFFERS.c.ended_at.is_(None), OFFERS.c.starts_on > day),
        Phase.LIVE: is_live(day),
    }
    order = [OFFERS.c.ends_on.desc().nulls_last()] if phase is Phase.ENDED else [OFFERS.c.ends_on.asc().nulls_last()]
    rows = db.execute(select(OFFERS).where(where[phase]).order_by(*order, OFFERS.c.id.desc()).limit(limit))
    return [view_of(row) for row in rows]


def _has_ended(day: date) -> ColumnElement[bool]:
    is_over = and_(OFFERS.c.published_at.is_not(None), OFFERS.c.ends_on < day)
    return or_(OFFERS.c.ended_at.is_not(None), is_over)


def counts_by_phase(db: Session, day: date) -> dict[Phase, int]:
    """How many offers stand in each phase: one query."""
    phase = case(
        (
            or_(OFFERS.c.ended_at.is_not(None), and_(OFFERS.c.published_at.is_not(None), OFFERS.c.ends_on < day)),
            "ended",
        ),
        (OFFERS.c.published_at.is_(None), "draft"),
        (OFFERS.c.starts_on > day, "planned"),
        else_="live",
    )
    rows = db.execute(select(phase.label("phase"), func.count().label("count")).group_by(phase))
    found = {Phase(row.phase): int(row[1]) for row in rows}
    return {one: found.get(one, 0) for one in Phase}


@dataclass(frozen=True)
class UseRow:
    """One use as staff see it. `cost` in minor units, of a multiplier in points."""

    id: int
    person_id: int
    voucher_id: int | None
    cause_kind: str
    cause_id: int
    state: UseState
    saves: int
    cost: int
    used_at: datetime
    by: int | None


def _use(values: Mapping[Any, Any]) -> UseRow:
    return UseRow(**{**values, "state": UseState(values["state"])})


def uses_for(db: Session, cause_kind: str, cause_id: int) -> list[tuple[UseRow, Offer]]:
    """Offers that count in an order ("order") or a purchase ("purchase"), with what they saved; one query."""
    names = ("person_id", "voucher_id", "cause_kind", "cause_id", "state", "saves", "cost", "used_at", "by")
    rows = db.execute(
        select(OFFERS, USES.c.id.label("use_id"), *(USES.c[name].label(f"use_{name}") for name in names))
        .join(OFFERS, OFFERS.c.id == USES.c.offer_id)
        .where(USES.c.cause_kind == cause_kind, USES.c.cause_id == cause_id, USES.c.state != UseState.GIVEN_BACK.value)
        .order_by(USES.c.id)
    )
    return [
        (_use({"id": row.use_id, **{name: row._mapping[f"use_{name}"] for name in names}}), view_of(row).offer)
        for row in rows
    ]


@dataclass(frozen=True)
class Result:
    """What an offer came to: uses that stand, what they cost and saved, vouchers by state."""

    uses: int
    members: int
    cost: int
    saves: int
    vouchers: dict[VoucherState, int]


def result_of(db: Session, offer_id: int) -> Result:
    """Cost and use so far: two queries."""
    row = db.execute(
        select(
            func.count(),
            func.count(USES.c.person_id.distinct()),
            func.coalesce(func.sum(USES.c.cost), 0),
            func.coalesce(func.sum(USES.c.saves), 0),
        ).where(USES.c.offer_id == offer_id, USES.c.state != UseState.GIVEN_BACK.value)
    ).one()
    by_state = select(VOUCHERS.c.state, func.count().label("count")).where(VOUCHERS.c.offer_id == offer_id)
    vouchers = {VoucherState(state): int(count) for state, count in db.execute(by_state.group_by(VOUCHERS.c.state))}
    return Result(int(row[0]), int(row[1]), int(row[2]), int(row[3]), vouchers)


def codes_left(db: Session, offer_id: int) -> tuple[int, int]:
    """Of a partner's pool: how many codes are left, and how many there were."""
    free = func.count().filter(PARTNER_CODES.c.voucher_id.is_(None))
    row = db.execute(select(free, func.count()).where(PARTNER_CODES.c.offer_id == offer_id)).one()
    return int(row[0]), int(row[1])


def clashes(db: Session, offer: Offer, day: date, without: int | None = None) -> list[OfferView]:
    """Published offers that would meet this one in a cart, where only the better counts."""
    return [
        view
        for view in published_offers(db).values()
        if view.id != without
        and together(offer.kind, view.offer.kind) is Together.BETTER
        and (Place.BOTH in {offer.place, view.offer.place} or offer.place is view.offer.place)
        and max(offer.starts_on, view.offer.starts_on, day)
        <= min(offer.ends_on or date.max, view.offer.ends_on or date.max)
    ]

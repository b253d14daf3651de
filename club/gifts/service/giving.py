"""Steps that give: many members by a few statements in the night, one member who chose at once."""

from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import BigId, Transaction, UtcDateTime, is_sqlite
from club.errors import GiftNotOpen
from club.gifts.models import GIFTS, RuleView
from club.gifts.rules import Option, State, What, held_until
from club.offers.codes import new_code
from club.offers.counting import is_live
from club.offers.models import OFFERS, VOUCHERS, the_offer
from club.offers.rules import VoucherState
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.points.rules import Earned, expires_on
from club.points.service import earn
from club.programme.models import the_club

EARNED = "gift.earned"
AT_ONCE = 1_000
_NAME_VOUCHER = update(GIFTS).where(GIFTS.c.id == bindparam("gift")).values(voucher_id=bindparam("voucher"))


def can_give(db: Session, option: Option, day: date) -> bool:
    """Whether an option can be given on a day: a voucher only while its offer runs."""
    if option.what is not What.VOUCHER:
        return True
    return db.scalar(select(OFFERS.c.id).where(OFFERS.c.id == option.offer_id, is_live(day))) is not None


def give_due(tx: Transaction, view: RuleView, day: date, now: datetime) -> int:
    """Give whatever is due by a rule on a day; how many gifts. Points wait for `points.activate_due` of their day.

    A record that became part of another one has no account any more: what it left lapses.
    """
    given, of_rule = 0, and_(GIFTS.c.rule_id == view.id, GIFTS.c.state == State.DUE.value)
    lock_balances(tx, of_rule)
    has_account = select(BALANCES.c.member_id).where(BALANCES.c.member_id == GIFTS.c.person_id).exists()
    tx.execute(update(GIFTS).where(of_rule, ~has_account).values(state=State.LAPSED.value))
    for position, option in enumerate(view.rule.options):
        is_due = and_(GIFTS.c.rule_id == view.id, GIFTS.c.position == position, GIFTS.c.state == State.DUE.value)
        match option.what:
            case What.POINTS:
                _post_points(tx, view, option.points, is_due, day, now)
            case What.VOUCHER:
                _make_vouchers(tx, view, option.offer_id or 0, is_due, day, now)
        values = {"state": State.GIVEN.value, "given_at": now, "points": option.points}
        given += tx.connection().execute(update(GIFTS).where(is_due).values(values)).rowcount
    return given


def give_one(
    tx: Transaction, view: RuleView, gift_id: int, person_id: int, option: Option, now: datetime
) -> int | None:
    """Give one member what they chose, at once; the id of a voucher. The member is locked by then."""
    day = club_day(now, the_club(tx).time_zone)
    if option.what is What.POINTS:
        earned = Earned(
            member_id=person_id, kind=EARNED, cause_id=gift_id, points=option.points, dated_on=day, activates_on=day,
            expires_on=_last_day(tx, view, day), why=_why(view),
        )  # fmt: skip
        earn(tx, earned, day, now)
    if option.what is not What.VOUCHER:
        return None
    counted = update(OFFERS).where(OFFERS.c.id == option.offer_id, is_live(day)).values(taken=OFFERS.c.taken + 1)
    if not tx.connection().execute(counted).rowcount:
        raise GiftNotOpen
    row = _voucher(gift_id, person_id, option.offer_id or 0, _good_until(tx, view, option.offer_id or 0, day), now)
    return int(tx.execute(insert(VOUCHERS).values(row).returning(VOUCHERS.c.id)).scalar_one())


def lock_balances(tx: Transaction, is_due: ColumnElement[bool]) -> None:
    """Hold the balances of everybody who gets something; SQLite holds the whole database by then."""
    if not is_sqlite(tx):
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SET LOCAL lock_timeout = 0"))
        people = select(GIFTS.c.person_id).where(is_due)
        held = select(BALANCES.c.member_id).where(BALANCES.c.member_id.in_(people))
        tx.execute(
            select(func.count()).select_from(held.order_by(BALANCES.c.member_id).with_for_update().subquery("held"))
        )


def _post_points(
    tx: Transaction, view: RuleView, points: int, is_due: ColumnElement[bool], day: date, now: datetime
) -> None:
    """One movement and one lot a gift, pending: the ledger's own night makes them active and pays debts with them."""
    due = select(GIFTS.c.person_id, GIFTS.c.id, GIFTS.c.due_on).where(is_due)
    nothing = {name: literal(0, BigId) for name in ("active", "held", "debt", "redeemed", "expired", "reversed")}
    moved = {
        "member_id": GIFTS.c.person_id,
        "kind": literal(EARNED),
        "cause_id": GIFTS.c.id,
        "dated_on": GIFTS.c.due_on,
        "posted_at": literal(now, UtcDateTime),
        "pending": literal(points, BigId),
        "issued": literal(-points, BigId),
        "adjusted": literal(0, BigId),
        "why": literal(_why(view), MOVEMENTS.c.why.type),
        **nothing,
    }
    tx.execute(insert(MOVEMENTS).from_select(list(moved), due.with_only_columns(*moved.values()).order_by(GIFTS.c.id)))
    born = {
        "member_id": MOVEMENTS.c.member_id,
        "movement_id": MOVEMENTS.c.id,
        "points": literal(points, BigId),
        "pending": literal(points, BigId),
        "active": literal(0, BigId),
        "held": literal(0, BigId),
        "taken_back": literal(0, BigId),
        "earned_on": MOVEMENTS.c.dated_on,
        "activates_on": MOVEMENTS.c.dated_on,
        "expires_on": literal(_last_day(tx, view, day), LOTS.c.expires_on.type),
    }
    lots: Select[tuple[object, ...]] = (
        select(*born.values())
        .join(GIFTS, and_(MOVEMENTS.c.kind == EARNED, MOVEMENTS.c.cause_id == GIFTS.c.id))
        .where(is_due)
        .order_by(MOVEMENTS.c.id)
    )
    tx.execute(insert(LOTS).from_select(list(born), lots))
    count = select(func.count()).where(is_due, GIFTS.c.person_id == BALANCES.c.member_id).scalar_subquery()
    people = select(GIFTS.c.person_id).where(is_due)
    grown = BALANCES.c.pending + count * points
    tx.execute(update(BALANCES).where(BALANCES.c.member_id.in_(people)).values(pending=grown))


def _make_vouchers(
    tx: Transaction, view: RuleView, offer_id: int, is_due: ColumnElement[bool], day: date, now: datetime
) -> None:
    """Codes are drawn one by one, rows are written by the thousand."""
    people = tx.execute(select(GIFTS.c.id, GIFTS.c.person_id).where(is_due).order_by(GIFTS.c.id)).all()
    if not people:
        return
    tx.execute(update(OFFERS).where(OFFERS.c.id == offer_id).values(taken=OFFERS.c.taken + len(people)))
    until = _good_until(tx, view, offer_id, day)
    for start in range(0, len(people), AT_ONCE):
        part = people[start : start + AT_ONCE]
        rows = [_voucher(row.id, row.person_id, offer_id, until, now) for row in part]
        made = tx.scalars(insert(VOUCHERS).returning(VOUCHERS.c.id, sort_by_parameter_order=True), rows).all()
        named = [{"gift": row.id, "voucher": voucher_id} for row, voucher_id in zip(part, made, strict=True)]
        tx.execute(_NAME_VOUCHER, named)


def _voucher(gift_id: int, person_id: int, offer_id: int, until: date | None, now: datetime) -> dict[str, object]:
    return {
        "code": new_code(),
        "offer_id": offer_id,
        "person_id": person_id,
        "state": VoucherState.ACTIVE.value,
        "made_at": now,
        "good_until": until,
        "points": 0,
        "content": sha256(f"gift {gift_id}".encode()).digest(),
    }


def _good_until(tx: Transaction, view: RuleView, offer_id: int, day: date) -> date | None:
    """As long as the rule says, or else the offer; never longer than the offer runs."""
    offer = the_offer(tx, offer_id).offer
    until = held_until(view.rule, day)
    if until is None:
        return offer.good_until(day)
    return until if offer.ends_on is None else min(until, offer.ends_on)


def _last_day(tx: Transaction, view: RuleView, day: date) -> date | None:
    """As long as the rule says, or else as long as all points."""
    return held_until(view.rule, day) or expires_on(day, the_club(tx).expiry_months)


def _why(view: RuleView) -> dict[str, object]:
    return {"rule_id": view.id, "gift": view.rule.kind.value}

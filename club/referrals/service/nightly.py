"""What the night does for friends: codes taken up, first purchases noted, rewards, and what was given taken back.

Noting is done in statements over all; a reward is one short transaction a friend, because points, a year's limit and
vouchers each have a lock of their own. Only who is due that day is touched.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Delete,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased

from club.clock import ONE_DAY
from club.database import transaction
from club.joining.models import BROUGHT
from club.members.models import Person
from club.offers.models import VOUCHERS
from club.offers.rules import VoucherState
from club.offers.service import take_back_grant
from club.orders.models import Order
from club.payments.models import Payment
from club.purchases.models import Purchase
from club.purchases.rules import SHOP
from club.referrals.models import CODES, REFERRALS, all_terms
from club.referrals.reading import merged_ways
from club.referrals.rules import MOST_WAIT_DAYS, Cause, State, Terms
from club.referrals.service.bringing import take_up
from club.referrals.service.codes import make_missing
from club.referrals.service.inviting import NOT_AGAIN
from club.referrals.service.rewarding import reward_one, take_back_one
from club.returns.models import ReturnCase

AFTER = timedelta(minutes=10)
"""A code that nobody took up by then is taken up here: the page that should have was broken off."""
MOST_AT_ONCE = 500
DIGESTS_KEPT = timedelta(days=180)
CARDS_KEPT = timedelta(days=MOST_WAIT_DAYS + 35)
"""Longer than any reward waits: until then a friend's card can be compared."""
_R, _P, _O = REFERRALS.c, Purchase.__table__.c, Order.__table__.c
_OPEN = (State.JOINED.value, State.BOUGHT.value, State.REVIEW.value)

log = logging.getLogger("referrals")


def night(db: Session, day: date, now: datetime) -> int:
    """All of it, in this order; how many friends moved. Done again, it moves nobody."""
    done = _take_up_forgotten(db, now)
    make_missing(db, now)
    known = all_terms(db)
    with transaction(db) as tx:
        execute = tx.connection().execute
        done += execute(_NOT_NEW).rowcount + execute(_SAME_PERSON).rowcount + execute(_MERGED_AWAY).rowcount
        for terms_id, terms in known.items():
            done += execute(_came_back(terms_id, terms)).rowcount + execute(_bought(terms_id, terms)).rowcount
    _set_due_days(db, known)
    due = and_(_R.state == State.BOUGHT.value, _R.due_on <= day + ONE_DAY)
    done += _one_by_one(db, due, lambda referral_id: reward_one(db, referral_id, now) is not None)
    done += _take_back(db, _returned(known), Cause.RETURNED, now) + _take_back(db, _IS_SAME, Cause.SAME_PERSON, now)
    _take_back_freed(db, now)
    with transaction(db) as tx:
        for statement in _forget(now):
            tx.execute(statement)
    return done


def _take_back_freed(db: Session, now: datetime) -> None:
    """Vouchers that an order held when the reward was taken back, and that it set free since."""
    own = or_(VOUCHERS.c.id == _R.referrer_voucher_id, VOUCHERS.c.id == _R.friend_voucher_id)
    is_free = and_(_R.state == State.TAKEN_BACK.value, VOUCHERS.c.state == VoucherState.ACTIVE.value)
    freed = select(VOUCHERS.c.id).join(REFERRALS, own).where(is_free).order_by(VOUCHERS.c.id)
    for voucher_id in db.scalars(freed).all():
        db.rollback()
        with transaction(db) as tx:
            take_back_grant(tx, voucher_id, now)
    db.rollback()


def _take_back(db: Session, condition: ColumnElement[bool], cause: Cause, now: datetime) -> int:
    given = and_(_R.state == State.REWARDED.value, condition)
    return _one_by_one(db, given, lambda referral_id: take_back_one(db, referral_id, cause, now))


def _take_up_forgotten(db: Session, now: datetime) -> int:
    waiting = select(BROUGHT.c.person_id).where(BROUGHT.c.taken_up_at.is_(None), BROUGHT.c.at <= now - AFTER)
    found = db.scalars(waiting.order_by(BROUGHT.c.person_id)).all()
    db.rollback()
    done = 0
    for person_id in found:
        try:
            done += take_up(db, person_id, None, now) is not None
        except Exception:
            log.exception("the code of member %s is not taken up", person_id)
    return done


def _one_by_one(db: Session, condition: ColumnElement[bool], act: Callable[[int], bool]) -> int:
    """Whoever something is wrong with is named in the log and holds up no other."""
    done, after = 0, 0
    while True:
        asked = select(_R.id).where(condition, _R.id > after).order_by(_R.id).limit(MOST_AT_ONCE)
        found = db.scalars(asked).all()
        db.rollback()
        for referral_id in found:
            try:
                done += act(referral_id)
            except Exception:
                log.exception("the friend %s is not settled", referral_id)
        if len(found) < MOST_AT_ONCE:
            return done
        after = found[-1]


_WAYS = merged_ways()
_IS_SAME = or_(
    _R.referrer_id == _R.friend_id,
    tuple_(_R.friend_id, _R.referrer_id).in_(select(_WAYS.c.id, _WAYS.c.head)),
)
_SAME_PERSON = (
    update(REFERRALS)
    .where(_IS_SAME, _R.state.in_(_OPEN))
    .values(state=State.REFUSED.value, cause=Cause.SAME_PERSON.value, version=_R.version + 1)
)
"""Two records turned out to be one human and were merged."""
_MERGED_AWAY = (
    update(REFERRALS)
    .where(_R.state.in_(_OPEN), _R.friend_id.in_(select(Person.id).where(Person.merged_into.is_not(None))))
    .values(state=State.REFUSED.value, cause=Cause.MERGED.value, version=_R.version + 1)
)
"""The friend's record became part of one that somebody else had brought: that one counts."""

_NOT_NEW = (
    update(REFERRALS)
    .where(
        _R.state.in_(_OPEN),
        _R.is_approved.is_(False),
        or_(
            exists().where(_P.member_id == _R.friend_id, _P.bought_on < _R.joined_on),
            exists().where(
                _O.person_id == _R.friend_id, _O.settled_at.is_not(None), _O.placed_at < _R.joined_at
            ),
        ),
    )
    .values(state=State.REFUSED.value, cause=Cause.NOT_NEW.value, version=_R.version + 1)
)  # fmt: skip
"""Purchases that came to be known since: an import, orders of a guest that were claimed."""


def _counts(terms: Terms) -> ColumnElement[bool]:
    return and_(_P.member_id == _R.friend_id, _P.bought_on >= _R.joined_on, _P.net_amount >= max(terms.least_amount, 1))


def _bought(terms_id: int, terms: Terms) -> Update:
    """The first purchase that is large enough and was not given back."""
    first = select(_P.id).where(_counts(terms)).order_by(_P.bought_on, _P.id).limit(1)
    bought_on = select(_P.bought_on).where(_counts(terms)).order_by(_P.bought_on, _P.id).limit(1)
    is_joined = _R.state == State.JOINED.value
    return (
        update(REFERRALS)
        .where(
            _R.terms_id == terms_id,
            _R.state.in_((State.JOINED.value, State.REVIEW.value)),
            _R.purchase_id.is_(None),
            exists().where(_counts(terms)),
        )
        .values(
            purchase_id=first.scalar_subquery(),
            bought_on=bought_on.scalar_subquery(),
            state=case((is_joined, State.BOUGHT.value), else_=_R.state),
            version=_R.version + 1,
        )
    )


def _came_back(terms_id: int, terms: Terms) -> Update:
    """The goods came back before the reward, or the purchase was taken out: another one may count."""
    is_bought = _R.state == State.BOUGHT.value
    return (
        update(REFERRALS)
        .where(
            _R.terms_id == terms_id,
            _R.state.in_((State.BOUGHT.value, State.REVIEW.value)),
            _R.purchase_id.is_not(None),
            _is_less(terms),
        )
        .values(
            purchase_id=None,
            bought_on=None,
            due_on=None,
            state=case((is_bought, State.JOINED.value), else_=_R.state),
            version=_R.version + 1,
        )
    )


def _returned(known: dict[int, Terms]) -> ColumnElement[bool]:
    """Given for a purchase of which too little is left, and that nothing was sent out for instead."""
    each = (and_(_R.terms_id == terms_id, _is_less(terms), ~_was_exchanged(terms)) for terms_id, terms in known.items())
    return or_(False, *each)


def _was_exchanged(terms: Terms) -> ColumnElement[bool]:
    """Other goods went out in exchange, and enough of their purchase is left, or it is still to be noted."""
    first, other = aliased(Order, name="first"), aliased(Order, name="other")
    is_enough = exists().where(_P.id == other.purchase_id, _P.net_amount >= max(terms.least_amount, 1))
    sent = (
        select(ReturnCase.id)
        .join(first, first.id == ReturnCase.order_id)
        .join(other, other.id == ReturnCase.exchange_order_id)
        .where(first.purchase_id == _R.purchase_id, other.cancelled_at.is_(None))
        .where(or_(other.purchase_id.is_(None), is_enough))
    )
    return sent.exists()


def _is_less(terms: Terms) -> ColumnElement[bool]:
    """Nothing, or too little, is left of the purchase."""
    return ~exists().where(_P.id == _R.purchase_id, _P.net_amount >= max(terms.least_amount, 1))


def _set_due_days(db: Session, known: dict[int, Terms]) -> None:
    """As soon as it is known when the goods arrived; without an order in the club's shop from the purchase."""
    asked = (
        select(_R.id, _R.terms_id, _P.channel, _P.bought_on, _O.delivered_on, _O.id.label("order_id"))
        .join(Purchase, _P.id == _R.purchase_id)
        .outerjoin(Order, _O.purchase_id == _P.id)
        .where(_R.due_on.is_(None), _R.state.in_((State.BOUGHT.value, State.REVIEW.value)))
    )
    rows = []
    for row in db.execute(asked):
        arrived = row.bought_on if row.order_id is None else row.delivered_on
        rows.append({"referral": row.id, "day": known[row.terms_id].due_on(row.channel, row.bought_on, arrived, SHOP)})
    known_days = [row for row in rows if row["day"] is not None]
    if not known_days:
        db.rollback()
        return
    with transaction(db) as tx:
        tx.connection().execute(
            update(REFERRALS)
            .where(_R.id == bindparam("referral"), _R.due_on.is_(None), _R.purchase_id.is_not(None))
            .values(due_on=bindparam("day")),
            known_days,
        )


def _forget(now: datetime) -> list[Update | Delete]:
    """What it was recognised by is not needed once it is over, or old; nor who never came."""
    is_over = _R.state.in_((State.REWARDED.value, State.REFUSED.value, State.TAKEN_BACK.value))
    is_old = _R.joined_at < now - DIGESTS_KEPT
    browsers = update(REFERRALS).where(_R.browser.is_not(None), or_(is_over, is_old))
    mailboxes = update(REFERRALS).where(_R.mailbox.is_not(None), is_over, is_old)
    of_codes = update(CODES).where(
        CODES.c.browser.is_not(None), func.coalesce(CODES.c.browser_at, CODES.c.made_at) < now - DIGESTS_KEPT
    )
    cards = update(Payment).where(Payment.card.is_not(None), Payment.paid_at < now - CARDS_KEPT)
    unused = delete(REFERRALS).where(_R.state == State.INVITED.value, _R.invited_at < now - NOT_AGAIN)
    return [
        browsers.values(browser=None),
        mailboxes.values(mailbox=None),
        of_codes.values(browser=None, browser_at=None),
        cards.values(card=None),
        unused,
    ]

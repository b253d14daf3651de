"""What the night does for friends: codes taken up, first purchases noted, rewards, and what was given taken back.

Noting is done in statements over all; a reward is one short transaction a friend, because points, a year's limit and
vouchers each have a lock of their own. Only who is due that day is touched.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, exists, or_, select, update
from sqlalchemy.orm import Session

from club.clock import ONE_DAY
from club.database import transaction
from club.joining.models import BROUGHT
from club.orders.models import Order
from club.purchases.models import Purchase
from club.purchases.rules import SHOP
from club.referrals.models import REFERRALS, all_terms
from club.referrals.rules import Cause, State, Terms
from club.referrals.service.bringing import take_up
from club.referrals.service.codes import make_missing
from club.referrals.service.rewarding import reward_one, take_back_one

AFTER = timedelta(minutes=10)
"""A code that nobody took up by then is taken up here: the page that should have was broken off."""
MOST_AT_ONCE = 500
DIGESTS_KEPT = timedelta(days=180)
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
        done += execute(_NOT_NEW).rowcount + execute(_SAME_PERSON).rowcount
        for terms_id, terms in known.items():
            done += execute(_came_back(terms_id, terms)).rowcount + execute(_bought(terms_id, terms)).rowcount
    _set_due_days(db, known)
    due = and_(_R.state == State.BOUGHT.value, _R.due_on <= day + ONE_DAY)
    done += _one_by_one(db, due, lambda referral_id: reward_one(db, referral_id, now) is not None)
    done += _take_back(db, _returned(known), Cause.RETURNED, now) + _take_back(db, _IS_SAME, Cause.SAME_PERSON, now)
    with transaction(db) as tx:
        tx.execute(_forget(now))
    return done


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


_IS_SAME = _R.referrer_id == _R.friend_id
_SAME_PERSON = (
    update(REFERRALS)
    .where(_IS_SAME, _R.state.in_(_OPEN))
    .values(state=State.REFUSED.value, cause=Cause.SAME_PERSON.value, version=_R.version + 1)
)
"""Two records turned out to be one human and were merged."""

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
    """Given for a purchase of which too little is left."""
    return or_(False, *(and_(_R.terms_id == terms_id, _is_less(terms)) for terms_id, terms in known.items()))


def _is_less(terms: Terms) -> ColumnElement[bool]:
    """Nothing, or too little, is left of the purchase."""
    return ~exists().where(_P.id == _R.purchase_id, _P.net_amount >= max(terms.least_amount, 1))


def _set_due_days(db: Session, known: dict[int, Terms]) -> None:
    """As soon as it is known when the goods arrived."""
    asked = (
        select(_R.id, _R.terms_id, _P.channel, _P.bought_on, _O.delivered_on)
        .join(Purchase, _P.id == _R.purchase_id)
        .outerjoin(Order, _O.purchase_id == _P.id)
        .where(_R.due_on.is_(None), _R.state.in_((State.BOUGHT.value, State.REVIEW.value)))
    )
    rows = [
        {"referral": row.id, "day": known[row.terms_id].due_on(row.channel, row.bought_on, row.delivered_on, SHOP)}
        for row in db.execute(asked)
    ]
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


def _forget(now: datetime) -> Update:
    """What it was recognised by is not needed once it is over, or old."""
    is_over = _R.state.in_((State.REWARDED.value, State.REFUSED.value, State.TAKEN_BACK.value))
    return (
        update(REFERRALS)
        .where(_R.browser.is_not(None), or_(is_over, _R.joined_at < now - DIGESTS_KEPT))
        .values(browser=None)
    )

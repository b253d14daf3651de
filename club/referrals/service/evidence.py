"""What speaks against a claim, looked for when a friend joins and once more before the reward."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from club.delivery.models import SavedAddress
from club.members.models import Person
from club.orders.models import Order, OrderContact
from club.payments.models import Payment
from club.referrals.models import REFERRALS
from club.referrals.rules import (
    LONGEST_CHAIN,
    MOST_A_DAY,
    Evidence,
    Place,
    Signal,
    digest,
    mailbox,
    plain_mailboxes,
    share_a_place,
)

LAST_ORDERS = 50
_R = REFERRALS.c


@dataclass(frozen=True)
class Claim:
    """Somebody says that a member brought them. `id`: of the row, once there is one."""

    friend_id: int
    referrer_id: int
    joined_on: date
    browser: bytes | None = None
    referrer_browser: bytes | None = None
    id: int = 0


@dataclass(frozen=True)
class _Known:
    """How somebody can be reached."""

    id: int
    email: str | None
    phone: str | None


def at_joining(db: Session, claim: Claim) -> list[Evidence]:
    """Addresses, phone, browser, circles, and how many came on that day."""
    above = _above(db, claim.referrer_id)
    people = _people(db, {claim.friend_id, claim.referrer_id, *above})
    friend, referrer = people[claim.friend_id], people[claim.referrer_id]
    found = [
        *_near_mailbox(db, claim, friend, referrer),
        *_same_phone(friend, referrer),
        *_same_browser(db, claim),
        *_circle(friend, above, people),
        *_many(db, claim),
    ]
    return list(dict.fromkeys(found))


def before_reward(db: Session, claim: Claim) -> list[Evidence]:
    """What may have come to be known since: addresses that goods went to, cards, a changed e-mail address, a merge."""
    above = _above(db, claim.referrer_id)
    people = _people(db, {claim.friend_id, claim.referrer_id, *above})
    friend, referrer = people[claim.friend_id], people[claim.referrer_id]
    found = [
        *_near_mailbox(db, claim, friend, referrer),
        *_same_phone(friend, referrer),
        *_circle(friend, above, people),
        *_same_household(db, claim),
        *_same_card(db, claim),
    ]
    return list(dict.fromkeys(found))


def _people(db: Session, ids: Iterable[int]) -> dict[int, _Known]:
    rows = db.execute(select(Person.id, Person.email, Person.phone).where(Person.id.in_(set(ids))))
    return {row.id: _Known(row.id, row.email, row.phone) for row in rows}


def _above(db: Session, person_id: int) -> list[int]:
    """Who brought this member, who brought that one, and so on."""
    up = (
        select(_R.referrer_id, literal(1).label("step"))
        .where(_R.friend_id == person_id)
        .cte("up", recursive=True)
    )  # fmt: skip
    more = (
        select(_R.referrer_id, up.c.step + 1)
        .join(up, _R.friend_id == up.c.referrer_id)
        .where(up.c.step < LONGEST_CHAIN)
    )  # fmt: skip
    chain = up.union_all(more)
    return list(db.scalars(select(chain.c.referrer_id)))


def _near_mailbox(db: Session, claim: Claim, friend: _Known, referrer: _Known) -> list[Evidence]:
    """The friend's address against the member's, against other friends', and against everybody's without its tag."""
    if not friend.email:
        return []
    own = mailbox(friend.email)
    if referrer.email and mailbox(referrer.email) == own:
        return [Evidence(Signal.MAILBOX, claim.referrer_id)]
    others = select(_R.friend_id).where(
        _R.mailbox == digest(own), _R.friend_id.is_not(None), _R.friend_id != claim.friend_id
    )
    another = db.scalar(others.order_by(_R.id).limit(1))
    if another is None:
        known = select(Person.id).where(
            Person.email_key.in_(sorted(plain_mailboxes(friend.email))),
            Person.id != claim.friend_id,
            Person.merged_into.is_(None),
        )
        another = db.scalar(known.order_by(Person.id).limit(1))
    return [] if another is None else [Evidence(Signal.MAILBOX, another)]


def _same_phone(friend: _Known, referrer: _Known) -> list[Evidence]:
    is_same = friend.phone is not None and friend.phone == referrer.phone
    return [Evidence(Signal.PHONE, referrer.id)] if is_same else []


def _same_browser(db: Session, claim: Claim) -> list[Evidence]:
    if claim.browser is None:
        return []
    if claim.browser == claim.referrer_browser:
        return [Evidence(Signal.DEVICE, claim.referrer_id)]
    another = db.scalar(
        select(_R.friend_id)
        .where(_R.referrer_id == claim.referrer_id, _R.browser == claim.browser, _R.friend_id != claim.friend_id)
        .order_by(_R.id)
        .limit(1)
    )
    return [] if another is None else [Evidence(Signal.DEVICE, another)]


def _circle(friend: _Known, above: list[int], people: dict[int, _Known]) -> list[Evidence]:
    """Whether the friend is, or looks like, somebody above the member who brought them."""
    if friend.id in above:
        return [Evidence(Signal.CIRCLE, friend.id)]
    own = mailbox(friend.email) if friend.email else None
    for row in (people[one] for one in above if one in people):
        is_near = own is not None and row.email is not None and mailbox(row.email) == own
        if is_near or (friend.phone is not None and friend.phone == row.phone):
            return [Evidence(Signal.CIRCLE, row.id)]
    return []


def _many(db: Session, claim: Claim) -> list[Evidence]:
    on_that_day = select(func.count()).where(
        _R.referrer_id == claim.referrer_id, _R.joined_on == claim.joined_on, _R.id != claim.id
    )
    count = int(db.execute(on_that_day).scalar_one())
    return [Evidence(Signal.MANY, None, count + 1)] if count >= MOST_A_DAY else []


def _same_card(db: Session, claim: Claim) -> list[Evidence]:
    """The friend's cards against those of the member and of the member's other friends."""
    others = select(_R.friend_id).where(_R.referrer_id == claim.referrer_id, _R.friend_id != claim.friend_id)
    theirs = select(Payment.card).join(Order, Order.id == Payment.order_id)
    same = (
        select(Order.person_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            or_(Order.person_id == claim.referrer_id, Order.person_id.in_(others)),
            Payment.card.in_(theirs.where(Order.person_id == claim.friend_id, Payment.card.is_not(None))),
        )
    )
    found = [one for one in db.scalars(same.distinct()) if one is not None]
    if not found:
        return []
    return [Evidence(Signal.CARD, claim.referrer_id if claim.referrer_id in found else min(found))]


def _same_household(db: Session, claim: Claim) -> list[Evidence]:
    places = {who: _places(db, who) for who in (claim.friend_id, claim.referrer_id)}
    is_same = share_a_place(places[claim.friend_id], places[claim.referrer_id])
    return [Evidence(Signal.HOUSEHOLD, claim.referrer_id)] if is_same else []


def _places(db: Session, person_id: int) -> list[Place]:
    """Where somebody's goods went or would go."""
    saved = select(SavedAddress.country, SavedAddress.postcode, SavedAddress.address)
    went = (
        select(OrderContact.country, OrderContact.postcode, OrderContact.address)
        .join(Order, Order.id == OrderContact.order_id)
        .where(Order.person_id == person_id)
        .order_by(Order.id.desc())
        .limit(LAST_ORDERS)
    )
    rows = [*db.execute(saved.where(SavedAddress.person_id == person_id)), *db.execute(went)]
    return [Place.of(*row) for row in rows]

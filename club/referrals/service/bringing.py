"""Somebody became a member with a code: whose it is, whether they are new, and what speaks against it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import OwnMembership
from club.joining.models import BROUGHT
from club.members.models import Known, people_of, the_person
from club.members.rules import email_key
from club.messages.service import queue
from club.orders.models import Order, OrderContact
from club.programme.models import the_club
from club.purchases.models import Purchase
from club.referrals.models import CODES, REFERRALS, terms_now
from club.referrals.reading import Host, host_of
from club.referrals.rules import Cause, State, browser_digest, digest, first_name, mailbox
from club.referrals.service.codes import code_in
from club.referrals.service.evidence import Claim, at_joining

_R = REFERRALS.c


@dataclass(frozen=True)
class Brought:
    """What became of a code. `referral_id` None: it was nobody's, one's own, or the club rewards nobody now."""

    code: str
    referral_id: int | None
    state: State | None


def take_up(db: Session, person_id: int, asking: Asking | None, now: datetime) -> Brought | None:
    """Take up the code that a new member brought, once; None where there is none, or it was taken up before.

    Gives the new member a code of their own. `asking` None: nothing is known of the browser. What goes wrong here
    the night does again.
    """
    with transaction(db) as tx:
        code_in(tx, person_id, asking, now)
        waiting = (
            update(BROUGHT)
            .where(BROUGHT.c.person_id == person_id, BROUGHT.c.taken_up_at.is_(None))
            .values(taken_up_at=now)
            .returning(BROUGHT.c.code, BROUGHT.c.form, BROUGHT.c.at)
        )
        said = tx.execute(waiting).one_or_none()
        if said is None:
            return None
        host, terms = host_of(tx, said.code), terms_now(tx)
        if host is None or terms is None or not terms[1].is_open or host.person_id == person_id:
            return Brought(said.code, None, None)
        return _note(tx, person_id, host, terms[0], said, asking, now)


def refuse_own_code(db: Session, code: str, by: int) -> None:
    """A colleague who enrols somebody has not brought them. Raises `OwnMembership`."""
    host = host_of(db, code)
    if host is not None and host.person_id in people_of(db, by):
        raise OwnMembership


def _note(
    tx: Transaction, person_id: int, host: Host, terms_id: int, said: Row[Any], asking: Asking | None, now: datetime
) -> Brought:
    """One row a friend, for ever: the first code holds."""
    tx.execute(select(CODES.c.person_id).where(CODES.c.person_id == host.person_id).with_for_update())
    if tx.scalar(select(_R.id).where(_R.friend_id == person_id)) is not None:
        return Brought(said.code, None, None)
    friend, joined_on = the_person(tx, person_id), club_day(said.at, the_club(tx).time_zone)
    browser = None if asking is None or said.form != "join" else browser_digest(asking.address, asking.browser)
    of_host = tx.scalar(select(CODES.c.browser).where(CODES.c.person_id == host.person_id))
    claim = Claim(person_id, host.person_id, joined_on, browser, of_host)
    is_new = _is_new(tx, friend, joined_on, said.at)
    found = at_joining(tx, claim) if is_new else []
    state = State.REFUSED if not is_new else State.REVIEW if found else State.JOINED
    box = digest(mailbox(friend.email)) if friend.email else None
    values = {
        "friend_id": person_id,
        "terms_id": terms_id,
        "state": state.value,
        "cause": "" if is_new else Cause.NOT_NEW.value,
        "joined_at": said.at,
        "joined_on": joined_on,
        "evidence": [one.row() for one in found],
        "mailbox": box,
        "browser": browser,
    }
    referral_id = _write(tx, host.person_id, said.form, box, values)
    if state is State.JOINED:
        _tell(tx, host.person_id, friend, referral_id, now)
    return Brought(said.code, referral_id, state)


def _write(tx: Transaction, referrer_id: int, form: str, box: bytes | None, values: dict[str, Any]) -> int:
    """The row of an invitation by mail goes on; else there is a new one."""
    invited = (
        select(_R.id)
        .where(_R.referrer_id == referrer_id, _R.state == State.INVITED.value, _R.mailbox == box)
        .order_by(_R.id)
        .limit(1)
    )
    there = None if box is None else tx.scalar(invited)
    if there is not None:
        tx.execute(update(REFERRALS).where(_R.id == there).values(version=_R.version + 1, **values))
        return int(there)
    way = "counter" if form == "counter" else "link"
    row = {"referrer_id": referrer_id, "way": way, **values}
    return int(tx.execute(insert(REFERRALS).values(row).returning(_R.id)).scalar_one())


def _is_new(tx: Transaction, friend: Known, joined_on: date, joined_at: datetime) -> bool:
    """Whether nothing was bought before joining: no purchase, and no order as a guest with this address."""
    before = select(Purchase.id).where(Purchase.member_id == friend.person_id, Purchase.bought_on < joined_on)
    if tx.scalar(before.limit(1)) is not None:
        return False
    ordered = select(Order.id).where(Order.settled_at.is_not(None), Order.placed_at < joined_at)
    own = ordered.where(Order.person_id == friend.person_id)
    if tx.scalar(own.limit(1)) is not None:
        return False
    if not friend.email:
        return True
    as_guest = ordered.join(OrderContact, OrderContact.order_id == Order.id)
    return tx.scalar(as_guest.where(OrderContact.email_key == email_key(friend.email)).limit(1)) is None


def _tell(tx: Transaction, referrer_id: int, friend: Known, referral_id: int, now: datetime) -> None:
    referrer = the_person(tx, referrer_id)
    if referrer.email is None:
        return
    queue(
        tx,
        "referral.joined",
        occurrence=str(referral_id),
        recipient=referrer.email,
        language=referrer.language,
        person_id=referrer_id,
        data={"name": referrer.addressed_as, "friend": first_name(friend.full_name, friend.call_name)},
        now=now,
    )

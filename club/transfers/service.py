"""Passing points on, seen before it is done; told to both; undone by staff."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries, take_back
from club.audit import record
from club.clock import club_day, day_starts
from club.database import Transaction, transaction
from club.errors import (
    AlreadyPosted,
    NotEnoughPoints,
    NotFound,
    OwnMembership,
    ReasonMissing,
    SecondApproverNeeded,
    TransferPaused,
    TransfersClosed,
    TransferUndone,
    UnknownReceiver,
)
from club.members.household import is_household
from club.messages.service import queue
from club.permissions import Permission, Role, may, require
from club.points.service import Passing, pass_back, pass_on, passable
from club.points.service.moving import lock_both
from club.programme.models import the_club
from club.programme.rules import Club
from club.transfers.models import (
    Party,
    Transfer,
    account_changed_at,
    known_by,
    moved_since,
    party,
    party_with_number,
    the_transfer,
)
from club.transfers.rules import (
    QUIET_AFTER_CHANGE,
    Terms,
    beginnings,
    is_name_of,
    left_to_move,
    may_join_in,
    may_move,
)

TRY = "transfer.member"


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for: to whom, by the number and the name on their card, and how many points."""

    number: str
    name: str
    points: int


@dataclass(frozen=True)
class Allowance:
    """What a member could pass on now."""

    passable: int
    """Points of theirs that can be passed on at all."""
    most: int
    """How many of them one transfer can have today."""


@dataclass(frozen=True)
class Effect:
    """What would happen, as the page says it before the button."""

    to_name: str
    """As it was typed: nobody learns more of a name than they knew."""
    points: int
    left: int
    """Points that can still be passed on afterwards."""


def terms_of(club: Club) -> Terms:
    """What the club allows; raises `TransfersClosed`."""
    if not club.transfers_allowed:
        raise TransfersClosed
    return Terms(club.transfer_most, club.transfer_most_month, club.transfer_most_year, club.transfer_wait_days)


def allowance(db: Session, person_id: int, now: datetime) -> Allowance:
    """Raises what says that this member cannot pass on anything now."""
    club = the_club(db)
    terms, today = terms_of(club), club_day(now, club.time_zone)
    _sender(db, person_id, terms, today, now)
    have = sum(share.points for share in passable(db, person_id, today))
    month, year = (day_starts(day, club.time_zone) for day in beginnings(today))
    return Allowance(have, min(have, left_to_move(terms, moved_since(db, person_id, month, year))))


def look(db: Session, person_id: int, wanted: Wanted, by: int, now: datetime) -> Effect:
    """What it would do. A number and a name that do not belong together are counted as a try.

    Raises `UnknownReceiver` whatever is in the way on the other side, and all that `send` raises.
    """
    receiver = _named(db, wanted, by, now)
    club = the_club(db)
    terms, today = terms_of(club), club_day(now, club.time_zone)
    _asked(db, person_id, receiver, terms, wanted.points, club, now)
    lots = passable(db, person_id, today)
    have = sum(share.points for share in lots)
    if have < wanted.points:
        raise NotEnoughPoints(have=have, need=wanted.points)
    return Effect(wanted.name.strip(), wanted.points, have - wanted.points)


def send(db: Session, person_id: int, wanted: Wanted, once: bytes, by: int, now: datetime) -> int:
    """Pass points on and tell both; the transfer's id. Whoever asks has shown that they are the owner.

    Raises `TransfersClosed`, `TransferTooEarly`, `TransferPaused`, `TransferTooMuch`, `UnknownReceiver`,
    `NotEnoughPoints`, `TooManyTries`, `AlreadyPosted` for a form that was sent before.
    """
    found = _named(db, wanted, by, now)
    with transaction(db) as tx:
        club = the_club(tx)
        today = club_day(now, club.time_zone)
        try:
            lock_both(tx, person_id, found.person_id)
        except NotFound:
            raise UnknownReceiver from None
        if known_by(tx, once) is not None:
            raise AlreadyPosted
        receiver = _asked(tx, person_id, found, terms_of(club), wanted.points, club, now)
        sender = party(tx, person_id)
        assert sender is not None, "it was asked above"
        row = {"from_id": person_id, "to_id": receiver.person_id, "points": wanted.points, "sent_at": now, "once": once}
        transfer_id = tx.execute(insert(Transfer).values(**row).returning(Transfer.id)).scalar_one()
        pass_on(tx, Passing(person_id, receiver.person_id, transfer_id), wanted.points, today, now)
        record(
            tx, "points.passed_on", "member", person_id, by=by, now=now, points=wanted.points,
            customer=receiver.person_id,
        )  # fmt: skip
        _tell(tx, "transfer.sent", sender, wanted.name.strip(), wanted.points, transfer_id, now)
        _tell(tx, "transfer.received", receiver, sender.called, wanted.points, transfer_id, now)
    return transfer_id


def undo(db: Session, transfer_id: int, why: str, by: int, role: Role | None, now: datetime) -> int:
    """Take it back, whatever the receiver did since; how many points came back. Both are told.

    Raises `NotAllowed`, `SecondApproverNeeded`, `ReasonMissing`, `TransferUndone`, `NotFound`, and `OwnMembership`
    where whoever undoes it, or their household, gave or got the points.
    """
    require(role, Permission.ADJUST_POINTS)
    reason = why.strip()
    if not reason:
        raise ReasonMissing
    with transaction(db) as tx:
        club, view = the_club(tx), the_transfer(tx, transfer_id)
        if view.points >= club.approval_points and not may(role, Permission.ADJUST_MANY_POINTS):
            raise SecondApproverNeeded(limit=club.approval_points)
        if view.from_id == view.to_id:
            raise TransferUndone
        lock_both(tx, view.from_id, view.to_id)
        if is_household(tx, by, view.from_id) or is_household(tx, by, view.to_id):
            raise OwnMembership
        if the_transfer(tx, transfer_id).undone_at is not None:
            raise TransferUndone
        today = club_day(now, club.time_zone)
        returned = pass_back(tx, Passing(view.from_id, view.to_id, transfer_id), today, now)
        tx.execute(update(Transfer).where(Transfer.id == transfer_id).values(undone_at=now, returned=returned))
        record(
            tx, "points.passing_undone", "member", view.from_id, by=by, now=now, why=reason, person_id=view.from_id,
            points=returned, customer=view.to_id,
        )  # fmt: skip
        for person_id in (view.from_id, view.to_id):
            who = party(tx, person_id)
            if who is not None:
                _tell(tx, "transfer.undone", who, "", returned, transfer_id, now)
    return returned


# --- who may


def _named(db: Session, wanted: Wanted, by: int, now: datetime) -> Party:
    """Whoever has this number and is called so; guessing is counted by account. Raises `UnknownReceiver`.

    A right pair takes back its own try alone: with the own card nobody buys more guesses.
    """
    this = Try(TRY, f"account {by}")
    with transaction(db) as tx:
        count_tries(tx, [this], now)
    found = party_with_number(db, wanted.number)
    db.rollback()
    if found is None or not is_name_of(wanted.name, found.full_name):
        raise UnknownReceiver
    with transaction(db) as tx:
        take_back(tx, this, now)
    return found


def _sender(db: Session, person_id: int, terms: Terms, today: date, now: datetime) -> Party:
    sender = party(db, person_id)
    if sender is None or sender.is_leaving or sender.joined_on is None:
        raise TransfersClosed
    may_join_in(sender.joined_on, terms.wait_days, today)
    if sender.account_id is not None:
        changed_at = account_changed_at(db, sender.account_id, now - QUIET_AFTER_CHANGE)
        if changed_at is not None:
            raise TransferPaused(changed_at + QUIET_AFTER_CHANGE)
    return sender


def _asked(db: Session, person_id: int, found: Party, terms: Terms, points: int, club: Club, now: datetime) -> Party:
    """Whether these two may do this now. Of what is in the way with the receiver, nothing is told."""
    today = club_day(now, club.time_zone)
    _sender(db, person_id, terms, today, now)
    month, year = (day_starts(day, club.time_zone) for day in beginnings(today))
    may_move(terms, moved_since(db, person_id, month, year), points)
    receiver = party(db, found.person_id)
    if receiver is None or receiver.person_id == person_id or not _may_get(receiver, terms, today):
        raise UnknownReceiver
    came = moved_since(db, receiver.person_id, month, year, came=True)
    if points > min(terms.most_month - came.month, terms.most_year - came.year):
        raise UnknownReceiver
    return receiver


def _may_get(receiver: Party, terms: Terms, today: date) -> bool:
    if receiver.is_leaving or receiver.is_shut or receiver.joined_on is None:
        return False
    return (today - receiver.joined_on).days >= terms.wait_days


def _tell(tx: Transaction, act: str, who: Party, other: str, points: int, transfer_id: int, now: datetime) -> None:
    if not who.email:
        return
    queue(
        tx,
        act,
        occurrence=f"transfer:{transfer_id}",
        recipient=who.email,
        language=who.language,
        person_id=who.person_id,
        data={"name": who.called, "points": points, **({"member": other} if other else {})},
        now=now,
    )

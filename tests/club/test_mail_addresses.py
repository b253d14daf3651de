"""Addresses that take no mail: what an answer says, hard stops, soft ends, by hand; and what staff can repair."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.database import transaction
from club.errors import LinkGone, MessageForSafety, MessageMoved, NotAllowed, NotFound
from club.messages import rules
from club.messages.addresses import count_unreachable, unreachable
from club.messages.listing import View, history_of, outbox
from club.messages.models import Letter, address_state, find_letter, latest
from club.messages.repair import cancel, note_came_back, reachable_again, try_again
from club.messages.rules import Bounce, Standing, bounce_of
from club.messages.service import PostOffice, Round, queue, send_due
from club.messages.smtp import AddressRefused, TryLater
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_colleague, new_signed_up_member

ANA = "Ana@Example.org"


class StandIn:
    """A mail server in memory."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.recipients: list[str] = []

    def send(self, mail: object) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.recipients.append(str(mail["To"]))  # type: ignore[index]

    def close(self) -> None:
        """Nothing was opened."""


def send(db: Session, now: datetime, *answers: Exception | None) -> Round:
    office = PostOffice(StandIn(*answers), "https://club.example", "club@example.org", jitter=lambda: 1.0)
    return send_due(db, office, lambda: now)


def write(db: Session, now: datetime, occurrence: str = "1", act: str = "join.welcome") -> Letter:
    words: dict[str, dict[str, object]] = {
        "join.welcome": {"name": "Ana", "number": "7F3K-92QD", "points": 0},
        "password.changed": {"name": "Ana"},
        "signin.link": {"name": "Ana", "path": "/sign-in/link/", "minutes": 30},
    }
    with transaction(db) as tx:
        queue(
            tx, act, occurrence=occurrence, recipient=ANA, language="en", addressee="account:1", data=words[act],
            secret="one-time" if act == "signin.link" else None, now=now,
        )  # fmt: skip
    return latest(db)[0]


def again(db: Session, letter: Letter) -> Letter:
    db.rollback()
    found = find_letter(db, letter.id)
    assert found is not None
    return found


@pytest.fixture
def editor(db: Session, club: Club, now: datetime) -> int:
    account_id = new_colleague(db, now, Role.MANAGER).account_id
    send(db, now)
    return account_id


@pytest.mark.parametrize(
    ("code", "said", "bounce"),
    [
        (550, "5.1.1 <x>: Recipient address rejected: User unknown", Bounce.NO_MAILBOX),
        (550, "No such user here", Bounce.NO_MAILBOX),
        (550, "5.1.2 Bad destination system address", Bounce.NO_HOST),
        (556, "5.1.10 Recipient address has null MX", Bounce.NO_HOST),
        (552, "5.2.2 Mailbox full", Bounce.FULL),
        (552, "Quota exceeded", Bounce.FULL),
        (452, "4.2.2 The mailbox is over quota", Bounce.FULL),
        (550, "5.2.1 The account is disabled", Bounce.NO_MAILBOX),
        (550, "5.7.1 Message rejected as spam", Bounce.BLOCKED),
        (554, "Transaction failed", Bounce.OTHER),
        (554, "5.7.1 <x>: Relay access denied", None),
        (550, "relaying denied", None),
        (530, "5.7.0 Authentication required", None),
        (550, "Sender verify failed", None),
        (451, "4.7.1 Greylisted, try again", None),
        (450, "Try again later", None),
    ],
)
def test_what_an_answer_says_about_an_address(code: int, said: str, bounce: Bounce | None) -> None:
    assert bounce_of(code, said) is bounce


@pytest.mark.proves("R144g")
def test_a_refused_recipient_is_remembered_and_nothing_more_is_sent_there(
    db: Session, club: Club, now: datetime
) -> None:
    first = write(db, now)
    assert send(db, now, AddressRefused(550, "5.1.1 User unknown")) == Round(given_up=1)
    state = address_state(db, "ANA@example.org ", now)
    assert state is not None
    assert (state.is_hard, state.cause, state.expires_at, state.by) == (True, Bounce.NO_MAILBOX, None, None)
    assert (again(db, first).cause, again(db, first).last_error) == ("address", "550 5.1.1 User unknown")
    second = write(db, now, "2")
    assert send(db, now) == Round(given_up=1)
    assert again(db, second).cause == "known"
    assert address_state(db, "eva@example.org", now) is None
    assert address_state(db, None, now) is None


@pytest.mark.proves("R144g")
@pytest.mark.parametrize("act", ["signin.link", "password.changed"])
def test_what_somebody_asked_for_and_warnings_go_out_anyway(db: Session, club: Club, now: datetime, act: str) -> None:
    write(db, now)
    send(db, now, AddressRefused(550, "5.1.1 User unknown"))
    write(db, now, "2", act)
    assert send(db, now) == Round(sent=1)
    state = address_state(db, ANA, now)
    assert state is not None and state.is_hard


@pytest.mark.proves("R144g")
def test_a_full_mailbox_is_tried_on_and_forgotten_after_a_time_or_with_the_first_mail(
    db: Session, club: Club, now: datetime
) -> None:
    full = AddressRefused(552, "5.2.2 Mailbox full")
    write(db, now)
    assert send(db, now, full) == Round(given_up=1)
    state = address_state(db, ANA, now)
    assert state is not None
    assert (state.is_hard, state.cause, state.expires_at) == (False, Bounce.FULL, now + rules.SOFT_LASTS)
    assert address_state(db, ANA, now + rules.SOFT_LASTS) is None
    write(db, now, "2")
    assert send(db, now + timedelta(days=1)) == Round(sent=1)
    assert address_state(db, ANA, now + timedelta(days=1)) is None


@pytest.mark.proves("R144g")
def test_the_third_soft_refusal_within_the_time_is_a_hard_one(db: Session, club: Club, now: datetime) -> None:
    seen = []
    for day in (0, 1, 20, 21, 22):
        at = now + timedelta(days=day)
        write(db, at, str(day))
        send(db, at, AddressRefused(552, "5.2.2 Mailbox full"))
        state = address_state(db, ANA, at)
        assert state is not None
        seen.append((state.times, state.is_hard))
    assert seen == [(1, False), (2, False), (1, False), (2, False), (3, True)]


def test_a_refusal_of_ourselves_is_nothing_against_the_address(db: Session, club: Club, now: datetime) -> None:
    write(db, now)
    assert send(db, now, AddressRefused(554, "5.7.1 Relay access denied")) == Round(given_up=1)
    assert address_state(db, ANA, now) is None


def test_a_recipient_that_is_put_off_is_tried_again_and_counts_only_in_the_end(
    db: Session, club: Club, now: datetime
) -> None:
    letter = write(db, now)
    for _ in range(rules.MOST_TRIES - 1):
        assert send(db, now, AddressRefused(452, "4.2.2 over quota")) == Round(put_off=1)
        assert address_state(db, ANA, now) is None
        now = again(db, letter).next_try_at
    assert send(db, now, AddressRefused(452, "4.2.2 over quota")) == Round(given_up=1)
    state = address_state(db, ANA, now)
    assert state is not None and state.cause == Bounce.FULL


# --- what staff can do


def test_a_message_that_was_given_up_is_tried_again_and_its_address_counts_again(
    db: Session, editor: int, now: datetime
) -> None:
    letter = write(db, now)
    send(db, now, AddressRefused(550, "5.1.1 User unknown"))
    try_again(db, letter.id, editor, Role.MANAGER, now)
    assert (again(db, letter).state, again(db, letter).tries, again(db, letter).cause) == ("queued", 0, "")
    assert address_state(db, ANA, now) is None
    with pytest.raises(MessageMoved):
        try_again(db, letter.id, editor, Role.MANAGER, now)
    assert send(db, now) == Round(sent=1)
    assert [(one.kind, one.said, one.by) for one in history_of(db, letter.id)] == [
        ("given_up", "550 5.1.1 User unknown", None), ("tried_again", "", "Manager"),
    ]  # fmt: skip
    entry = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.act, entry.subject, entry.subject_id, entry.by) == (
        "message.tried_again", "message", letter.id, editor,
    )  # fmt: skip


def test_a_message_whose_one_time_link_is_gone_is_not_tried_again(db: Session, editor: int, now: datetime) -> None:
    letter = write(db, now, act="signin.link")
    send(db, now + timedelta(minutes=30))
    with pytest.raises(LinkGone):
        try_again(db, letter.id, editor, Role.MANAGER, now)
    assert (again(db, letter).state, again(db, letter).cause) == ("given_up", "late")
    assert [one.kind for one in history_of(db, letter.id)] == ["given_up"]


def test_a_message_that_waits_is_cancelled_unless_it_is_for_safety(db: Session, editor: int, now: datetime) -> None:
    letter, warning = write(db, now), write(db, now, act="password.changed")
    cancel(db, letter.id, editor, Role.MANAGER, now)
    with pytest.raises(MessageForSafety):
        cancel(db, warning.id, editor, Role.MANAGER, now)
    assert send(db, now) == Round(sent=1)
    assert (again(db, letter).state, again(db, letter).cause) == ("given_up", "cancelled")
    with pytest.raises(MessageMoved):
        cancel(db, letter.id, editor, Role.MANAGER, now)
    try_again(db, letter.id, editor, Role.MANAGER, now)
    assert send(db, now) == Round(sent=1)
    with pytest.raises(MessageMoved):
        cancel(db, letter.id, editor, Role.MANAGER, now)


@pytest.mark.proves("R144g")
def test_staff_note_that_a_mail_came_back_and_later_that_the_address_works(
    db: Session, editor: int, now: datetime
) -> None:
    person_id = new_signed_up_member(db, now, email=ANA).person_id
    letter = write(db, now)
    with pytest.raises(MessageMoved):
        note_came_back(db, letter.id, Bounce.NO_MAILBOX, editor, Role.MANAGER, now)
    send(db, now)
    note_came_back(db, letter.id, Bounce.NO_MAILBOX, editor, Role.SUPPORT, now)
    with pytest.raises(MessageMoved):
        note_came_back(db, letter.id, Bounce.FULL, editor, Role.MANAGER, now)
    (listed,) = outbox(db, View.CAME_BACK, limit=9)
    assert (listed.id, listed.standing(now)) == (letter.id, Standing.CAME_BACK)
    (one,) = unreachable(db, now, limit=9)
    assert (one.address_key, one.is_hard, one.cause, one.marked_by, one.person_id) == (
        "ana@example.org", True, Bounce.NO_MAILBOX, "Manager", person_id,
    )  # fmt: skip
    reachable_again(db, ANA, editor, Role.SHOP, now)
    reachable_again(db, ANA, editor, Role.SHOP, now)
    assert count_unreachable(db, now, 100) == 0
    entries = db.scalars(select(AuditEntry).where(AuditEntry.act == "address.reachable")).all()
    assert [(entry.subject, entry.subject_id) for entry in entries] == [("person", person_id)]


@pytest.mark.parametrize("role", [Role.SHOP, Role.EVENTS, Role.SUPPORT, Role.READ_ONLY, None])
def test_who_may_not_touch_messages_touches_none(db: Session, editor: int, now: datetime, role: Role | None) -> None:
    letter = write(db, now)
    acts: list[Callable[[], None]] = [
        lambda: try_again(db, letter.id, editor, role, now),
        lambda: cancel(db, letter.id, editor, role, now),
    ]
    if role in {Role.EVENTS, Role.READ_ONLY, None}:
        acts.append(lambda: note_came_back(db, letter.id, Bounce.FULL, editor, role, now))
        acts.append(lambda: reachable_again(db, ANA, editor, role, now))
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert again(db, letter) == letter


def test_there_is_nothing_to_do_about_a_message_that_does_not_exist(db: Session, editor: int, now: datetime) -> None:
    with pytest.raises(NotFound):
        try_again(db, 999, editor, Role.MANAGER, now)


# --- where it stands, told honestly


def test_an_interrupted_message_says_so_until_it_is_taken_up_again(db: Session, club: Club, now: datetime) -> None:
    class Killed(BaseException):
        pass

    letter = write(db, now)
    with pytest.raises(Killed):
        send(db, now, Killed())  # type: ignore[arg-type]
    lease_ends = now + rules.LEASE

    def standing(at: datetime) -> Standing:
        return outbox(db, View.ALL, limit=1)[0].standing(at)

    assert [standing(lease_ends - timedelta(seconds=1)), standing(lease_ends)] == [Standing.SENDING, Standing.UNKNOWN]
    assert send(db, lease_ends) == Round(sent=1)
    assert [(one.kind, one.at) for one in history_of(db, letter.id)] == [("interrupted", lease_ends)]
    assert standing(lease_ends) is Standing.SENT


def test_trouble_of_the_server_leaves_no_line_for_each_message(db: Session, club: Club, now: datetime) -> None:
    letter = write(db, now)
    send(db, now, TryLater("451 busy"))
    assert [one.kind for one in history_of(db, letter.id)] == ["put_off"]
    assert outbox(db, View.WAITING, limit=1)[0].standing(now) is Standing.PUT_OFF


def test_every_view_and_filter_finds_what_it_names(db: Session, editor: int, now: datetime) -> None:
    waiting = write(db, now)
    failed = write(db, now, act="password.changed")
    send(db, now, None, AddressRefused(554, "5.7.1 relay"))
    person = new_signed_up_member(db, now, email="eva@example.org").person_id
    with transaction(db) as tx:
        queue(
            tx, "tier.reached", occurrence="1", recipient="eva@example.org", language="es", person_id=person,
            data={"name": "Eva", "tier": {"en": "Gold"}}, now=now + timedelta(days=1),
        )  # fmt: skip

    def ids(view: View = View.ALL, **wanted: object) -> list[int]:
        return [one.id for one in outbox(db, view, limit=9, **wanted)]  # type: ignore[arg-type]

    newest = latest(db)[0].id
    assert ids(View.FAILED) == [failed.id]
    assert ids(View.WAITING) == [newest]
    assert ids(act="join.welcome") == [waiting.id]
    assert ids(person_id=person) == [newest]
    assert ids(recipient=ANA) == [failed.id, waiting.id]
    assert [one.person_name for one in outbox(db, View.WAITING, limit=9)] == ["Ana García"]

"""The outbox: queued once, sent once, tried again, given up; and what the mails look like."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from club.database import is_writing, sessions, transaction
from club.errors import BadEmail
from club.messages import rules, service
from club.messages.claiming import Claimed, claim
from club.messages.models import Letter, Message, latest
from club.messages.service import PostOffice, Round, queue, send_due
from club.messages.smtp import ServerTrouble, TryLater, Undeliverable
from club.programme import service as programme
from club.programme.rules import Club
from club.texts import Texts


class StandIn:
    """A mail server that exists in memory only: says what it is told to, keeps what it takes."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.mails: list[EmailMessage] = []
        self.is_open = False

    def send(self, mail: EmailMessage) -> None:
        self.is_open = True
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.mails.append(mail)

    def close(self) -> None:
        self.is_open = False


def office(mailer: StandIn) -> PostOffice:
    return PostOffice(mailer, "https://club.example", "club@example.org", jitter=lambda: 1.0)


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: moment


def put(db: Session, now: datetime, occurrence: str = "1", **changed: object) -> bool:
    given: dict[str, object] = {
        "occurrence": occurrence,
        "recipient": "ana@example.org",
        "language": "en",
        "addressee": "account:1",
        "data": {"name": "Ana", "path": "/sign-in/link/", "minutes": 30},
        "secret": "one-time",
        "now": now,
    }
    with transaction(db) as tx:
        return queue(tx, "signin.link", **(given | changed))  # type: ignore[arg-type]


def put_many(db: Session, now: datetime, count: int) -> None:
    with transaction(db) as tx:
        for number in range(count):
            queue(
                tx, "password.changed", occurrence=str(number), recipient=f"m{number}@example.org", language="en",
                addressee=f"account:{number}", data={"name": ""}, now=now,
            )  # fmt: skip


def only_letter(db: Session) -> Letter:
    (letter,) = latest(db)
    db.rollback()
    return letter


# --- queueing


def test_a_message_is_queued_once_for_its_act_step_person_and_occurrence(
    db: Session, club: Club, now: datetime
) -> None:
    assert [put(db, now), put(db, now), put(db, now, step=2), put(db, now, addressee="account:2")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert put(db, now, occurrence="2")
    assert db.scalar(select(func.count()).select_from(Message)) == 4


def test_a_message_goes_with_the_transaction_of_its_cause(db: Session, club: Club, now: datetime) -> None:
    class Failed(Exception):
        pass

    def fail_after_queueing() -> None:
        with transaction(db) as tx:
            queue(
                tx, "password.changed", occurrence="1", recipient="ana@example.org", language="en",
                addressee="account:1", data={"name": ""}, now=now,
            )  # fmt: skip
            raise Failed

    with pytest.raises(Failed):
        fail_after_queueing()
    assert latest(db) == []


@pytest.mark.parametrize(
    "recipient",
    ["ana@example.org\r\nBcc: all@example.org", "ana@example.org\nX: 1", "ana@example.org, eva@example.org", "ana",
     "@b", "ana@example.org\u2028X: 1", "<ana@example.org>", "ana@exa mple.org", f"ana@{'x' * 70}.org", "ana@a..b"],
)  # fmt: skip
def test_f44_a_recipient_that_could_break_a_mail_is_refused_before_it_is_queued(
    db: Session, club: Club, now: datetime, recipient: str
) -> None:
    with pytest.raises(BadEmail):
        put(db, now, recipient=recipient)
    assert latest(db) == []


def test_a_message_without_what_its_words_need_is_our_mistake(db: Session, club: Club, now: datetime) -> None:
    with pytest.raises(ValueError, match="minutes"):
        put(db, now, data={"name": "Ana", "path": "/x/"})
    with pytest.raises(ValueError, match="token"):
        put(db, now, secret=None)
    with pytest.raises(ValueError, match="somebody"):
        put(db, now, addressee=None)


# --- sending


def test_what_is_sent_is_marked_and_forgets_its_secret(db: Session, club: Club, now: datetime) -> None:
    put(db, now)
    server = StandIn()
    assert send_due(db, office(server), at(now)) == Round(sent=1)
    letter = only_letter(db)
    assert (letter.state, letter.secret, letter.sent_at, letter.tries) == ("sent", None, now, 1)
    assert [mail["Message-ID"] for mail in server.mails] == [letter.message_id]
    assert letter.message_id.endswith("@example.org>")
    assert not server.is_open
    assert send_due(db, office(server), at(now)) == Round()


def test_nothing_is_sent_before_it_is_due_nor_before_the_club_is_set_up(db: Session, now: datetime) -> None:
    put(db, now)
    server = StandIn()
    assert send_due(db, office(server), at(now)) == Round()
    programme.set_up(db, programme.defaults(now.date()), now)
    assert send_due(db, office(server), at(now - timedelta(seconds=1))) == Round()
    assert only_letter(db).tries == 0
    assert send_due(db, office(server), at(now)) == Round(sent=1)


def test_o08_a_mail_that_is_not_taken_now_is_tried_again_later_and_later_then_given_up(
    db: Session, club: Club, now: datetime
) -> None:
    put_many(db, now, 1)
    server = StandIn(*[TryLater("451 greylisted")] * 20)
    waits = []
    for _ in range(rules.MOST_TRIES - 1):
        assert send_due(db, office(server), at(now)) == Round(put_off=1)
        due = only_letter(db).next_try_at
        waits.append((due - now).total_seconds())
        now = due
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert send_due(db, office(server), at(now)) == Round(given_up=1)
    letter = only_letter(db)
    assert (letter.state, letter.last_error, letter.secret) == ("given_up", "451 greylisted", None)
    assert send_due(db, office(server), at(now + timedelta(days=9))) == Round()


def test_o08_the_wait_is_spread_between_five_seconds_and_the_whole(now: datetime) -> None:
    assert [rules.wait_after(3, jitter).total_seconds() for jitter in (0.0, 0.5, 1.0)] == [5, 60, 120]
    assert rules.wait_after(500, 1.0) == timedelta(hours=1)


def test_r17_a_refusal_for_good_is_not_tried_again_and_the_queue_goes_on(
    db: Session, club: Club, now: datetime
) -> None:
    put_many(db, now, 3)
    server = StandIn(None, Undeliverable("550 no such mailbox"), None)
    assert send_due(db, office(server), at(now)) == Round(sent=2, given_up=1)
    assert [(letter.state, letter.last_error) for letter in latest(db)] == [
        ("sent", ""), ("given_up", "550 no such mailbox"), ("sent", ""),
    ]  # fmt: skip


def test_r17_while_the_server_is_down_nothing_is_given_up_and_afterwards_all_is_sent(
    db: Session, club: Club, now: datetime
) -> None:
    put_many(db, now, 3)
    down = StandIn(*[ServerTrouble("connection refused")] * 1000)
    for minute in range(0, 60 * 24 * 3, 10):
        assert send_due(db, office(down), at(now + timedelta(minutes=minute))).given_up == 0
    assert {letter.state for letter in latest(db)} == {"queued"}
    assert {letter.tries for letter in latest(db)} == {0}
    server = StandIn()
    assert send_due(db, office(server), at(now + timedelta(days=4))) == Round(sent=3)


def test_a_link_that_ended_before_it_could_be_sent_is_not_sent(db: Session, club: Club, now: datetime) -> None:
    put(db, now)
    server = StandIn()
    assert send_due(db, office(server), at(now + timedelta(minutes=30))) == Round(given_up=1)
    assert (server.mails, only_letter(db).secret) == ([], None)


def test_r30_a_poisoned_message_is_parked_and_the_queue_goes_on(db: Session, club: Club, now: datetime) -> None:
    put_many(db, now, 3)
    with transaction(db) as tx:
        tx.execute(update(Message).where(Message.id == 1).values(data={"name": "Ana"}, act="tier.reached"))
        tx.execute(update(Message).where(Message.id == 2).values(act="no.such.act"))
    server = StandIn()
    assert send_due(db, office(server), at(now)) == Round(sent=1, given_up=2)


def test_r30_a_message_that_kills_its_sender_is_parked_in_the_end(db: Session, club: Club, now: datetime) -> None:
    class Killed(BaseException):
        pass

    put_many(db, now, 1)
    for _ in range(rules.MOST_TRIES):
        with pytest.raises(Killed):
            send_due(db, office(StandIn(Killed())), at(now))  # type: ignore[arg-type]
        now += rules.LEASE
    server = StandIn()
    assert send_due(db, office(server), at(now)) == Round(given_up=1)
    assert server.mails == []


def test_f44_a_head_that_cannot_be_written_is_a_failed_message_and_no_crash(
    db: Session, club: Club, now: datetime
) -> None:
    programme.change(db, replace(club, name=Texts({"en": "Club\r\nBcc: all@example.org"})), None, now)
    put_many(db, now, 1)
    server = StandIn()
    assert send_due(db, office(server), at(now)) == Round(given_up=1)
    assert server.mails == []
    assert "more than one line" in only_letter(db).last_error


def test_r03_what_a_dead_worker_left_is_sent_after_its_lease_under_the_same_id(
    db: Session, club: Club, now: datetime
) -> None:
    class Killed(BaseException):
        pass

    put_many(db, now, 1)
    first = StandIn(Killed())  # type: ignore[arg-type]
    with pytest.raises(Killed):
        send_due(db, office(first), at(now))
    claimed = only_letter(db)
    second = StandIn()
    assert send_due(db, office(second), at(now + rules.LEASE - timedelta(seconds=1))) == Round()
    assert send_due(db, office(second), at(now + rules.LEASE)) == Round(sent=1)
    assert [mail["Message-ID"] for mail in second.mails] == [claimed.message_id]


def test_a_sender_that_slept_through_its_lease_marks_nothing(db: Session, club: Club, now: datetime) -> None:
    put_many(db, now, 1)
    claimed = claim(db, "example.org", now)
    again = claim(db, "example.org", now + rules.LEASE)
    assert isinstance(claimed, Claimed)
    assert isinstance(again, Claimed)
    with transaction(db) as tx:
        assert not service._mark_in(tx, claimed.letter, state="given_up")
    assert only_letter(db).state == "sending"
    with transaction(db) as tx:
        assert service._mark_in(tx, again.letter, state="sent")
    assert only_letter(db).state == "sent"


def test_o06_nothing_is_open_while_the_server_is_talked_to(db: Session, club: Club, now: datetime) -> None:
    class Watching(StandIn):
        def send(self, mail: EmailMessage) -> None:
            seen.append((is_writing(db), db.in_transaction()))
            super().send(mail)

    seen: list[tuple[bool, bool]] = []
    put_many(db, now, 2)
    send_due(db, office(Watching()), at(now))
    assert seen == [(False, False), (False, False)]
    assert not db.in_transaction()


def test_db12_four_workers_send_each_message_once(engine: Engine, db: Session, club: Club, now: datetime) -> None:
    put_many(db, now, 300)
    servers = [StandIn() for _ in range(4)]

    def work(server: StandIn) -> Round:
        with sessions(engine)() as own:
            return send_due(own, office(server), at(now), most=1000)

    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(work, servers))
    sent = [str(mail["To"]) for server in servers for mail in server.mails]
    assert sorted(sent) == sorted(f"m{number}@example.org" for number in range(300))
    assert sum(done.sent for done in rounds) == 300
    assert {letter.tries for letter in latest(db, 300)} == {1}


def test_i12_every_sent_mail_has_one_row_and_one_message_id(db: Session, club: Club, now: datetime) -> None:
    put_many(db, now, 50)
    server = StandIn()
    send_due(db, office(server), at(now))
    ids = [str(mail["Message-ID"]) for mail in server.mails]
    assert len(set(ids)) == 50
    assert sorted(ids) == sorted(db.scalars(select(Message.message_id).where(Message.state == "sent")))

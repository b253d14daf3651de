"""Many hands on one message, one text and one limit: each thing happens once, beside workers that send."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier, Lock

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from club.database import make_engine, sessions, transaction
from club.errors import MessageMoved, Refusal, TextChanged, TooManyTries
from club.messages.acts import TEST
from club.messages.addresses import remember_bounce
from club.messages.models import Message, MessageEvent, address_state, latest
from club.messages.parts import parts_of
from club.messages.repair import cancel, try_again
from club.messages.service import PostOffice, queue, send_due
from club.messages.testing import MOST_AN_HOUR, queue_test
from club.messages.wording import save_words, versions_of
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_colleague

AT_ONCE = 12


class Counting:
    """A mail server in memory that many threads use."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._lock = Lock()

    def send(self, mail: object) -> None:
        with self._lock:
            self.ids.append(str(mail["Message-ID"]))  # type: ignore[index]

    def close(self) -> None:
        """Nothing was opened."""


def at_once(database_url: str, acts: list[Callable[[Session], object]]) -> Counter[str]:
    """Do all of them in threads that start together; what came of them, by name."""
    engine = make_engine(database_url, pool_size=len(acts))
    start = Barrier(len(acts))

    def one(act: Callable[[Session], object]) -> str:
        with sessions(engine)() as db:
            start.wait(timeout=30)
            try:
                act(db)
            except Refusal as refusal:
                return type(refusal).__name__
            return "done"

    try:
        with ThreadPoolExecutor(len(acts)) as pool:
            return Counter(pool.map(one, acts))
    finally:
        engine.dispose()


def given_up(db: Session, now: datetime) -> int:
    with transaction(db) as tx:
        queue(
            tx, "join.welcome", occurrence="1", recipient="ana@example.org", language="en", addressee="person:1",
            data={"name": "Ana", "number": "7F3K-92QD", "points": 0}, now=now,
        )  # fmt: skip
    letter = latest(db)[0]
    with transaction(db) as tx:
        tx.execute(update(Message).where(Message.id == letter.id).values(state="given_up", cause="tries", tries=12))
    return letter.id


@pytest.fixture
def editor(db: Session, club: Club, now: datetime) -> int:
    account_id = new_colleague(db, now, Role.MANAGER).account_id
    with transaction(db) as tx:
        tx.execute(update(Message).values(state="sent", secret=None))
    return account_id


def test_of_many_who_try_again_beside_workers_one_does_and_one_mail_goes_out(
    db: Session, database_url: str, editor: int, now: datetime
) -> None:
    message_id, server = given_up(db, now), Counting()
    office = PostOffice(server, "https://club.example", "club@example.org")

    def clerk(own: Session) -> None:
        try_again(own, message_id, editor, Role.MANAGER, now)

    def worker(own: Session) -> None:
        for _ in range(20):
            send_due(own, office, lambda: now)

    came = at_once(database_url, [*[clerk] * AT_ONCE, worker, worker, worker])
    send_due(db, office, lambda: now)
    assert came == {"done": 4, MessageMoved.__name__: AT_ONCE - 1}
    assert len(server.ids) == 1
    assert db.scalar(select(func.count()).where(MessageEvent.kind == "tried_again")) == 1


def test_cancelling_beside_workers_either_stops_the_mail_or_is_refused(
    db: Session, database_url: str, editor: int, now: datetime
) -> None:
    message_id, server = given_up(db, now), Counting()
    try_again(db, message_id, editor, Role.MANAGER, now)
    office = PostOffice(server, "https://club.example", "club@example.org")

    def clerk(own: Session) -> None:
        cancel(own, message_id, editor, Role.MANAGER, now)

    came = at_once(database_url, [*[clerk] * 4, *[lambda own: send_due(own, office, lambda: now)] * 4])
    cancelled = came["done"] - 4
    assert (cancelled, len(server.ids)) in {(1, 0), (0, 1)}


def test_of_many_who_save_the_same_words_at_once_one_does(
    db: Session, database_url: str, editor: int, now: datetime
) -> None:
    subject = parts_of("join.welcome")[0].shipped

    def save(number: int) -> Callable[[Session], object]:
        return lambda own: save_words(
            own, "join.welcome", "en", {subject: f"Text {number}"}, seen=0, by=editor, role=Role.MANAGER, now=now
        )

    came = at_once(database_url, [save(number) for number in range(AT_ONCE)])
    assert came == {"done": 1, TextChanged.__name__: AT_ONCE - 1}
    assert [one.version for one in versions_of(db, "join.welcome", "en")] == [1]


def test_however_many_test_mails_are_asked_for_at_once_no_more_than_the_limit_go_out(
    db: Session, database_url: str, editor: int, now: datetime
) -> None:
    def ask(own: Session) -> None:
        queue_test(own, "join.welcome", "en", {}, {}, by=editor, role=Role.MANAGER, now=now)

    came = at_once(database_url, [ask] * (AT_ONCE + 4))
    sent = db.scalar(select(func.count()).where(Message.act == TEST))
    assert sent == came["done"] <= MOST_AN_HOUR
    assert came.keys() <= {"done", TooManyTries.__name__}


def test_many_refusals_of_one_address_at_once_are_all_counted(
    db: Session, database_url: str, editor: int, now: datetime
) -> None:
    def refuse(own: Session) -> None:
        with transaction(own) as tx:
            remember_bounce(tx, "ana@example.org", 552, "5.2.2 full", now)

    at_once(database_url, [refuse] * AT_ONCE)
    state = address_state(db, "ana@example.org", now)
    assert state is not None
    assert (state.times, state.is_hard) == (AT_ONCE, True)

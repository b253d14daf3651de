"""R-03: a real worker process that is killed with -9 loses no mail and doubles at most the one it had in hand."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import transaction
from club.messages import rules
from club.messages.models import Message, count_by_state
from club.messages.service import PostOffice, queue, send_due
from club.messages.smtp import MailServer, SmtpMailer
from club.night import NightStep, last_finished_day
from club.programme.rules import Club
from club.settings import Settings
from tests.databases import ROOT
from tests.mail_sink import Sink, mail_sink
from tests.postgres import die_with_parent

MAILS = 40


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as running:
        yield running


@pytest.fixture
def workers(settings: Settings, sink: Sink, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts one more worker on the test's database and mail server; all are ended afterwards."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        "CLUB_MODE": "test",
        "CLUB_SECRET_KEY": settings.secret_key,
        "CLUB_DATABASE_URL": settings.database_url,
        "CLUB_INSTANCE_PATH": str(tmp_path),
        "CLUB_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        "CLUB_MAIL_FROM": "club@example.org",
        "CLUB_BASE_URL": "http://localhost",
    }

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, nothing that takes a lock
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def put(db: Session, count: int) -> None:
    with transaction(db) as tx:
        for number in range(count):
            queue(
                tx, "password.changed", occurrence="1", recipient=f"m{number}@example.org", language="en",
                addressee=f"account:{number}", data={"name": ""}, now=datetime.now(UTC),
            )  # fmt: skip


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    given_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < given_up, "it did not happen in time"
        time.sleep(0.05)


def states(db: Session) -> dict[str, int]:
    found = count_by_state(db)
    db.rollback()
    return found


def send_the_rest(db: Session, sink: Sink) -> None:
    """As a worker would once every lease has ended."""
    mailer = SmtpMailer(MailServer.from_url(f"smtp://127.0.0.1:{sink.port}"), "localhost")
    later = datetime.now(UTC) + rules.LEASE + timedelta(seconds=1)
    send_due(db, PostOffice(mailer, "http://localhost", "club@example.org"), lambda: later)


def test_r03_killed_between_taken_and_marked_doubles_one_mail_under_its_one_id(
    db: Session, club: Club, sink: Sink, workers: Callable[[], subprocess.Popen[bytes]]
) -> None:
    put(db, MAILS)
    worker = workers()

    def kill_at_the_tenth(mail: EmailMessage) -> str:
        if len(sink.mails) == 9:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        return "250 OK"

    sink.answer_to_data = kill_at_the_tenth
    wait_for(lambda: worker.poll() is not None)
    assert states(db) == {"sent": 9, "sending": 1, "queued": MAILS - 10}
    assert len(sink.mails) == 10
    send_the_rest(db, sink)
    assert states(db) == {"sent": MAILS}
    arrived = Counter(sink.ids)
    assert sorted(arrived.values()) == [1] * (MAILS - 1) + [2]
    assert set(arrived) == set(db.scalars(select(Message.message_id)))


def test_r03_killed_between_claimed_and_sent_is_sent_after_the_lease(
    db: Session, club: Club, sink: Sink, workers: Callable[[], subprocess.Popen[bytes]]
) -> None:
    put(db, 3)
    worker = workers()

    def kill(address: str) -> str:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        return "250 OK"

    sink.answer_to_recipient = kill
    wait_for(lambda: worker.poll() is not None)
    sink.answer_to_recipient = lambda address: "250 OK"
    assert sink.mails == []
    send_the_rest(db, sink)
    assert states(db) == {"sent": 3}
    assert sorted(Counter(sink.ids).values()) == [1, 1, 1]


def test_r03_of_two_workers_one_is_killed_and_every_mail_arrives(
    db: Session, club: Club, sink: Sink, workers: Callable[[], subprocess.Popen[bytes]]
) -> None:
    put(db, MAILS)
    killed, living = workers(), workers()
    wait_for(lambda: len(sink.mails) >= 10)
    killed.send_signal(signal.SIGKILL)
    wait_for(lambda: states(db).get("queued", 0) == 0)
    living.send_signal(signal.SIGTERM)
    assert living.wait(60) == 0
    send_the_rest(db, sink)
    assert states(db) == {"sent": MAILS}
    arrived = Counter(sink.ids)
    assert len(arrived) == MAILS
    assert sum(arrived.values()) <= MAILS + 1


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_runs_the_night_shows_that_it_lives_and_ends_cleanly(
    db: Session, club: Club, workers: Callable[[], subprocess.Popen[bytes]], tmp_path: Path, ending: signal.Signals
) -> None:
    worker = workers()
    alive = tmp_path / "worker.alive"
    wait_for(alive.exists)
    wait_for(lambda: _finished(db))
    worker.send_signal(ending)
    assert worker.wait(60) == 0
    assert not alive.exists()
    assert "Traceback" not in (tmp_path / "worker.log").read_text()
    assert len(set(db.scalars(select(NightStep.day)))) == 1


def _finished(db: Session) -> bool:
    found = last_finished_day(db)
    db.rollback()
    return found is not None


def test_without_a_mail_server_the_mails_wait(db: Session, club: Club, tmp_path: Path, settings: Settings) -> None:
    put(db, 1)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CLUB_")},
        "CLUB_MODE": "test",
        "CLUB_SECRET_KEY": settings.secret_key,
        "CLUB_DATABASE_URL": settings.database_url,
        "CLUB_INSTANCE_PATH": str(tmp_path),
    }
    worker = subprocess.Popen([sys.executable, "-m", "worker"], cwd=ROOT, env=environment, preexec_fn=die_with_parent)  # noqa: PLW1509 - as above
    try:
        wait_for(lambda: _finished(db))
        assert states(db) == {"queued": 1}
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0

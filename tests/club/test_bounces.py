"""R144g: what mail servers send back is read, hard and soft, and nothing that is made up changes anything."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from club.audit import AuditEntry
from club.database import transaction
from club.messages.addresses import unreachable
from club.messages.bounces import Heard, PutOff, hear, read_maildir
from club.messages.listing import View, history_of, outbox
from club.messages.models import Letter, Message, MessageEvent, address_state, latest
from club.messages.reports import read_report
from club.messages.rules import Bounce, Standing, bounce_of, bounce_of_report
from club.messages.service import PostOffice, queue, send_due
from club.programme.rules import Club
from club.settings import Settings
from worker import Work

ANA = "Ana@Example.org"


class Server:
    """Takes every mail."""

    def send(self, mail: object) -> None:
        """Taken."""

    def close(self) -> None:
        """Nothing was opened."""


@pytest.fixture
def sent(db: Session, club: Club, now: datetime) -> Callable[[], Letter]:
    """Sends one more mail to Ana."""

    def send() -> Letter:
        before = db.scalar(select(func.count()).select_from(Message)) or 0
        db.rollback()
        with transaction(db) as tx:
            queue(
                tx, "join.welcome", occurrence=f"{before}", recipient=ANA, language="en", addressee="person:1",
                data={"name": "Ana", "number": "7F3K-92QD", "points": 0}, now=now,
            )  # fmt: skip
        send_due(db, PostOffice(Server(), "https://club.example", "club@example.org"), lambda: now)
        letter = latest(db)[0]
        db.rollback()
        assert letter.state == "sent"
        return letter

    return send


def postfix(message_id: str, status: str, said: str, action: str = "failed") -> bytes:
    """As Postfix writes it, with the whole head of the mail."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: club@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Description: Notification

This is the mail system at host mx.example.net.

--B1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4XYZ
Arrival-Date: Mon, 15 Jun 2026 10:00:00 +0000

Final-Recipient: rfc822; ana@example.org
Original-Recipient: rfc822;ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {said}

--B1
Content-Type: message/rfc822

From: club@example.org
To: ana@example.org
Message-ID: {message_id}
Subject: Welcome

Hello
--B1--
""".encode()


def exim(message_id: str) -> bytes:
    """As Exim writes it, with the head alone; a mailbox that stayed full for days."""
    return f"""\
From: Mail Delivery System <Mailer-Daemon@mail.example.net>
To: club@example.org
References: {message_id}
Content-Type: multipart/report; report-type=delivery-status; boundary=1718-eximdsn
MIME-Version: 1.0

--1718-eximdsn
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1718-eximdsn
Content-type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Action: failed
Final-Recipient: rfc822;ana@example.org
Status: 4.0.0
Diagnostic-Code: smtp; 452 4.2.2 The recipient's inbox is out of storage space

--1718-eximdsn
Content-type: text/rfc822-headers

Received: from club by mail.example.net
Message-Id: {message_id}
To: ana@example.org

--1718-eximdsn--
""".encode()


def without_original(message_id: str) -> bytes:
    """As some services write it: what it is about stands in the head alone."""
    return f"""\
From: postmaster@cloud.example
In-Reply-To: {message_id}
Content-Type: multipart/report; boundary="x"; report-type=delivery-status

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; cloud.example

Final-Recipient: rfc822; ana@example.org
Action: failed
Status: 5.7.1

--x--
""".encode()


UNKNOWN_USER = "550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown in relay recipient table"


@pytest.mark.proves("R144g")
def test_a_hard_report_marks_the_message_and_stops_the_address(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    letter = sent()
    assert hear(db, postfix(letter.message_id, "5.1.1", UNKNOWN_USER), now) is Heard.NOTED
    state = address_state(db, ANA, now)
    assert state is not None
    assert (state.is_hard, state.cause, state.expires_at, state.by) == (True, Bounce.NO_MAILBOX, None, None)
    assert "User unknown" in state.said
    assert [one.id for one in outbox(db, View.CAME_BACK, limit=9)] == [letter.id]
    assert outbox(db, View.CAME_BACK, limit=9)[0].standing(now) is Standing.CAME_BACK
    assert [(one.kind, one.said) for one in history_of(db, letter.id)] == [("came_back", "no_mailbox")]
    assert [one.address_key for one in unreachable(db, now, limit=9)] == ["ana@example.org"]
    assert db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "message")).all() == ["message.came_back"]


@pytest.mark.proves("R144g")
def test_a_soft_report_notes_the_address_for_a_time_and_then_it_is_forgotten(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    assert hear(db, exim(sent().message_id), now) is Heard.NOTED
    state = address_state(db, ANA, now)
    assert state is not None
    assert (state.is_hard, state.cause) == (False, Bounce.FULL)
    assert unreachable(db, now + timedelta(days=15), limit=9) == []
    assert address_state(db, ANA, now + timedelta(days=15)) is None


@pytest.mark.proves("R144g")
def test_the_same_report_twice_and_a_second_one_of_the_same_mail_count_once(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    letter = sent()
    assert hear(db, exim(letter.message_id), now) is Heard.NOTED
    assert hear(db, exim(letter.message_id), now) is Heard.KNOWN
    assert hear(db, postfix(letter.message_id, "5.1.1", UNKNOWN_USER), now) is Heard.KNOWN
    state = address_state(db, ANA, now)
    assert state is not None
    assert (state.times, state.is_hard) == (1, False)
    assert db.scalar(select(func.count()).select_from(MessageEvent)) == 1


@pytest.mark.proves("R144g")
def test_a_report_about_a_mail_that_nobody_wrote_changes_nothing(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    letter = sent()
    guesses = ("<made-up@example.org>", f"<{'0' * 32}@example.org>", letter.message_id.upper(), "<%@example.org>")
    for guess in guesses:
        assert hear(db, postfix(guess, "5.1.1", UNKNOWN_USER), now) is Heard.NOT_OURS
    assert address_state(db, ANA, now) is None
    assert outbox(db, View.CAME_BACK, limit=9) == []
    assert db.scalar(select(func.count()).select_from(MessageEvent)) == 0


def test_a_report_without_the_mail_is_known_by_what_it_answers(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    assert hear(db, without_original(sent().message_id), now) is Heard.NOTED
    state = address_state(db, ANA, now)
    assert state is not None
    assert (state.cause, state.is_hard) == (Bounce.BLOCKED, False)


def test_a_refusal_of_ourselves_marks_the_message_and_no_address(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    letter = sent()
    assert hear(db, postfix(letter.message_id, "5.7.1", "554 5.7.1 Relay access denied"), now) is Heard.NOTED
    assert address_state(db, ANA, now) is None
    assert "Relay access denied" in history_of(db, letter.id)[0].said


@pytest.mark.proves("R144g")
def test_what_is_no_report_of_a_mail_that_was_given_up_is_nothing(sent: Callable[[], Letter]) -> None:
    known = sent().message_id
    whole = postfix(known, "5.1.1", UNKNOWN_USER)
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    nothing = [
        b"",
        b"\0\xff\xfe" * 100,
        b"Subject: I am away\nAuto-Submitted: auto-replied\n\nBack on Monday",
        postfix(known, "4.4.1", "450 later", action="delayed"),
        postfix(known, "2.0.0", "250 ok", action="delivered"),
        whole[: whole.index(b"Content-Type: message/delivery-status")],
        whole.replace(b'boundary="B1"', b'boundary="B2"'),
        whole.replace(known.encode(), b"<" + b"x" * 5000 + b">"),
        whole.replace(known.encode(), b"<a\0b@c>"),
        whole.replace(b"message/delivery-status", b"message/delivery-status; charset=\xff\xfe"),
        deep,
        b"Content-Type: multipart/report; boundary=\n\n" + b"--\n" * 1000,
    ]
    found = [read_report(raw) for raw in nothing]
    assert [one for one in found[:9] if one is not None] == []
    assert found[10:] == [None, None]
    assert read_report(whole) is not None


def test_whatever_a_report_says_is_kept_short_and_on_one_line(
    db: Session, sent: Callable[[], Letter], now: datetime
) -> None:
    nasty = "550 5.1.1 \u202e<script>alert(1)</script>\0\x1b[2J " + "x" * 5000
    assert hear(db, postfix(sent().message_id, "5.1.1", nasty), now) is Heard.NOTED
    state = address_state(db, ANA, now)
    assert state is not None
    assert len(state.said) < 320
    assert state.said.isprintable()


@pytest.mark.parametrize(
    ("status", "said", "bounce"),
    [
        ("5.1.1", "550 5.1.1 unknown sender and relay table", Bounce.NO_MAILBOX),
        ("5.4.4", "X-Postfix; Host or domain name not found", Bounce.NO_HOST),
        ("5.1.10", "", Bounce.NO_HOST),
        ("5.0.0", "550 5.2.2 over quota", Bounce.FULL),
        ("4.4.7", "delivery time expired", Bounce.OTHER),
        ("5.7.26", "550 unauthenticated email is not accepted", None),
        ("5.1.8", "553 bad address", None),
        ("", "550 no such user", Bounce.NO_MAILBOX),
        ("", "", Bounce.OTHER),
    ],
)
def test_a_status_says_whether_it_is_for_good(status: str, said: str, bounce: Bounce | None) -> None:
    assert bounce_of_report(status, said) is bounce


def test_an_answer_that_names_the_address_is_believed_before_words_about_relays() -> None:
    assert bounce_of(550, UNKNOWN_USER) is Bounce.NO_MAILBOX
    assert bounce_of(554, "5.7.1 relay access denied") is None
    assert bounce_of(553, "5.1.8 no such domain of yours") is None


# --- where they come from


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "bounces" / name).mkdir(parents=True)
    return tmp_path / "bounces"


def test_a_maildir_is_read_once_and_other_mails_stay_unread(
    db: Session, sent: Callable[[], Letter], maildir: Path, now: datetime
) -> None:
    (maildir / "new" / "1.report").write_bytes(postfix(sent().message_id, "5.1.1", UNKNOWN_USER))
    (maildir / "new" / "2.human").write_bytes(b"Subject: Thank you\n\nfor the wine")
    (maildir / "new" / "3.link").symlink_to("/etc/passwd")
    read = read_maildir(maildir, lambda raw: hear(db, raw, now), PutOff())
    assert read == Counter({Heard.NOTED: 1, Heard.NO_REPORT: 1})
    assert sorted(one.name for one in (maildir / "cur").iterdir()) == ["1.report:2,S", "2.human:2,"]
    assert read_maildir(maildir, lambda raw: hear(db, raw, now), PutOff()) == Counter()


def test_a_report_that_could_not_be_written_down_is_read_again(
    db: Session, sent: Callable[[], Letter], maildir: Path, now: datetime
) -> None:
    (maildir / "new" / "1").write_bytes(exim(sent().message_id))

    def broken(raw: bytes) -> Heard:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        read_maildir(maildir, broken, PutOff())
    assert read_maildir(maildir, lambda raw: hear(db, raw, now), PutOff()) == Counter({Heard.NOTED: 1})


def test_the_worker_reads_the_folder_that_the_operator_named(
    db: Session,
    engine: Engine,
    sent: Callable[[], Letter],
    maildir: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (maildir / "new" / "1").write_bytes(exim(sent().message_id))
    environ = {"CLUB_MODE": "test", "CLUB_SECRET_KEY": "x" * 40}
    assert Settings.from_environment(environ, None).bounce_maildir is None
    settings = Settings.from_environment({**environ, "CLUB_BOUNCE_MAILDIR": str(maildir)}, None)
    Work(settings, sessionmaker(engine)).read_bounces()
    assert len(outbox(db, View.CAME_BACK, limit=9)) == 1
    elsewhere = Settings.from_environment({**environ, "CLUB_BOUNCE_MAILDIR": str(maildir / "nowhere")}, None)
    Work(elsewhere, sessionmaker(engine)).read_bounces()
    assert "CLUB_BOUNCE_MAILDIR cannot be read" in caplog.text


def test_a_mail_server_may_hand_each_report_to_the_command(
    app: Flask, db: Session, sent: Callable[[], Letter], tmp_path: Path
) -> None:
    report = exim(sent().message_id)
    run = app.test_cli_runner().invoke
    piped = run(args=["mails", "bounces", "-"], input=report)
    assert (piped.exit_code, "it is noted" in piped.output) == (0, True)
    (tmp_path / "mail").write_bytes(report)
    again = run(args=["mails", "bounces", str(tmp_path / "mail")])
    assert (again.exit_code, "known already" in again.output) == (0, True)
    other = run(args=["mails", "bounces", "-"], input=b"Subject: hello\n\nyou")
    assert (other.exit_code, "nothing is changed" in other.output) == (0, True)

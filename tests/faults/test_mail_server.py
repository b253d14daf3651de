"""R-17: what a real mail server on the line can do to us."""

import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from club.database import transaction
from club.messages import smtp
from club.messages.models import latest
from club.messages.service import PostOffice, Round, queue, send_due
from club.messages.smtp import MailServer, SmtpMailer
from club.programme.rules import Club
from tests.certificates import certificate_in, speaking_tls
from tests.mail_sink import LOGIN, Sink, mail_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate for localhost, signed by itself."""
    return certificate_in(tmp_path_factory.mktemp("tls"))


def office(address: str) -> PostOffice:
    mailer = SmtpMailer(MailServer.from_url(address), "club.example")
    return PostOffice(mailer, "https://club.example", "club@example.org")


def put_many(db: Session, now: datetime, count: int) -> None:
    with transaction(db) as tx:
        for number in range(count):
            queue(
                tx, "password.changed", occurrence="1", recipient=f"m{number}@example.org", language="ru",
                addressee=f"account:{number}", data={"name": "Ана"}, now=now,
            )  # fmt: skip


def states(db: Session) -> list[tuple[str, str]]:
    found = [(letter.state, letter.last_error) for letter in reversed(latest(db))]
    db.rollback()
    return found


def test_mails_arrive_as_they_were_written(db: Session, club: Club, now: datetime, sink: Sink) -> None:
    put_many(db, now, 2)
    assert send_due(db, office(f"smtp://127.0.0.1:{sink.port}"), lambda: now) == Round(sent=2)
    assert sink.recipients == ["m0@example.org", "m1@example.org"]
    text = sink.mails[0].get_body(("plain",))
    assert text is not None
    assert "Ана" in text.get_content()


def test_r17_4xx_waits_5xx_ends_and_the_others_arrive(db: Session, club: Club, now: datetime, sink: Sink) -> None:
    answers = {"m0@example.org": "450 greylisted", "m1@example.org": "550 no such mailbox"}
    sink.answer_to_recipient = lambda address: answers.get(address, "250 OK")
    sink.answer_to_data = lambda mail: "554 looks like advertising" if mail["To"] == "m2@example.org" else "250 OK"
    put_many(db, now, 5)
    post = office(f"smtp://127.0.0.1:{sink.port}")
    assert send_due(db, post, lambda: now) == Round(sent=2, put_off=1, given_up=2)
    assert states(db) == [
        ("queued", "450 greylisted"),
        ("given_up", "550 no such mailbox"),
        ("given_up", "554 looks like advertising"),
        ("sent", ""),
        ("sent", ""),
    ]
    answers.clear()
    assert send_due(db, post, lambda: now + timedelta(minutes=1)) == Round(sent=1)
    assert sink.recipients == ["m3@example.org", "m4@example.org", "m0@example.org"]


def test_r17_a_server_that_hangs_is_left_after_the_time_limit(
    db: Session, club: Club, now: datetime, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)
    sink.hangs = True
    put_many(db, now, 1)
    started = time.monotonic()
    assert send_due(db, office(f"smtp://127.0.0.1:{sink.port}"), lambda: now) == Round(put_off=1)
    assert time.monotonic() - started < 5
    sink.hangs = False
    assert send_due(db, office(f"smtp://127.0.0.1:{sink.port}"), lambda: now + timedelta(minutes=1)) == Round(sent=1)


def test_r17_a_server_that_takes_a_mail_and_hangs_up_gets_it_again_under_the_same_id(
    db: Session, club: Club, now: datetime, sink: Sink
) -> None:
    sink.hangs_up = True
    put_many(db, now, 1)
    post = office(f"smtp://127.0.0.1:{sink.port}")
    assert send_due(db, post, lambda: now) == Round(put_off=1)
    sink.hangs_up = False
    assert send_due(db, post, lambda: now + timedelta(minutes=1)) == Round(sent=1)
    assert len(sink.ids) == 2
    assert len(set(sink.ids)) == 1


def test_r17_no_server_at_all(db: Session, club: Club, now: datetime) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        post = office(f"smtp://127.0.0.1:{closed.getsockname()[1]}")
        put_many(db, now, 2)
        assert send_due(db, post, lambda: now) == Round(put_off=1)
    assert [state for state, _ in states(db)] == ["queued", "queued"]
    assert "refused" in states(db)[0][1]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_the_mail_waits(
    db: Session, club: Club, now: datetime, certificate: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    put_many(db, now, 1)
    with mail_sink(tls=speaking_tls(certificate), smtps=scheme == "smtps") as sink:
        post = office(f"{scheme}://localhost:{sink.port}")
        assert send_due(db, post, lambda: now) == Round(put_off=1)
        assert states(db)[0][0] == "queued"
        assert "CERTIFICATE_VERIFY_FAILED" in states(db)[0][1]
        assert sink.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
        assert send_due(db, post, lambda: now + timedelta(minutes=1)) == Round(sent=1)
        assert len(sink.mails) == 1


def test_a_server_that_does_not_offer_the_demanded_tls_gets_nothing(
    db: Session, club: Club, now: datetime, sink: Sink
) -> None:
    put_many(db, now, 1)
    assert send_due(db, office(f"smtp+starttls://127.0.0.1:{sink.port}"), lambda: now) == Round(put_off=1)
    assert sink.mails == []


def test_name_and_password_come_from_the_address_and_a_wrong_one_keeps_the_mails(
    db: Session, club: Club, now: datetime, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    put_many(db, now, 1)
    with mail_sink(tls=speaking_tls(certificate), asks_login=True) as sink:
        wrong = office(f"smtp+starttls://mailer:wrong@localhost:{sink.port}")
        assert send_due(db, wrong, lambda: now) == Round(put_off=1)
        assert states(db)[0][0] == "queued"
        right = office(f"smtp+starttls://mailer:a%20pass%20phrase%3A%20with%20signs@localhost:{sink.port}")
        assert send_due(db, right, lambda: now + timedelta(minutes=1)) == Round(sent=1)
    read = MailServer.from_url("smtp://mailer:a%20pass%20phrase%3A%20with%20signs@h")
    assert read == MailServer("smtp", "h", 25, *LOGIN)


@pytest.mark.parametrize("address", ["http://example.org", "smtp://", "mail.example.org:25", "smtp+tls://h"])
def test_an_address_that_is_no_mail_server_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValueError, match="give smtp://"):
        MailServer.from_url(address)


def test_o04_no_server_is_waited_for_longer_than_ten_seconds() -> None:
    assert smtp.TIMEOUT_SECONDS == 10

"""A mail server on this machine that keeps what it is given and can be told to misbehave."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LOGIN = "mailer", "a pass phrase: with signs"


@dataclass
class Sink:
    """What has arrived, and how the next mails are answered."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    answer_to_recipient: Callable[[str], str] = lambda address: "250 OK"
    answer_to_data: Callable[[EmailMessage], str] = lambda mail: "250 OK"
    hangs: bool = False
    """Whether it never answers a mail's text."""
    hangs_up: bool = False
    """Whether it closes the line after it has taken a mail, without a word."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answer_to_recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        if self.hangs:
            await asyncio.sleep(60)
        answer = self.answer_to_data(mail)
        if answer.startswith("250"):
            self.mails.append(mail)
        if self.hangs_up and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return answer

    @property
    def ids(self) -> list[str]:
        """The Message-IDs in the order of arrival."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    @property
    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails]


@contextmanager
def mail_sink(*, tls: ssl.SSLContext | None = None, smtps: bool = False, asks_login: bool = False) -> Iterator[Sink]:
    """Run one in a thread of its own. With `tls` it demands STARTTLS, or speaks TLS from the start with `smtps`.

    A login is asked for after STARTTLS only.
    """
    sink = Sink(_free_port())
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=sink.port,
        ssl_context=tls if smtps else None,
        tls_context=None if smtps else tls,
        require_starttls=tls is not None and not smtps,
        auth_required=asks_login,
        auth_callback=lambda mechanism, login, password: (login.decode(), password.decode()) == LOGIN,
    )
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

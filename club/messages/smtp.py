"""The mail server. Nothing here knows the database."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 10
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

_TOO_LARGE = 552


class Undeliverable(Exception):
    """The server will never take this mail."""


class AddressRefused(Exception):
    """The server does not take mail for this recipient: never (5xx), or not now (4xx)."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"{code} {said}")
        self.code = code
        self.said = said

    @property
    def is_for_good(self) -> bool:
        """Whether there is no use in trying again (RFC 5321, 4.2.1)."""
        return self.code >= 500


class TryLater(Exception):
    """The server did not take this mail now."""


class ServerTrouble(Exception):
    """No mail goes out at the moment; it is not this mail's fault."""


class Mailer(Protocol):
    """Whatever brings mails on their way.

    Raises `Undeliverable`, `AddressRefused`, `TryLater` or `ServerTrouble`.
    """

    def send(self, mail: EmailMessage) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over, and as whom."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp+starttls://user:password@host:port`; raises ValueError in words."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("give smtp://, smtp+starttls:// or smtps:// with a host")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


class SmtpMailer:
    """Hands mails to one server over one connection, opened at the first mail. Certificates are verified."""

    def __init__(self, server: MailServer, own_host: str) -> None:
        self._server = server
        self._own_host = own_host
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> None:
        """Hand one mail over; when this returns, the server has taken it."""
        connection = self._connection or self._connect()
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise AddressRefused(code, _words(said)) from refused
        except smtplib.SMTPSenderRefused as refused:
            self.close()
            raise _verdict_on_sender(refused) from refused
        except smtplib.SMTPDataError as refused:
            raise _verdict(refused.smtp_code, refused.smtp_error) from refused
        except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as unusable:
            raise Undeliverable(str(unusable)) from unusable
        except (smtplib.SMTPException, OSError) as broken:
            self.close()
            raise TryLater(_said(broken)) from broken

    def close(self) -> None:
        """Say good-bye if the server still listens."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        try:
            self._connection = connection = self._open()
            if self._server.scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._server.user:
                connection.login(self._server.user, self._server.password)
        except (smtplib.SMTPException, OSError) as broken:
            self.close()
            raise ServerTrouble(_said(broken)) from broken
        return connection

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, self._own_host, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(server.host, server.port, self._own_host, timeout=TIMEOUT_SECONDS)


def _verdict(code: int, said: bytes | str) -> Exception:
    """4xx: another time. 5xx: never (RFC 5321, 4.2.1)."""
    return (Undeliverable if code >= 500 else TryLater)(f"{code} {_words(said)}")


def _verdict_on_sender(refused: smtplib.SMTPSenderRefused) -> Exception:
    """A server that does not take our own address takes no mail at all, unless it is this mail's size."""
    verdict = _verdict(refused.smtp_code, refused.smtp_error)
    return verdict if refused.smtp_code == _TOO_LARGE or refused.smtp_code < 500 else ServerTrouble(str(verdict))


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _said(broken: Exception) -> str:
    return f"{type(broken).__name__}: {broken}" if str(broken) else type(broken).__name__

"""A rendered message as a mail."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from club.errors import BadEmail
from club.messages.models import Letter
from club.messages.rendering import Rendered
from club.messages.rules import is_one_line
from club.programme.rules import Club

ENTRY = "event.ics"


def compose(letter: Letter, rendered: Rendered, club: Club, mail_from: str, now: datetime) -> EmailMessage:
    """The mail of a message. Raises ValueError when something in its head is not one clean line."""
    club_name = club.name.into(letter.language, club.main_language)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _one_line(rendered.subject)
    mail["From"] = Address(_one_line(club_name), addr_spec=transportable(mail_from))
    mail["To"] = Address(addr_spec=transportable(letter.recipient))
    if club.contact_email:
        mail["Reply-To"] = Address(addr_spec=transportable(club.contact_email))
    mail["Date"] = now
    mail["Message-ID"] = _one_line(letter.message_id)
    if rendered.stop:
        mail["List-Unsubscribe"] = _one_line(f"<{rendered.stop}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    if rendered.calendar is not None:
        entry = rendered.calendar.decode()
        mail.add_attachment(entry, subtype="calendar", cte="base64", filename=ENTRY, params={"method": "PUBLISH"})
    mail["Content-Language"] = letter.language  # set before the content it would end up in a part
    return mail


def transportable(address: str) -> str:
    """An address with its host as mail servers write it (IDNA). Raises `BadEmail` for what is no single address."""
    local, at, host = address.rpartition("@")
    if not (local and at and host) or not is_one_line(address) or any(sign in address for sign in " ,;<>"):
        raise BadEmail
    try:
        return f"{local}@{host.encode('idna').decode()}"
    except UnicodeError as unusable:
        raise BadEmail from unusable


def host_of(address: str) -> str:
    """The part of an address behind the @."""
    return address.rpartition("@")[2] or "localhost"


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError(f"more than one line in a header: {text!r}")
    return text

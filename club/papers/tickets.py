"""The ticket of an event as a PDF: made when asked for, and not kept."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from sqlalchemy.orm import Session

from club.events.reading.mine import Ticket
from club.offers.codes import in_groups
from club.papers.press import press_slip
from club.papers.printed import Writer
from club.papers.slips import code_of
from club.programme.models import the_club

TEMPLATE = "ticket.typ"


def ticket_file(db: Session, ticket: Ticket, language: str, now: datetime) -> bytes:
    """The PDF in the reader's language. Raises `PressFailed`."""
    club = the_club(db)
    writer = Writer(language, club, club.currency)
    _, event = writer.say, ticket.view.event
    data = {
        "language": language,
        "title": event.title.into(language, club.main_language),
        "club": club.name.into(language, club.main_language),
        "brand": club.brand_color,
        "qr": code_of(ticket.code),
        "qr-alt": _("QR code of this ticket"),
        "code-head": _("Code"),
        "code": in_groups(ticket.code),
        "facts": _facts(ticket, writer),
        "notes": [_("Show this code at the door, printed or on a screen. Each ticket is let in once.")],
    }
    db.rollback()
    return press_slip(TEMPLATE, data, now)


def _facts(ticket: Ticket, writer: Writer) -> list[list[Any]]:
    """Each a label and its lines."""
    _, event = writer.say, ticket.view.event
    where = [line.strip() for line in (event.place, *event.address.splitlines()) if line.strip()]
    guests = [name for name in ticket.guests if name]
    if len(guests) < ticket.seats - 1:
        guests = [writer.number(ticket.seats - 1)]
    rows = [
        [_("When"), [_moment(event.starts_at, writer)]],
        [_("Where"), where],
        [_("Name"), [ticket.full_name]],
        [_("Guests"), guests if ticket.seats > 1 else []],
    ]
    return [row for row in rows if row[1]]


def _moment(at: datetime, writer: Writer) -> str:
    """viernes, 27 de marzo de 2027, 19:00: on the club's clock."""
    local = at.astimezone(ZoneInfo(writer.club.time_zone))
    day = format_date(local.date(), "full", locale=writer.locale)
    return f"{day}, {format_time(local.time(), 'short', locale=writer.locale)}"

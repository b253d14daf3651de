"""Entries for people's own calendars (iCalendar, RFC 5545): on a page and with a mail they are the same entry."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from club.loading import OnFirstUse

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = OnFirstUse("icalendar")


@dataclass(frozen=True)
class Appointment:
    """An event of the club as it goes into a calendar. `sequence` rises with every change, `uid` never changes."""

    uid: str
    sequence: int
    made_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    where: str
    words: str
    address: str
    """The page of the event."""
    is_cancelled: bool = False


def event_entry(one: Appointment) -> bytes:
    """A new version replaces the entry of before in the reader's calendar, as both have one UID."""
    event = icalendar.Event()
    event.add("uid", one.uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", one.made_at.astimezone(UTC))
    event.add("dtstart", one.starts_at.astimezone(UTC))
    event.add("dtend", one.ends_at.astimezone(UTC))
    event.add("summary", one.summary)
    event.add("location", one.where)
    event.add("description", one.words)
    event.add("url", one.address)
    event.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
    return calendar_of(event, "events")


def event_uid(event_id: int, host: str) -> str:
    """The name of an event's entry, wherever it is read."""
    return f"event-{event_id}@{host}"


def calendar_of(event: "icalendar.Event", part: str) -> bytes:
    """A calendar of one entry, for whoever imports it."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//Clientela//{part}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())

"""Entries for people's own calendars (iCalendar, RFC 5545)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from club.orders.listing import WAITS_LONG


def pickup_entry(*, uid: str, ready_at: datetime, day: date, summary: str, where: str, words: str) -> bytes:
    """Goods that can be fetched from a day on: whole days, as opening hours are free text, and nobody is busy by it."""
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", ready_at)
    event.add("dtstart", day)
    event.add("dtend", day + WAITS_LONG + timedelta(days=1))
    event.add("summary", summary)
    event.add("location", where)
    event.add("description", words)
    event.add("transp", "TRANSPARENT")
    return _calendar(event, "pick-up")


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
    event = Event()
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
    return _calendar(event, "events")


def _calendar(event: Event, part: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//Clientela//{part}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())

"""Entries for people's own calendars (iCalendar, RFC 5545)."""

from datetime import date, datetime, timedelta

from icalendar import Event

from club.messages.calendars import calendar_of
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
    return calendar_of(event, "pick-up")

"""When a message is tried again, when it is given up, what its words may say, and what an address's refusal means."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from club.errors import NotOneLine, TextTooLong, UnknownField

LEASE = timedelta(minutes=10)
"""How long one worker keeps a message to itself; far longer than a mail server may take."""

MOST_TRIES = 12
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
SHORTEST_WAIT = timedelta(seconds=5)


class Cause(StrEnum):
    """Why a message was given up."""

    ADDRESS = "address"
    """The mail server does not take mail for this address."""
    REFUSED = "refused"
    """The mail server does not take this mail."""
    TRIES = "tries"
    """It was put off too often."""
    LATE = "late"
    """Its link had ended before it could be sent."""
    WORDS = "words"
    """It could not be put into words."""
    DEADLY = "deadly"
    """Whoever sent it died of it, too often."""
    KNOWN = "known"
    """The address was known to take no mail."""
    CANCELLED = "cancelled"
    CONSENT = "consent"
    """The reader withdrew a consent or objected before it went out."""
    INBOX = "inbox"
    """The reader wants no mail of it: it stands in the inbox."""


class Happened(StrEnum):
    """What a message's history tells, besides queued and sent."""

    PUT_OFF = "put_off"
    GIVEN_UP = "given_up"
    INTERRUPTED = "interrupted"
    """Its sender died or slept between taking it up and writing down what came of it: it may go out twice."""
    TRIED_AGAIN = "tried_again"
    CANCELLED = "cancelled"
    CAME_BACK = "came_back"
    KEPT = "kept"
    """Put into the inbox, and not sent."""


class Standing(StrEnum):
    """Where a message stands, as people say it."""

    WAITING = "waiting"
    HELD = "held"
    """Kept back by the cap or by the quiet hours; it goes out afterwards."""
    PUT_OFF = "put_off"
    """Tried, not taken, tried again."""
    SENDING = "sending"
    UNKNOWN = "unknown"
    """Its sender stopped before it could say what came of it."""
    SENT = "sent"
    CAME_BACK = "came_back"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"
    INBOX = "inbox"
    """It stands in the reader's inbox only, as they chose."""


_NO_FAILURE = {Cause.CANCELLED: Standing.CANCELLED, Cause.INBOX: Standing.INBOX}


def standing_of(
    state: str,
    cause: str,
    tries: int,
    came_back_at: datetime | None,
    next_try_at: datetime,
    now: datetime,
    waits_for: str = "",
) -> Standing:
    """Where a message stands, from what its row says."""
    if came_back_at is not None:
        return Standing.CAME_BACK
    if state == "given_up":
        return next((standing for why, standing in _NO_FAILURE.items() if why == cause), Standing.GIVEN_UP)
    if state == "sending":
        return Standing.SENDING if now < next_try_at else Standing.UNKNOWN
    if state == "sent":
        return Standing.SENT
    if waits_for and now < next_try_at:
        return Standing.HELD
    return Standing.PUT_OFF if tries else Standing.WAITING


def wait_after(tries: int, jitter: float) -> timedelta:
    """How long to wait after so many tries: doubling, capped, and anywhere below that by `jitter` (0 to 1).

    The spread keeps the mails of one outage from coming back all at once ("full jitter").
    """
    doubled: timedelta = FIRST_WAIT * 2 ** min(max(tries - 1, 0), 20)
    return max(min(doubled, LONGEST_WAIT) * jitter, SHORTEST_WAIT)


def lifetime_of(data: Mapping[str, object]) -> timedelta | None:
    """How long the link in a message works, by its `minutes`, `hours` or `days`; None: it has no such link."""
    parts = {unit: value for unit in ("minutes", "hours", "days") if isinstance(value := data.get(unit), int)}
    return timedelta(**parts) if parts else None


def is_too_late(data: Mapping[str, object], created_at: datetime, now: datetime) -> bool:
    """Whether the link in a message does not work any more."""
    lifetime = lifetime_of(data)
    return lifetime is not None and now >= created_at + lifetime


def is_one_line(text: str) -> bool:
    """Whether a text may stand in a header: no line ends and no other control characters."""
    return text.isprintable()


# --- the club's own words

LONGEST = {"subject": 150, "paragraph": 1500, "button": 60}
_FIELD = re.compile(r"\{([^{}]*)\}")
_DOUBLED = re.compile(r"\{(\{[^{}]*\})\}")
_SHIPPED_FIELD = re.compile(r"%\((\w+)\)[sd]")


def editable(shipped: str) -> str:
    """A shipped sentence as it is shown for editing: {name} for %(name)s."""
    return _SHIPPED_FIELD.sub(r"{\1}", shipped).replace("%%", "%")


def fields_in(text: str) -> list[str]:
    """Everything that stands in braces, in its order."""
    return _FIELD.findall(text)


def checked_words(text: str, kind: str, known: frozenset[str]) -> str:
    """The club's text for one part of a mail: known fields only, short enough, one line where it must be one.

    Raises `UnknownField`, `TextTooLong`, `NotOneLine`.
    """
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    clean = "\n".join(lines) if kind == "paragraph" else text.strip()
    if kind != "paragraph":
        clean = clean.replace("\u00a0", " ")
    if not all(is_one_line(line) for line in (lines if kind == "paragraph" else [clean])):
        raise NotOneLine
    if len(clean) > LONGEST[kind]:
        raise TextTooLong(LONGEST[kind])
    for field in [*_DOUBLED.findall(clean), *fields_in(clean)]:
        if field not in known:
            raise UnknownField(field[:40], tuple(sorted(known)))
    return clean


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """The text with its fields put in, once: what stands in a value is never a field. None: a value is not there."""
    if not all(values.get(field) for field in fields_in(text)):
        return None
    return _FIELD.sub(lambda found: values[found[1]], text)


# --- addresses that take no mail


class Bounce(StrEnum):
    """Why mail to an address does not arrive."""

    NO_MAILBOX = "no_mailbox"
    NO_HOST = "no_host"
    FULL = "full"
    BLOCKED = "blocked"
    """The other side does not want our mail."""
    OTHER = "other"


HARD = frozenset({Bounce.NO_MAILBOX, Bounce.NO_HOST})
SOFT_LASTS = timedelta(days=14)
SOFT_UNTIL_HARD = 3
"""So many soft refusals within that time make a hard one."""

_ENHANCED = re.compile(r"\b[45]\.([0-9]{1,3})\.([0-9]{1,3})\b")
_REPLY = re.compile(r"\b[45][0-9]{2}\b")
_OF_OUR_OWN = re.compile("relay|authenticat|sender", re.IGNORECASE)
_OF_THE_SENDER = frozenset({(1, 7), (1, 8)})
_NO_SUCH_ADDRESS = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
_NO_SUCH_HOST = frozenset({(1, 2), (1, 10), (4, 4)})


def bounce_of(code: int, said: str) -> Bounce | None:
    """What a mail server's answer to a recipient says about the address; None: nothing.

    By its enhanced code where it gives one (RFC 3463: 1 address, 2 mailbox, 4 route, 7 policy), else by the reply code
    (RFC 5321, 4.2.3). A refusal of ourselves, such as "relaying denied", is nothing against an address; words like
    these stand in plain "user unknown" answers too, so a code that names the address goes before them.
    """
    enhanced = _ENHANCED.search(said)
    kind = (0, 0) if enhanced is None else (int(enhanced[1]), int(enhanced[2]))
    if kind in _OF_THE_SENDER or (kind not in _NO_SUCH_ADDRESS and _OF_OUR_OWN.search(said)):
        return None
    if enhanced is None:
        plain = {550: Bounce.NO_MAILBOX, 551: Bounce.NO_MAILBOX, 553: Bounce.NO_MAILBOX, 552: Bounce.FULL}
        return plain.get(code, Bounce.FULL if code == 452 else Bounce.OTHER if code >= 500 else None)
    if code < 500:
        return Bounce.FULL if kind == (2, 2) else None
    if kind in _NO_SUCH_HOST:
        return Bounce.NO_HOST
    if kind[0] == 1:
        return Bounce.NO_MAILBOX
    if kind[0] == 2:
        return Bounce.FULL if kind[1] == 2 else Bounce.NO_MAILBOX if kind[1] == 1 else Bounce.OTHER
    return Bounce.BLOCKED if kind[0] == 7 else Bounce.OTHER


def bounce_of_report(status: str, said: str) -> Bounce | None:
    """What a report about a mail that was given up says about its address: by its status, else by the words with it.

    A status that ends in 0.0 says only that it failed. What was put off until it was given up is a soft refusal.
    """
    whole = f"{said} {status}" if not status or status.endswith(".0.0") else f"{status} {said}"
    enhanced, reply = _ENHANCED.search(whole), _REPLY.search(said)
    code = int(enhanced[0][0]) * 100 if enhanced else int(reply[0]) if reply else 500
    found = bounce_of(code, whole)
    if found is not None or code >= 500 or _OF_OUR_OWN.search(said):
        return found
    return Bounce.OTHER

"""By which ways a person may be reached, how often and at what hours. One answer for every channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Channel(StrEnum):
    """A way to reach a person."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"


class Purpose(StrEnum):
    """Why the club writes or calls; the law asks for more the less the customer waits for it."""

    SERVICE = "service"
    """About something the customer asked for or holds."""
    RELATIONAL = "relational"
    """One person to one person: an answer, thanks, a question."""
    NEWS = "news"
    """News and offers."""


class Topic(StrEnum):
    """One subject of messages, as members filter and choose them."""

    SERVICE = "service"
    """About the account, a question, something that was asked for."""
    ORDERS = "orders"
    POINTS = "points"
    STATEMENT = "statement"
    EVENTS = "events"
    OFFERS = "offers"
    NEWS = "news"
    GREETINGS = "greetings"


REFUSABLE = (Topic.POINTS, Topic.STATEMENT, Topic.EVENTS, Topic.OFFERS, Topic.NEWS, Topic.GREETINGS)
"""Topics whose mails somebody may do without, in the order in which they are shown. All of them stand in the inbox."""
NEEDS_YES = (Topic.EVENTS, Topic.OFFERS, Topic.NEWS)
"""Of these only what needs the consent to news by mail; the others are told until somebody says no."""
COLLECTED = frozenset({Topic.OFFERS, Topic.NEWS})
"""What whoever wants one mail a week or a month gets in it; the rest has its day."""


class Blocked(StrEnum):
    """Why a way is closed."""

    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    OBJECTED = "objected"


class InboxOnly(StrEnum):
    """Why a message stands in the inbox and does not go out as a mail of its own."""

    REFUSED = "refused"
    """They want no mail about this topic."""
    PAUSED = "paused"
    """They want no mail before some day."""
    COLLECTED = "collected"
    """They want one mail a week or a month, and it will be named there."""


@dataclass(frozen=True)
class Said:
    """The customer's last word on one purpose by one channel."""

    purpose: str
    channel: str
    is_given: bool


CONTACT = "contact"
ANY = "any"
"""A no to the purpose `contact` by the channel `any`, or by one channel, is an objection to everything but service."""


def objects(said: tuple[Said, ...]) -> bool:
    """Whether the customer asked not to be contacted at all."""
    return any(one.purpose == CONTACT and one.channel == ANY and not one.is_given for one in said)


def blocked(purpose: Purpose, channel: Channel, *, has_address: bool, said: tuple[Said, ...]) -> Blocked | None:
    """Why this channel may not be used for this purpose; None: it may.

    News needs a yes (GDPR art. 6(1)(a), ePrivacy art. 13). A personal word to one customer rests on the relation
    (GDPR art. 6(1)(f)): it needs no yes, and ends with an objection (art. 21). Service always goes on.
    """
    if not has_address:
        return Blocked.NO_ADDRESS
    if purpose is Purpose.SERVICE:
        return None
    if any(not one.is_given and one.purpose == CONTACT and one.channel in (ANY, channel) for one in said):
        return Blocked.OBJECTED
    if purpose is Purpose.RELATIONAL:
        return None
    has_agreed = any(one.is_given and one.purpose == Purpose.NEWS and one.channel == channel for one in said)
    return None if has_agreed else Blocked.NO_CONSENT


def said_as(topic: Topic) -> str:
    """The purpose under which a yes or no to a topic is kept among the consents."""
    return f"topic:{topic}"


def refuses(topic: Topic, said: tuple[Said, ...]) -> bool:
    """Whether the last word on mails about a topic is a no."""
    purpose, channel = said_as(topic), Channel.EMAIL
    return any(one.purpose == purpose and one.channel == channel and not one.is_given for one in said)


def hears(topic: Topic, said: tuple[Said, ...]) -> bool:
    """Whether mails about a topic that can be refused would go out, as far as words go."""
    asked = {Topic.GREETINGS: Purpose.RELATIONAL} | dict.fromkeys(NEEDS_YES, Purpose.NEWS)
    needs = asked.get(topic, Purpose.SERVICE)
    return not refuses(topic, said) and blocked(needs, Channel.EMAIL, has_address=True, said=said) is None


# --- how often, and when


class Waits(StrEnum):
    """What a contact waits for."""

    CAP = "cap"
    """There were as many as may be within the days."""
    QUIET = "quiet"
    """It is the time of day at which nobody is written to."""


@dataclass(frozen=True)
class Pace:
    """At most `most` contacts in any `days` days, none between two times of day, in minutes since midnight.

    Two equal times: no hour is quiet.
    """

    most: int
    days: int
    quiet_from: int
    quiet_until: int


@dataclass(frozen=True)
class Wait:
    """Not before this moment, and why."""

    until: datetime
    because: Waits


def wait_for(now: datetime, contacts: Iterable[datetime], pace: Pace, zone: str) -> Wait | None:
    """The first moment at which one more contact may be; None: now.

    A contact stops counting when it is exactly `days` days old. Service never asks.
    """
    until, because = now, None
    window = timedelta(days=pace.days)
    counted = sorted((at for at in contacts if at + window > now), reverse=True)
    if len(counted) >= pace.most:
        until, because = counted[pace.most - 1] + window, Waits.CAP
    if is_quiet(until, pace, zone):
        until, because = _quiet_ends(until, pace, zone), because or Waits.QUIET
    return None if because is None else Wait(until, because)


def is_quiet(moment: datetime, pace: Pace, zone: str) -> bool:
    """Whether nobody is written to at this moment, by the club's clock."""
    local = moment.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if pace.quiet_from <= pace.quiet_until:
        return pace.quiet_from <= minute < pace.quiet_until
    return minute >= pace.quiet_from or minute < pace.quiet_until


def _quiet_ends(moment: datetime, pace: Pace, zone: str) -> datetime:
    """The end of the quiet time that holds at this moment.

    A time that the clocks strike twice ends with the second stroke, one that they leave out with the hour after it.
    """
    local = moment.astimezone(ZoneInfo(zone))
    hours, minutes = divmod(pace.quiet_until, 60)
    is_over_today = local.hour * 60 + local.minute >= pace.quiet_until
    day = local.date() + timedelta(days=1) if is_over_today else local.date()
    ends = (datetime.combine(day, time(hours, minutes, fold=fold), ZoneInfo(zone)) for fold in (0, 1))
    return max(end.astimezone(UTC) for end in ends)

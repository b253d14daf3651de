"""An event as staff write it, who may book when, who is next in line, and what the door says. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from club.errors import (
    AnswersClosed,
    BadEvent,
    EventNotForYou,
    EventNotOpen,
    EventOpensLater,
    NeedTooLong,
    Refusal,
    TooManyGuests,
)
from club.money import LARGEST_AMOUNT
from club.texts import Texts

LONGEST_TITLE, LONGEST_WORDS, LONGEST_PLACE, LONGEST_LINK, LONGEST_NOTE = 120, 6000, 200, 500, 500
LONGEST_NAME, LONGEST_NEED = 100, 300
MOST_SEATS = 100_000
MOST_GUESTS = 20
MOST_POINTS = 1_000_000
MOST_HOURS = 14 * 24
LONGEST_EVENT = timedelta(days=31)
CLOSES_AFTER = timedelta(hours=6)
"""So long after its end the door may still be put right; then whoever did not come is marked and points are given."""
NEEDS_KEPT = timedelta(days=30)
"""So long after an event what guests told about food, access and themselves is kept."""
NO_TEXTS = Texts({})
LINKS = ("https://", "http://")


class Kind(StrEnum):
    """What sort of event it is."""

    CORPORATE = "corporate"
    CULTURAL = "cultural"
    FAMILY = "family"
    SOCIAL = "social"
    TRAINING = "training"


class State(StrEnum):
    """Where an event stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    OVER = "over"


class Audience(StrEnum):
    """Whom it is for. Whoever was invited by name may come in any case."""

    ALL = "all"
    RUNG = "rung"
    """Members of a tier and of every higher one."""
    INVITED = "invited"


class Answer(StrEnum):
    """Where somebody stands with an event."""

    GOING = "going"
    NOT_GOING = "not_going"
    WAITLIST = "waitlist"
    OFFERED = "offered"
    """A freed place is held for them for some hours."""
    ATTENDED = "attended"
    ABSENT = "absent"


HOLDING = frozenset({Answer.GOING, Answer.OFFERED, Answer.ATTENDED, Answer.ABSENT})
"""Answers that have seats; of an event that is not over, absent does not occur."""


class Who(StrEnum):
    """To whom a wave of invitations goes."""

    ALL = "all"
    RUNG = "rung"
    """Members of a tier and of every higher one."""
    PICKED = "picked"
    SILENT = "silent"
    """A reminder: those who were invited and have not answered."""


class WaveState(StrEnum):
    """How far a wave is written."""

    PLANNED = "planned"
    WRITTEN = "written"
    CANCELLED = "cancelled"


class Door(StrEnum):
    """What the door says to a ticket."""

    WELCOME = "welcome"
    ALREADY_IN = "already_in"
    OTHER_EVENT = "other_event"
    CANCELLED = "cancelled"
    """The event was called off, or the place was given back or never confirmed."""
    UNKNOWN = "unknown"


class Fault(StrEnum):
    """What speaks against an event as it is written."""

    TITLE = "title"
    WORDS = "words"
    TIMES = "times"
    PLACE = "place"
    LINKS = "links"
    SEATS = "seats"
    GUESTS = "guests"
    ANSWER_BY = "answer_by"
    POINTS = "points"
    RUNG = "rung"
    WINDOWS = "windows"
    QUOTAS = "quotas"
    PUBLIC = "public"
    """Strangers have no points and no tier."""
    HOURS = "hours"
    COST = "cost"


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


def _no_windows() -> Mapping[str, datetime]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event as it is written. Moments in UTC; `points` is the price of one place, `cost` is in minor units."""

    kind: Kind
    title: Texts
    words: Texts = NO_TEXTS
    programme: Texts = NO_TEXTS
    after: Texts = NO_TEXTS
    """What is said once it is over."""
    place: str = ""
    address: str = ""
    map_link: str = ""
    online_link: str = ""
    """Shown to those who come, to nobody else."""
    starts_at: datetime
    ends_at: datetime
    seats: int
    most_guests: int = 0
    """Beside the person who answers."""
    asks_diet: bool = False
    asks_access: bool = False
    answer_by: datetime | None = None
    """The first moment at which it is too late."""
    points: int = 0
    who: Audience = Audience.ALL
    rung_key: str | None = None
    opens_at: datetime | None = None
    """When everybody may book; none: as soon as it is published."""
    opens: Mapping[str, datetime] = field(default_factory=_no_windows)
    """By tier: when members of it and of every higher one may book."""
    quotas: Mapping[str, int] = field(default_factory=_nothing)
    """By tier: so many seats at most go to members who are of this very tier."""
    is_public: bool = False
    """Whether people who are no members may sign up."""
    accept_hours: int = 24
    """So long a freed seat is held for the next in line."""
    attend_points: int = 0
    survey_link: str = ""
    cost: int | None = None
    note: str = ""
    """For colleagues."""

    def check(self) -> None:
        """Raise `BadEvent` with the first thing that cannot be meant."""
        for fault, is_wrong in (
            (Fault.TITLE, not self.title or any(len(text) > LONGEST_TITLE for text in self.title.values())),
            (Fault.WORDS, not self._words_fit()),
            (Fault.TIMES, not self.starts_at < self.ends_at or self.ends_at - self.starts_at > LONGEST_EVENT),
            (Fault.PLACE, max(len(self.place), len(self.address)) > LONGEST_PLACE),
            (Fault.LINKS, not all(map(_is_link, (self.map_link, self.online_link, self.survey_link)))),
            (Fault.SEATS, not 1 <= self.seats <= MOST_SEATS),
            (Fault.GUESTS, not 0 <= self.most_guests <= min(MOST_GUESTS, self.seats - 1)),
            (Fault.ANSWER_BY, self.answer_by is not None and self.answer_by > self.starts_at),
            (Fault.POINTS, not all(0 <= points <= MOST_POINTS for points in (self.points, self.attend_points))),
            (Fault.RUNG, (self.who is Audience.RUNG) != bool(self.rung_key)),
            (Fault.WINDOWS, not self._windows_fit()),
            (Fault.QUOTAS, not all(0 <= seats <= MOST_SEATS for seats in self.quotas.values())),
            (Fault.PUBLIC, self.is_public and (self.points > 0 or self.who is not Audience.ALL)),
            (Fault.HOURS, not 1 <= self.accept_hours <= MOST_HOURS),
            (Fault.COST, self.cost is not None and not 0 <= self.cost <= LARGEST_AMOUNT),
        ):  # fmt: skip
            if is_wrong:
                raise BadEvent(fault.value)

    @property
    def where(self) -> str:
        """Place and address in one line; empty: online."""
        return ", ".join(part for part in (self.place, self.address) if part)

    @property
    def last_moment(self) -> datetime:
        """The first moment at which nobody may book by themselves any more."""
        return self.answer_by or self.starts_at

    def _words_fit(self) -> bool:
        texts = (self.words, self.programme, self.after)
        return len(self.note) <= LONGEST_NOTE and all(len(t) <= LONGEST_WORDS for one in texts for t in one.values())

    def _windows_fit(self) -> bool:
        """A window for a tier means something only before everybody may book, and none lies behind the deadline."""
        moments = [*self.opens.values(), *([self.opens_at] if self.opens_at else [])]
        if self.opens and self.opens_at is None and self.who is not Audience.INVITED:
            return False
        return all(moment < self.last_moment for moment in moments)


@dataclass(frozen=True)
class Caller:
    """Who wants to come. `rung_keys`: their tier and all below it; `rung_key`: their own; a stranger has none."""

    is_member: bool
    rung_key: str | None = None
    rung_keys: frozenset[str] = frozenset()
    is_invited: bool = False


@dataclass(frozen=True)
class Party:
    """Somebody with their guests, and what they need. Guests may be without a name."""

    guests: tuple[str, ...] = ()
    diet: str = ""
    access: str = ""
    note: str = ""

    @property
    def seats(self) -> int:
        """How many seats they take."""
        return 1 + len(self.guests)

    def check(self, most_guests: int) -> None:
        """Raise `TooManyGuests` or `NeedTooLong`."""
        if len(self.guests) > most_guests:
            raise TooManyGuests(most_guests)
        if any(len(name) > LONGEST_NAME for name in self.guests):
            raise NeedTooLong(LONGEST_NAME)
        if any(len(need) > LONGEST_NEED for need in (self.diet, self.access, self.note)):
            raise NeedTooLong(LONGEST_NEED)


ALONE = Party()


@dataclass(frozen=True)
class Waiting:
    """Somebody in line."""

    answer_id: int
    seats: int
    rung_key: str | None


@dataclass(frozen=True)
class Room:
    """What is left of an event: seats in all, and for the tiers that have a quota."""

    free: int
    quotas: Mapping[str, int] = field(default_factory=_nothing)

    def fits(self, seats: int, rung_key: str | None) -> bool:
        """Whether a party of a tier finds its seats."""
        return seats <= self.free and seats <= self.quotas.get(rung_key or "", seats)


def opens_for(event: Event, caller: Caller) -> datetime | None:
    """When this person may book; None: from the beginning."""
    own = [moment for key, moment in event.opens.items() if key in caller.rung_keys]
    if event.opens_at is None and not (event.opens and event.who is Audience.INVITED):
        return None
    return min([*own, *([event.opens_at] if event.opens_at else [])], default=None)


def is_for(event: Event, caller: Caller) -> bool:
    """Whether this event is for somebody at all."""
    if caller.is_invited:
        return True
    if not caller.is_member:
        return event.is_public
    return event.who is Audience.ALL or (event.who is Audience.RUNG and event.rung_key in caller.rung_keys)


def why_closed(event: Event, state: State, caller: Caller, now: datetime) -> Refusal | None:
    """Why somebody may not book now by themselves; None: they may, if there is room."""
    if state is not State.PUBLISHED or now >= event.starts_at:
        return EventNotOpen(state.value)
    if not is_for(event, caller):
        return EventNotForYou(event.rung_key)
    if now >= event.last_moment:
        return AnswersClosed()
    opens = opens_for(event, caller)
    return EventOpensLater(opens) if opens is not None and now < opens else None


def points_come_back(event: Event, now: datetime) -> bool:
    """Whether whoever gives a place back at this moment gets its points back."""
    return now < event.last_moment


def offer_ends(event: Event, now: datetime) -> datetime:
    """How long a seat that is freed now is held for the next in line: never longer than until the beginning."""
    return min(now + timedelta(hours=event.accept_hours), event.starts_at)


def next_in_line(waiting: Iterable[Waiting], room: Room) -> Waiting | None:
    """The first whose party fits. A party that is too large keeps its place and is passed over."""
    return next((one for one in waiting if room.fits(one.seats, one.rung_key)), None)


def overlaps(starts_at: datetime, ends_at: datetime, other_starts_at: datetime, other_ends_at: datetime) -> bool:
    """Whether two events are at the same time; one that begins when the other ends is not."""
    return starts_at < other_ends_at and other_starts_at < ends_at


def at_the_door(event_state: State, answer: Answer, *, is_this_event: bool) -> Door:
    """What the door says to a ticket that exists."""
    if not is_this_event:
        return Door.OTHER_EVENT
    if event_state in (State.CANCELLED, State.DRAFT):
        return Door.CANCELLED
    if answer is Answer.ATTENDED:
        return Door.ALREADY_IN
    return Door.WELCOME if answer in (Answer.GOING, Answer.ABSENT) else Door.CANCELLED


def _is_link(text: str) -> bool:
    return not text or (len(text) <= LONGEST_LINK and text.startswith(LINKS) and text.isprintable() and " " not in text)

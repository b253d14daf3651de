"""Events, invitations in waves, answers with what belongs to them, prices paid, pictures."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    false,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.events.rules import LONGEST_LINK, LONGEST_NEED, LONGEST_NOTE, LONGEST_PLACE, Audience, Event, Kind, State
from club.offers.codes import LENGTH
from club.texts import Texts

KEY_LENGTH = 32
"""Hexadecimal digits of the secret in a mailed link or a ticket's address: 122 random bits at least."""


class EventRow(Base):
    """An event. `seats_taken`: seats of everybody who comes or is offered a place; it moves under its lock."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("kind IN ('corporate', 'cultural', 'family', 'social', 'training')", name="kind_known"),
        CheckConstraint("state IN ('draft', 'published', 'cancelled', 'over')", name="state_known"),
        CheckConstraint("who IN ('all', 'rung', 'invited')", name="who_known"),
        CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name="rung_where_asked"),
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        CheckConstraint("seats_taken >= 0 AND seats_taken <= seats", name="seats_within"),
        CheckConstraint("points >= 0 AND attend_points >= 0 AND most_guests >= 0", name="values_positive"),
        Index("ix_event_state", "state", "starts_at", "id"),
        Index("ix_event_starts_at", "starts_at", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[Texts]
    words: Mapped[Texts]
    programme: Mapped[Texts]
    after: Mapped[Texts]
    place: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    address: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    map_link: Mapped[str] = mapped_column(String(LONGEST_LINK))
    online_link: Mapped[str] = mapped_column(String(LONGEST_LINK))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seats: Mapped[int]
    most_guests: Mapped[int]
    asks_diet: Mapped[bool]
    asks_access: Mapped[bool]
    answer_by: Mapped[datetime | None]
    points: Mapped[int] = mapped_column(BigId)
    who: Mapped[str] = mapped_column(String(8))
    rung_key: Mapped[str | None] = mapped_column(String(40))
    opens_at: Mapped[datetime | None]
    opens: Mapped[dict[str, str]] = mapped_column(JSON)
    """Rung → moment, ISO 8601 in UTC."""
    quotas: Mapped[dict[str, int]] = mapped_column(JSON)
    is_public: Mapped[bool]
    accept_hours: Mapped[int]
    attend_points: Mapped[int] = mapped_column(BigId)
    survey_link: Mapped[str] = mapped_column(String(LONGEST_LINK))
    cost: Mapped[int | None] = mapped_column(BigId)
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    seats_taken: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    """Rises with every change that a calendar has to hear of (RFC 5545, SEQUENCE)."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    """When its answers were closed and its points given."""
    cleared_at: Mapped[datetime | None]
    """When what its guests had told was forgotten."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that wrote it: the same form again writes no second one."""


class FormerRow(Base):
    """Day, time and place of an event as they were until a change that guests were told of."""

    __tablename__ = "event_former"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    where: Mapped[str] = mapped_column(String(2 * LONGEST_PLACE + 2))


class Wave(Base):
    """One sending of invitations, or of a reminder. The worker writes it, people by their id, and may be stopped."""

    __tablename__ = "event_wave"
    __table_args__ = (
        CheckConstraint("who IN ('all', 'rung', 'picked', 'silent')", name="who_known"),
        CheckConstraint("state IN ('planned', 'written', 'cancelled')", name="state_known"),
        CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name="rung_where_asked"),
        Index("ix_event_wave_event_id", "event_id", "id"),
        Index("ix_event_wave_due", "state", "send_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    who: Mapped[str] = mapped_column(String(8))
    rung_key: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """The kept list of customers that picked people were taken from."""
    send_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    last_person_id: Mapped[int] = mapped_column(BigId, default=0)
    """Everybody up to here is written."""
    invited: Mapped[int] = mapped_column(default=0)
    mailed: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    written_at: Mapped[datetime | None]
    called_at: Mapped[datetime | None]
    """When colleagues were asked to call whoever has no mailbox."""


class WavePerson(Base):
    """Somebody picked by hand for a wave."""

    __tablename__ = "event_wave_person"
    __table_args__ = (Index("ix_event_wave_person_person_id", "person_id"),)

    wave_id: Mapped[int] = mapped_column(ForeignKey("event_wave.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class Invitation(Base):
    """Somebody is invited by name. `key` opens the answering page of this event for this person, and nothing else."""

    __tablename__ = "event_invitation"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id"),
        Index("ix_event_invitation_person_id", "person_id"),
        Index("ix_event_invitation_wave_id", "wave_id", "person_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("event_wave.id"))
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), unique=True)
    invited_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    """When a mail was written; none: no consent or no mailbox, and the invitation stands on their own page."""
    reminded_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What one person answered to one event. `seats` are those that they hold or wait for, guests included."""

    __tablename__ = "event_answer"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id"),
        CheckConstraint(
            "state IN ('going', 'not_going', 'waitlist', 'offered', 'attended', 'absent')", name="state_known"
        ),
        CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="held_while_offered"),
        CheckConstraint("(state = 'attended') = (in_at IS NOT NULL)", name="in_where_attended"),
        CheckConstraint("seats >= 1 AND guests_in >= 0 AND guests_in < seats", name="seats_positive"),
        Index("ix_event_answer_state", "event_id", "state", "waits_since", "id"),
        Index("ix_event_answer_person_id", "person_id", "event_id"),
        Index("ix_event_answer_offered_until", "offered_until"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10))
    seats: Mapped[int]
    rung_key: Mapped[str | None] = mapped_column(String(40))
    """Their tier when they answered: a quota counts by it."""
    waits_since: Mapped[datetime | None]
    """Their place in line."""
    offered_until: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    """A place was offered and not taken in time."""
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), unique=True)
    """The end of the ticket's address; that of the invitation where there is one."""
    code: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    """On the ticket, to scan or to read aloud."""
    answered_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """A colleague, by phone or at the door; none: the guest."""
    is_walk_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    in_at: Mapped[datetime | None]
    in_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    guests_in: Mapped[int] = mapped_column(default=0)
    door_key: Mapped[str | None] = mapped_column(String(64))
    """Of the form that let them in: the same form again is the same act."""


class AnswerWords(Base):
    """What a guest told in words: names of those who come along, food, access, a note. Forgotten after the event."""

    __tablename__ = "event_answer_words"

    answer_id: Mapped[int] = mapped_column(ForeignKey("event_answer.id"), primary_key=True)
    guests: Mapped[list[str]] = mapped_column(JSON)
    diet: Mapped[str] = mapped_column(String(LONGEST_NEED))
    access: Mapped[str] = mapped_column(String(LONGEST_NEED))
    note: Mapped[str] = mapped_column(String(LONGEST_NEED))


class EventPayment(Base):
    """Points that an answer cost. Every payment is a cause of its own, so that a place may be taken again."""

    __tablename__ = "event_payment"
    __table_args__ = (
        CheckConstraint("points > 0 AND given_back >= 0 AND given_back <= points", name="values_positive"),
        Index("ix_event_payment_answer_id", "answer_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("event_answer.id"))
    points: Mapped[int] = mapped_column(BigId)
    given_back: Mapped[int] = mapped_column(BigId, default=0)
    hold_id: Mapped[int | None] = mapped_column(BigId)
    paid_at: Mapped[datetime]


class EventPayback(Base):
    """Points of a payment that came back, in part or whole: the cause of their movement."""

    __tablename__ = "event_payback"
    __table_args__ = (
        CheckConstraint("points > 0", name="points_positive"),
        Index("ix_event_payback_payment_id", "payment_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("event_payment.id"))
    points: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime]


class EventImage(Base):
    """A picture of an event: the first one stands on its card; those added after the event are its photos."""

    __tablename__ = "event_image"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state_known"),
        Index("ix_event_image_event_id", "event_id", "position", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    position: Mapped[int]
    is_photo: Mapped[bool]
    """Taken at the event."""
    file: Mapped[str] = mapped_column(String(100))
    alt: Mapped[Texts]
    width: Mapped[int]
    height: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    sizes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    added_at: Mapped[datetime]


EVENTS: Table = EventRow.__table__  # type: ignore[assignment]  # every mapped class has a table
WAVES: Table = Wave.__table__  # type: ignore[assignment]  # likewise
WAVE_PEOPLE: Table = WavePerson.__table__  # type: ignore[assignment]  # likewise
INVITATIONS: Table = Invitation.__table__  # type: ignore[assignment]  # likewise
ANSWERS: Table = AnswerRow.__table__  # type: ignore[assignment]  # likewise
WORDS: Table = AnswerWords.__table__  # type: ignore[assignment]  # likewise
PAYMENTS: Table = EventPayment.__table__  # type: ignore[assignment]  # likewise
PAYBACKS: Table = EventPayback.__table__  # type: ignore[assignment]  # likewise
IMAGES: Table = EventImage.__table__  # type: ignore[assignment]  # likewise


@dataclass(frozen=True)
class Former:
    """Day, time and place as they were when somebody heard of them."""

    starts_at: datetime
    ends_at: datetime
    where: str


@dataclass(frozen=True)
class EventView:
    """An event as it is stored."""

    id: int
    version: int
    event: Event
    state: State
    seats_taken: int
    sequence: int
    published_at: datetime | None
    cancelled_at: datetime | None
    over_at: datetime | None

    @property
    def left(self) -> int:
        """Seats that nobody has."""
        return self.event.seats - self.seats_taken

    def is_past(self, now: datetime) -> bool:
        """Whether it has ended by the clock."""
        return self.event.ends_at <= now


# --- queries


def the_event(db: Session, event_id: int) -> EventView:
    """One event. Raises `NotFound`."""
    row = db.execute(select(EVENTS).where(EVENTS.c.id == event_id)).one_or_none()
    if row is None:
        raise NotFound
    return view_of(row)


def view_of(row: Row[*tuple[Any, ...]]) -> EventView:
    """A row of `event`, whatever else is in it."""
    return EventView(
        id=row.id,
        version=row.version,
        event=_event_in(row),
        state=State(row.state),
        seats_taken=row.seats_taken,
        sequence=row.sequence,
        published_at=row.published_at,
        cancelled_at=row.cancelled_at,
        over_at=row.over_at,
    )


def former_for(db: Session, view: EventView, heard_at: datetime | None, now: datetime) -> Former | None:
    """What it was when somebody last heard of it, or answered; None: it is so still or again, or it is over."""
    if heard_at is None or view.is_past(now):
        return None
    f, event = FormerRow, view.event
    then = select(f.starts_at, f.ends_at, f.where).where(f.event_id == view.id, f.until >= heard_at)
    row = db.execute(then.order_by(f.until).limit(1)).one_or_none()
    if row is None or tuple(row) == (event.starts_at, event.ends_at, event.where):
        return None
    return Former(*row)


PLAIN = (
    "title", "words", "programme", "after", "place", "address", "map_link", "online_link", "starts_at", "ends_at",
    "seats", "most_guests", "asks_diet", "asks_access", "answer_by", "points", "rung_key", "opens_at", "is_public",
    "accept_hours", "attend_points", "survey_link", "cost", "note",
)  # fmt: skip
"""What stands in its row as it stands in the event."""


def columns_of(event: Event) -> dict[str, Any]:
    """The event as its row has it."""
    return {
        **{name: getattr(event, name) for name in PLAIN},
        "kind": event.kind.value,
        "who": event.who.value,
        "opens": {key: moment.astimezone(UTC).isoformat() for key, moment in event.opens.items()},
        "quotas": dict(event.quotas),
    }


def _event_in(row: Row[*tuple[Any, ...]]) -> Event:
    return Event(
        kind=Kind(row.kind),
        who=Audience(row.who),
        opens={key: datetime.fromisoformat(moment) for key, moment in row.opens.items()},
        quotas=dict(row.quotas),
        **{name: getattr(row, name) for name in PLAIN},
    )

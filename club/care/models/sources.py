"""What the timeline is put together from: one statement a source, all with the same columns."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    String,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
)

from club.benefits.models import BenefitRow
from club.benefits.uses import BenefitUse
from club.care.models.tables import CARERS, COMMITMENTS, INTERACTIONS, PREFERENCES, TASKS
from club.database import UtcDateTime
from club.events.models import AnswerRow, EventRow
from club.leads.models import LEADS, SOURCES
from club.members.models import Consent, Person
from club.messages.acts import PERSONAL
from club.messages.models import Message
from club.orders.models import Order
from club.points.models import MOVEMENTS, NOTES
from club.purchases.models import Correction, Purchase
from club.referrals.models import Referral
from club.returns.models import ReturnCase
from club.tiers.models import Status

TOLD_WITH_PURCHASES = ("purchase.earned", "purchase.reversed")
"""Movements that are said on the line of their purchase or return."""


Who = ColumnElement[int]
"""Whose: filled in when it is asked."""


def event(
    kind: str | ColumnElement[str],
    row_id: ColumnElement[int],
    at: ColumnElement[Any],
    *,
    rank: int = 5,
    is_dated: bool = False,
    **values: ColumnElement[Any],
) -> Select[Any]:
    """One line of each source in the same columns. Of one moment the higher rank stands above."""

    def text(name: str) -> ColumnElement[Any]:
        return cast(values[name], String) if name in values else cast(null(), String)

    def whole(name: str) -> ColumnElement[Any]:
        return values[name] if name in values else cast(null(), BigInteger)

    return select(
        (literal(kind) if isinstance(kind, str) else kind).label("kind"),
        row_id.label("id"),
        type_coerce(at, UtcDateTime).label("at"),
        literal(rank).label("rank"),
        literal(int(is_dated)).label("is_dated"),
        whole("by").label("by"),
        *(text(name).label(name) for name in ("a", "b", "c")),
        (cast(values["text"], Text) if "text" in values else cast(null(), Text)).label("text"),
        *(whole(name).label(name) for name in ("m", "n", "k")),
        (values["on"] if "on" in values else cast(null(), Date)).label("on"),
    )


def moment(day: ColumnElement[date], recorded: ColumnElement[datetime], on_sqlite: bool) -> ColumnElement[Any]:
    """When something dated happened: the moment it was recorded if that was on its day, else the day's beginning."""
    begins: ColumnElement[Any] = (
        type_coerce(day, String) + " 00:00:00.000000" if on_sqlite else cast(day, DateTime(timezone=True))
    )
    return case((func.date(recorded) == day, recorded), else_=begins)


def yes(column: ColumnElement[bool]) -> ColumnElement[int]:
    return case((column, 1), else_=0)


def purchases(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a channel, b reference; m amount, n points, k what is left of the amount; on its day."""
    columns = Purchase.__table__.c
    return event(
        "purchase", columns.id, moment(columns.bought_on, columns.recorded_at, on_sqlite), is_dated=True,
        by=columns.recorded_by, a=columns.channel, b=columns.reference, m=columns.amount, n=columns.points,
        k=columns.net_amount, on=columns.bought_on,
    ).where(columns.member_id == person_id)  # fmt: skip


def returns(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a return or cancellation, b reference; m amount, n points, k the purchase."""
    columns, bought = Correction.__table__.c, Purchase.__table__.c
    return (
        event(
            "return", columns.id, moment(columns.corrected_on, columns.recorded_at, on_sqlite), is_dated=True,
            rank=6, by=columns.recorded_by, a=columns.kind, b=columns.reference, m=columns.amount, n=columns.points,
            k=columns.purchase_id, on=columns.corrected_on,
        )
        .join_from(Correction, Purchase, bought.id == columns.purchase_id)
        .where(bought.member_id == person_id)
    )  # fmt: skip


def orders(person_id: Who, _: bool) -> Select[Any]:
    """a number, b state; m total; when the button was pressed."""
    columns = Order.__table__.c
    return event(
        "order", columns.id, columns.placed_at, rank=4, a=columns.number, b=columns.state, m=columns.total
    ).where(columns.person_id == person_id)


def cases(person_id: Who, _: bool) -> Select[Any]:
    """a number, b state, c reason, text the order's number; where the buyer asked, or the money went back."""
    columns, order = ReturnCase.__table__.c, Order.__table__.c
    return (
        event(
            "case", columns.id, func.coalesce(columns.refunded_at, columns.asked_at), rank=5, by=columns.decided_by,
            a=columns.number, b=columns.state, c=columns.reason, text=order.number,
        )
        .join_from(ReturnCase, Order, order.id == columns.order_id)
        .where(order.person_id == person_id)
    )  # fmt: skip


def friends(person_id: Who, _: bool) -> Select[Any]:
    """a state, text the friend's name, m points to the member; when the friend joined."""
    columns, friend = Referral.__table__.c, Person.__table__.alias("friend")
    return (
        event(
            "friend", columns.id, columns.joined_at, rank=3, a=columns.state, text=friend.c.full_name,
            m=columns.referrer_points,
        )
        .join_from(Referral, friend, friend.c.id == columns.friend_id)
        .where(columns.referrer_id == person_id)
    )  # fmt: skip


def brought(person_id: Who, _: bool) -> Select[Any]:
    """a state, text the name of who brought them, m points; when they joined."""
    columns, referrer = Referral.__table__.c, Person.__table__.alias("referrer")
    return (
        event(
            "brought", columns.id, columns.joined_at, rank=3, a=columns.state, text=referrer.c.full_name,
            m=columns.friend_points,
        )
        .join_from(Referral, referrer, referrer.c.id == columns.referrer_id)
        .where(columns.friend_id == person_id)
    )  # fmt: skip


def uses(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """text the benefit's name as it is kept; m 1 where it was taken back; on its day."""
    columns, benefit = BenefitUse.__table__.c, BenefitRow.__table__.c
    return (
        event(
            "use", columns.id, moment(columns.used_on, columns.recorded_at, on_sqlite), is_dated=True, rank=4,
            by=columns.by, text=benefit.name, m=yes(columns.undone_at.is_not(None)), on=columns.used_on,
        )
        .join_from(BenefitUse, BenefitRow, benefit.id == columns.benefit_id)
        .where(columns.person_id == person_id)
    )  # fmt: skip


def answers(person_id: Who, _: bool) -> Select[Any]:
    """a where they stand with it, text the event's title as it is kept; m seats, k the event; when they were let in or
    answered."""
    columns, told = AnswerRow.__table__.c, EventRow.__table__.c
    return (
        event(
            "event", columns.id, func.coalesce(columns.in_at, columns.answered_at), rank=4, by=columns.answered_by,
            a=columns.state, text=told.title, m=columns.seats, k=columns.event_id,
        )
        .join_from(AnswerRow, EventRow, told.id == columns.event_id)
        .where(columns.person_id == person_id)
    )  # fmt: skip


def movements(person_id: Who, on_sqlite: bool, *, with_purchases: bool) -> Select[Any]:
    """a kind, text the words of a change by hand; m active, n pending."""
    columns = MOVEMENTS.c
    query = (
        event(
            "points", columns.id, moment(columns.dated_on, columns.posted_at, on_sqlite), is_dated=True, rank=4,
            by=NOTES.c.by, a=columns.kind, text=NOTES.c.words, m=columns.active, n=columns.pending, k=columns.held,
            on=columns.dated_on,
        )
        .select_from(MOVEMENTS.outerjoin(NOTES, NOTES.c.movement_id == columns.id))
        .where(columns.member_id == person_id)
    )  # fmt: skip
    return query if with_purchases else query.where(columns.kind.not_in(TOLD_WITH_PURCHASES))


def terms(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a rung, b how; on the last day."""
    columns = Status.__table__.c
    return event(
        "tier", columns.id, moment(columns.since, columns.recorded_at, on_sqlite), is_dated=True, rank=3,
        a=columns.rung_key, b=columns.how, on=columns.until,
    ).where(columns.member_id == person_id)  # fmt: skip


def messages(person_id: Who, _: bool) -> Select[Any]:
    """a act, b state; of a personal letter c its subject, text its words."""
    columns = Message.__table__.c
    is_personal = columns.act == PERSONAL
    return event(
        "message",
        columns.id,
        columns.created_at,
        rank=2,
        a=columns.act,
        b=columns.state,
        c=case((is_personal, Message.data["subject"].as_string())),
        text=case((is_personal, Message.data["words"].as_string())),
    ).where(columns.person_id == person_id)


def consents(person_id: Who, _: bool) -> Select[Any]:
    """a purpose, b channel, c the form or file; m 1 for yes; text the version of the words."""
    columns = Consent.__table__.c
    return event(
        "consent", columns.id, columns.at, a=columns.purpose, b=columns.channel, c=columns.source,
        text=columns.text_version, m=yes(columns.is_given),
    ).where(columns.person_id == person_id)  # fmt: skip


def interactions(person_id: Who, _: bool) -> Select[Any]:
    """The kind is its own: a direction, b outcome; m 1 where pinned, n 1 where edited."""
    columns = INTERACTIONS.c
    return event(
        columns.kind, columns.id, columns.at, rank=7, by=columns.by, a=columns.direction, b=columns.outcome,
        text=columns.summary, m=yes(columns.is_pinned), n=yes(columns.edited_at.is_not(None)),
    ).where(columns.person_id == person_id)  # fmt: skip


def tasks(person_id: Who, _: bool) -> Select[Any]:
    """Where it was made or, once closed, where it was closed: a what, b state; m owner; on its day."""
    columns = TASKS.c
    return event(
        "task", columns.id, func.coalesce(columns.closed_at, columns.made_at), rank=6,
        by=func.coalesce(columns.closed_by, columns.made_by), a=columns.what, b=columns.state, m=columns.owner_id,
        on=columns.due_on,
    ).where(columns.person_id == person_id)  # fmt: skip


def promises(person_id: Who, _: bool) -> Select[Any]:
    """As a task; n 1 where the customer was told."""
    columns = COMMITMENTS.c
    return event(
        "promise", columns.id, func.coalesce(columns.closed_at, columns.made_at), rank=6,
        by=func.coalesce(columns.closed_by, columns.made_by), a=columns.what, b=columns.state, m=columns.owner_id,
        n=yes(columns.was_told), on=columns.due_on,
    ).where(columns.person_id == person_id)  # fmt: skip


def joining(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a how the club came to know them, b the member number; on the day of joining."""
    columns = Person.__table__.c
    day = func.coalesce(columns.joined_on, func.date(columns.created_at))
    return event(
        "joined", columns.id, moment(day, columns.created_at, on_sqlite), rank=0, is_dated=True, a=columns.source,
        b=columns.member_number, on=columns.joined_on,
    ).where(columns.id == person_id)  # fmt: skip


def requests(person_id: Who, _: bool) -> Select[Any]:
    """a kind of source, b its name, c the campaign; text the message, else the interest; when they asked."""
    columns, source = LEADS.c, SOURCES.c
    return (
        event(
            "request", columns.id, columns.at, rank=1, by=columns.made_by, a=source.kind, b=source.name,
            c=columns.campaign, text=case((columns.message != "", columns.message), else_=columns.interest),
        )
        .join_from(LEADS, SOURCES, source.id == columns.source_id)
        .where(columns.person_id == person_id)
    )  # fmt: skip


def carers(person_id: Who, _: bool) -> Select[Any]:
    """m who looks after them from then on."""
    columns = CARERS.c
    return event("carer", columns.id, columns.since, by=columns.by, m=columns.account_id).where(
        columns.person_id == person_id
    )


def preferences(person_id: Who, _: bool) -> Select[Any]:
    """a kind, text what; m 1 where it no longer holds."""
    columns = PREFERENCES.c
    return event(
        "preference", columns.id, columns.made_at, by=columns.by, a=columns.kind, text=columns.what,
        m=yes(columns.ended_at.is_not(None)),
    ).where(columns.person_id == person_id)  # fmt: skip

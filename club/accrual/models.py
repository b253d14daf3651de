"""Earning rules: dated rows that are never changed, only followed by others."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Row, String, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Period, Rules
from club.database import NEVER_REUSED, Base, BigId, Transaction, holds, note_held
from club.errors import UnknownMember
from club.members.models import Person
from club.points.models import Balance
from club.programme.models import remembered
from club.texts import Texts


class EarningRule(Base):
    """`base`: so many points per so much money. `campaign`: a multiplier for a time. `bonus`: points for an act."""

    __tablename__ = "earning_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('base', 'campaign', 'bonus', 'cap')", name="kind_known"),
        CheckConstraint("points >= 0 AND per_amount > 0 AND percent >= 0", name="values_positive"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
        CheckConstraint("period IS NULL OR period IN ('day', 'month', 'year', 'ever')", name="period_known"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[Texts]
    points: Mapped[int] = mapped_column(BigId, default=0)
    """base: points per `per_amount`; bonus: points given; cap: the most in a period."""
    per_amount: Mapped[int] = mapped_column(BigId, default=1)
    """Minor units."""
    percent: Mapped[int] = mapped_column(default=100)
    """campaign: 200 doubles."""
    channel: Mapped[str | None] = mapped_column(String(24))
    category: Mapped[str | None] = mapped_column(String(80))
    act: Mapped[str | None] = mapped_column(String(40))
    """bonus: join, …"""
    period: Mapped[str | None] = mapped_column(String(8))
    """cap: per member and day, month, year or ever."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The last day; a base rate lasts until the next one starts."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]


# --- queries

_RULES = EarningRule.__table__.c
_STANDING_RULES = (
    select(EarningRule.__table__).where(_RULES.withdrawn_at.is_(None)).order_by(_RULES.starts_on, _RULES.id)
)
_BALANCE = "balance"
_OF_MEMBER = select(Balance.__table__.c.member_id).where(Balance.__table__.c.member_id == bindparam("member_id"))
_LOCK = _OF_MEMBER.with_for_update()
_LOCK_UNMERGED = (
    _OF_MEMBER.join(Person.__table__, Person.__table__.c.id == Balance.__table__.c.member_id)
    .where(Person.__table__.c.merged_into.is_(None))
    .with_for_update(of=Balance.__table__)
)


def rules_on(db: Session, day: date) -> Rules:
    """The earning rules of a day."""
    return all_rules(db).on(day)


def all_rules(db: Session) -> AllRules:
    """All rules that stand, remembered in the process until the programme's stamp rises."""
    return remembered(db, "earning_rules", read_rules)


Mark = tuple[int, int]
"""The newest rule and how many were withdrawn."""


def rules_mark(db: Session) -> Mark:
    """Different as soon as somebody added or withdrew a rule."""
    row = db.execute(select(func.coalesce(func.max(_RULES.id), 0), func.count(_RULES.withdrawn_at))).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True)
class Written:
    """Who wrote a rule and when; when it was withdrawn, if it was."""

    rule_id: int
    created_at: datetime
    created_by: int | None
    withdrawn_at: datetime | None


def written_rules(db: Session) -> dict[int, Written]:
    """Every rule that ever was, by its id."""
    rows = db.execute(select(_RULES.id, _RULES.created_at, _RULES.created_by, _RULES.withdrawn_at))
    return {row.id: Written(*row) for row in rows}


def lock_member(tx: Transaction, member_id: int) -> None:
    """Hold a member's balance until the transaction ends, so that purchases of one member follow each other.

    SQLite holds the whole database by then. Whoever is held already is not asked for again. Raises `UnknownMember` for
    whoever has no points account.
    """
    if holds(tx, _BALANCE, member_id):
        return
    if tx.execute(_LOCK, {"member_id": member_id}).one_or_none() is None:
        raise UnknownMember
    note_held(tx, _BALANCE, member_id)


def lock_unmerged(tx: Transaction, member_id: int) -> None:
    """The same, and whoever became part of another record is as unknown: one question."""
    if tx.execute(_LOCK_UNMERGED, {"member_id": member_id}).one_or_none() is None:
        raise UnknownMember
    note_held(tx, _BALANCE, member_id)


def read_rules(db: Session) -> AllRules:
    """All rules that stand, read now."""
    rows = db.execute(_STANDING_RULES).all()
    return AllRules(
        bases=tuple(
            BaseRate(id=row.id, points=row.points, per_amount=row.per_amount, starts_on=row.starts_on)
            for row in rows
            if row.kind == "base"
        ),
        campaigns=tuple(_campaign(row) for row in rows if row.kind == "campaign"),
        bonuses=tuple(
            Bonus(id=row.id, act=row.act, points=row.points, starts_on=row.starts_on, ends_on=row.ends_on)
            for row in rows
            if row.kind == "bonus"
        ),
        caps=tuple(
            Cap(id=row.id, points=row.points, period=Period(row.period), starts_on=row.starts_on, ends_on=row.ends_on)
            for row in rows
            if row.kind == "cap"
        ),
    )


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        id=row.id,
        percent=row.percent,
        channel=row.channel,
        category=row.category,
        name=row.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )

"""Rules of gifts, what each gives, and every gift that was made."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.gifts.rules import Kind, Option, Rule, State, What
from club.members.models import Person
from club.programme.models import remembered
from club.texts import Texts
from club.tiers.rules import Route


class GiftRule(Base):
    """A rule. It is never changed: another one of the same `series` follows it, and this one ends."""

    __tablename__ = "gift_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('birthday', 'anniversary', 'growth', 'milestone')", name="kind_known"),
        CheckConstraint("route IN ('spend', 'purchases', 'qualifying_points')", name="route_known"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series: Mapped[str] = mapped_column(String(16))
    """Rules that followed each other: at a milestone one gift a term, however often its rule was changed."""
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[Texts]
    rung_key: Mapped[str | None] = mapped_column(String(40))
    hold_days: Mapped[int | None]
    starts_on: Mapped[date]
    months: Mapped[int]
    threshold_percent: Mapped[int]
    least: Mapped[int] = mapped_column(BigId)
    wait_days: Mapped[int]
    at_percent: Mapped[int]
    route: Mapped[str] = mapped_column(String(20))
    choose_days: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Digest of the form that wrote it: the same form again writes no second one."""


class GiftOption(Base):
    """One thing that a rule gives; the first one goes to whoever does not choose."""

    __tablename__ = "gift_option"
    __table_args__ = (
        CheckConstraint("what IN ('points', 'voucher', 'benefit')", name="what_known"),
        CheckConstraint("(what = 'points') = (points > 0)", name="points_where_given"),
    )

    rule_id: Mapped[int] = mapped_column(ForeignKey("gift_rule.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(8))
    points: Mapped[int] = mapped_column(BigId)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"))
    benefit_id: Mapped[int | None] = mapped_column(ForeignKey("benefit.id"))


class Gift(Base):
    """One gift to one person. Once a topic and occasion, whichever rule and night made it.

    `topic`: the kind, at a milestone with its series. `occasion`: the calendar year, the last day of the period, or
    the term. Points that it brought are the movement `gift.earned` whose cause it is.
    """

    __tablename__ = "gift"
    __table_args__ = (
        UniqueConstraint("person_id", "topic", "occasion"),
        CheckConstraint("state IN ('open', 'due', 'given', 'lapsed')", name="state_known"),
        CheckConstraint("(state = 'given') = (given_at IS NOT NULL)", name="given_at_some_time"),
        CheckConstraint("state <> 'open' OR choose_until IS NOT NULL", name="open_until_some_day"),
        Index("ix_gift_rule_id", "rule_id", "state"),
        Index("ix_gift_state", "state", "choose_until"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("gift_rule.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    topic: Mapped[str] = mapped_column(String(32))
    occasion: Mapped[str] = mapped_column(String(24))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(8))
    position: Mapped[int | None]
    """Of the option that is given or was chosen."""
    choose_until: Mapped[date | None]
    """The last day on which the member may choose."""
    points: Mapped[int] = mapped_column(BigId, default=0)
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    made_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    """A benefit, by staff."""
    handed_over_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


RULES: Table = GiftRule.__table__  # type: ignore[assignment]  # every mapped class has a table
OPTIONS: Table = GiftOption.__table__  # type: ignore[assignment]  # likewise
GIFTS: Table = Gift.__table__  # type: ignore[assignment]  # likewise


@dataclass(frozen=True)
class RuleView:
    """A rule as it is stored."""

    id: int
    series: str
    rule: Rule
    created_at: datetime
    created_by: int | None
    ended_at: datetime | None

    @property
    def topic(self) -> str:
        """What of it there is one a person and occasion."""
        kind = self.rule.kind
        return f"{kind.value}:{self.series}" if kind is Kind.MILESTONE else kind.value


@dataclass(frozen=True)
class GiftView:
    """A gift with its rule."""

    id: int
    person_id: int
    state: State
    due_on: date
    choose_until: date | None
    position: int | None
    given_at: datetime | None
    voucher_id: int | None
    handed_over_at: datetime | None
    of: RuleView

    @property
    def option(self) -> Option | None:
        """What is given; None while the member may choose."""
        return None if self.position is None else self.of.rule.options[self.position]

    def can_be_chosen(self, day: date) -> bool:
        """Whether the member may choose on a day."""
        return self.state is State.OPEN and self.choose_until is not None and day <= self.choose_until

    def can_be_changed(self, day: date) -> bool:
        """Whether they may still choose something else: points are had at once; of a voucher its use decides too."""
        if self.state is not State.GIVEN or self.choose_until is None or day > self.choose_until:
            return False
        return self.option is not None and self.option.what is not What.POINTS and self.handed_over_at is None


@dataclass(frozen=True)
class Given:
    """What a rule and those before it in its series came to: gifts, and their points."""

    gifts: int = 0
    points: int = 0
    open: int = 0


# --- queries


def standing_rules(db: Session) -> tuple[RuleView, ...]:
    """Those that were not ended, remembered in the process until the programme's stamp rises."""
    return remembered(db, "gift_rules", lambda inside: _read(inside, only_standing=True))


def the_rule(db: Session, rule_id: int) -> RuleView:
    """One rule, ended or not. Raises `NotFound`."""
    found = _read(db, rule_id=rule_id)
    if not found:
        raise NotFound
    return found[0]


def rules_with(db: Session, rule_ids: set[int]) -> dict[int, RuleView]:
    """These rules, ended or not: none asked, no query."""
    standing = {view.id: view for view in standing_rules(db) if view.id in rule_ids}
    missing = rule_ids - standing.keys()
    return standing | {rule_id: the_rule(db, rule_id) for rule_id in missing}


def _read(db: Session, *, only_standing: bool = False, rule_id: int | None = None) -> tuple[RuleView, ...]:
    asked = select(RULES).order_by(RULES.c.id)
    if only_standing:
        asked = asked.where(RULES.c.ended_at.is_(None))
    if rule_id is not None:
        asked = asked.where(RULES.c.id == rule_id)
    rows = db.execute(asked).all()
    if not rows:
        return ()
    options: dict[int, list[Option]] = {row.id: [] for row in rows}
    found = db.execute(select(OPTIONS).where(OPTIONS.c.rule_id.in_(options)).order_by(OPTIONS.c.position))
    for one in found:
        options[one.rule_id].append(Option(What(one.what), one.points, one.offer_id, one.benefit_id))
    return tuple(_view(row, tuple(options[row.id])) for row in rows)


def _view(row: Row[*tuple[Any, ...]], options: tuple[Option, ...]) -> RuleView:
    rule = Rule(
        kind=Kind(row.kind), title=row.title, options=options, starts_on=row.starts_on, rung_key=row.rung_key,
        hold_days=row.hold_days, months=row.months, threshold_percent=row.threshold_percent, least=row.least,
        wait_days=row.wait_days, at_percent=row.at_percent, route=Route(row.route), choose_days=row.choose_days,
    )  # fmt: skip
    return RuleView(row.id, row.series, rule, row.created_at, row.created_by, row.ended_at)


_LATELY = (
    select(GIFTS)
    .where(
        GIFTS.c.person_id == bindparam("of"),
        (GIFTS.c.state == State.OPEN.value)
        | ((GIFTS.c.state == State.GIVEN.value) & (GIFTS.c.due_on >= bindparam("since"))),
    )
    .order_by(GIFTS.c.due_on.desc(), GIFTS.c.id.desc())
)


def gifts_of(db: Session, person_id: int, since: date) -> list[GiftView]:
    """What a member may choose now and what was given since a day, the latest first: one query, where rules stand."""
    rows = db.execute(_LATELY, {"of": person_id, "since": since}).all()
    known = rules_with(db, {row.rule_id for row in rows})
    return [_gift(row, known[row.rule_id]) for row in rows]


def the_gift(db: Session, gift_id: int, person_id: int) -> GiftView:
    """One gift of this member. Raises `NotFound`."""
    row = db.execute(select(GIFTS).where(GIFTS.c.id == gift_id, GIFTS.c.person_id == person_id)).one_or_none()
    if row is None:
        raise NotFound
    return _gift(row, the_rule(db, row.rule_id))


def _gift(row: Row[*tuple[Any, ...]], of: RuleView) -> GiftView:
    return GiftView(
        row.id, row.person_id, State(row.state), row.due_on, row.choose_until, row.position, row.given_at,
        row.voucher_id, row.handed_over_at, of,
    )  # fmt: skip


def given_by(db: Session) -> dict[str, Given]:
    """By series: what was given so far, and how many may still choose. One query."""
    rows = db.execute(
        select(
            RULES.c.series,
            func.count().filter(GIFTS.c.state == State.GIVEN.value),
            func.coalesce(func.sum(GIFTS.c.points), 0),
            func.count().filter(GIFTS.c.state == State.OPEN.value),
        )
        .join(GIFTS, GIFTS.c.rule_id == RULES.c.id)
        .group_by(RULES.c.series)
    )
    return {row[0]: Given(int(row[1]), int(row[2]), int(row[3])) for row in rows}


@dataclass(frozen=True)
class ToHandOver:
    """A benefit that somebody chose and staff have not handed over yet."""

    gift_id: int
    person_id: int
    full_name: str
    member_number: str | None
    benefit_id: int
    since: date


def to_hand_over(db: Session, limit: int) -> list[ToHandOver]:
    """The longest waiting first."""
    rows = db.execute(
        select(
            GIFTS.c.id, GIFTS.c.person_id, Person.full_name, Person.member_number, OPTIONS.c.benefit_id, GIFTS.c.due_on
        )
        .join(OPTIONS, (OPTIONS.c.rule_id == GIFTS.c.rule_id) & (OPTIONS.c.position == GIFTS.c.position))
        .join(Person, Person.id == GIFTS.c.person_id)
        .where(
            GIFTS.c.state == State.GIVEN.value,
            OPTIONS.c.what == What.BENEFIT.value,
            GIFTS.c.handed_over_at.is_(None),
        )
        .order_by(GIFTS.c.given_at, GIFTS.c.id)
        .limit(limit)
    )
    return [ToHandOver(*row) for row in rows]

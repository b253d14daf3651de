"""The tables of buying on account, and what pages ask of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, ScalarSelect, bindparam, case, exists, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.delivery.addresses import WITH_ADDRESS, with_address
from club.delivery.rules import Saved
from club.members.models import Known, Person
from club.orders.credit.rules import AGES, DAYS_TO_PAY, Ageing
from club.orders.models import Order

_OPEN = "paid_on IS NULL AND amount > 0"


class CreditLine(Base):
    """How much a member may owe at a time. Without a row, or closed, they buy nothing on account."""

    __tablename__ = "credit_line"
    __table_args__ = (
        CheckConstraint("used >= 0 AND used <= most", name="used_within"),
        CheckConstraint("days_to_pay > 0", name="days_positive"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    most: Mapped[int] = mapped_column(BigId)
    used: Mapped[int] = mapped_column(BigId, default=0)
    """What is open at the moment: the sum of their unpaid invoices."""
    is_open: Mapped[bool]
    """Whether new orders may be put on it."""
    days_to_pay: Mapped[int] = mapped_column(default=DAYS_TO_PAY)
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int] = mapped_column(default=1)


class AccountDue(Base):
    """What one order leaves to be paid by invoice."""

    __tablename__ = "account_due"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_positive"),
        CheckConstraint("reminded BETWEEN 0 AND 3", name="reminded_thrice"),
        Index("ix_account_due_person_id", "person_id", "id"),
        Index("ix_account_due_open", "due_on", "id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """Whose line it weighs on."""
    amount: Mapped[int] = mapped_column(BigId)
    """Still to be paid, or what was paid; lowered by what is given back before."""
    bought_on: Mapped[date]
    due_on: Mapped[date]
    paid_on: Mapped[date | None]
    reminded: Mapped[int] = mapped_column(default=0)
    """How many reminders went out."""


@dataclass(frozen=True, kw_only=True)
class CreditOffer:
    """What a member may put on account today."""

    most: int
    used: int
    is_open: bool
    is_overdue: bool
    days_to_pay: int
    version: int

    @property
    def left(self) -> int:
        """So much more; 0 while something is overdue or the line is closed."""
        return self.most - self.used if self.is_open and not self.is_overdue else 0


@dataclass(frozen=True, kw_only=True)
class Due:
    """One open invoice as a list shows it."""

    id: int
    order_id: int
    number: str
    person_id: int
    name: str
    amount: int
    bought_on: date
    due_on: date
    reminded: int


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """One member's line as a list shows it."""

    person_id: int
    name: str
    most: int
    used: int
    is_open: bool
    days_to_pay: int
    overdue: int


_L, _D = CreditLine.__table__.c, AccountDue.__table__.c
_IS_OPEN = _D.paid_on.is_(None) & (_D.amount > 0)
_LATE = exists().where(
    _D.person_id == bindparam("person_id"), _IS_OPEN, _D.due_on < bindparam("today", type_=_D.due_on.type)
)
_OF_LINE = {
    "most": _L.most, "used": _L.used, "is_open": _L.is_open, "is_overdue": _LATE, "days_to_pay": _L.days_to_pay,
    "version": _L.version,
}  # fmt: skip
_LINE = tuple(column.label(name) for name, column in _OF_LINE.items())
_OFFER = select(*_LINE).where(_L.person_id == bindparam("person_id"))
_AT_THE_TILL = WITH_ADDRESS.add_columns(*_LINE).outerjoin(CreditLine.__table__, _L.person_id == Person.id)
DUE_OF_ORDER: ScalarSelect[int | None] = (
    select(case((_D.paid_on.is_(None), _D.amount), else_=0))
    .where(_D.order_id == Order.id)
    .correlate(Order.__table__)
    .scalar_subquery()
)
"""What the invoice of an order leaves to be paid, beside the order's columns; none where it is on no account."""
DUE_ON_OF_ORDER: ScalarSelect[date] = (
    select(_D.due_on).where(_D.order_id == Order.id).correlate(Order.__table__).scalar_subquery()
)
"""By when."""


def offer_of(db: Session, person_id: int, today: date) -> CreditOffer | None:
    """What a member may put on account; None for who has no line."""
    row = db.execute(_OFFER, {"person_id": person_id, "today": today}).one_or_none()
    return None if row is None else CreditOffer(**{**row._mapping, "is_overdue": bool(row.is_overdue)})


def at_the_till(db: Session, person_id: int, today: date) -> tuple[Known, Saved | None, CreditOffer | None]:
    """A member, what they saved of an address and what they may put on account: one question.

    Raises `UnknownMember`.
    """
    row = db.execute(_AT_THE_TILL, {"person_id": person_id, "today": today}).one_or_none()
    known, saved = with_address(row)
    line = None if row is None or row.most is None else {name: row._mapping[name] for name in _OF_LINE}
    return known, saved, None if line is None else CreditOffer(**{**line, "is_overdue": bool(line["is_overdue"])})


def open_dues(db: Session, limit: int, offset: int = 0, person_id: int | None = None) -> list[Due]:
    """Invoices that are not paid, the oldest first; everybody's, or one member's."""
    asked = (
        select(
            _D.id, _D.order_id, Order.number, _D.person_id, Person.full_name.label("name"), _D.amount, _D.bought_on,
            _D.due_on, _D.reminded,
        )
        .join(Order, Order.id == _D.order_id)
        .join(Person, Person.id == _D.person_id)
        .where(_IS_OPEN)
        .order_by(_D.due_on, _D.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if person_id is not None:
        asked = asked.where(_D.person_id == person_id)
    return [Due(**row._mapping) for row in db.execute(asked)]


def paid_dues(db: Session, person_id: int, limit: int) -> list[tuple[str, int, date]]:
    """What a member has paid lately: the order's number, the amount, the day."""
    asked = (
        select(Order.number, _D.amount, _D.paid_on)
        .join(Order, Order.id == _D.order_id)
        .where(_D.person_id == person_id, _D.paid_on.is_not(None))
        .order_by(_D.paid_on.desc(), _D.id.desc())
        .limit(limit)
    )
    return [(number, amount, paid_on) for number, amount, paid_on in db.execute(asked)]


def ageing(db: Session, today: date, person_id: int | None = None) -> Ageing:
    """What is open, by age: everybody's, or one member's."""
    first, *later = (today - timedelta(days=days) for days in AGES)
    until_30, until_60, until_90 = later
    parts = {
        "not_due": _D.due_on >= first,
        "to_30": (_D.due_on < first) & (_D.due_on >= until_30),
        "to_60": (_D.due_on < until_30) & (_D.due_on >= until_60),
        "to_90": (_D.due_on < until_60) & (_D.due_on >= until_90),
        "over_90": _D.due_on < until_90,
    }
    sums = [func.coalesce(func.sum(case((when, _D.amount), else_=0)), 0).label(name) for name, when in parts.items()]
    asked = select(*sums).where(_IS_OPEN)
    if person_id is not None:
        asked = asked.where(_D.person_id == person_id)
    return Ageing(**{name: int(value) for name, value in db.execute(asked).one()._mapping.items()})


def lines(db: Session, today: date, limit: int, offset: int = 0) -> list[LineRow]:
    """Everybody who may buy on account, who owes most first."""
    late = (
        select(func.coalesce(func.sum(_D.amount), 0))
        .where(_D.person_id == _L.person_id, _IS_OPEN, _D.due_on < today)
        .scalar_subquery()
    )
    asked = (
        select(
            _L.person_id, Person.full_name.label("name"), _L.most, _L.used, _L.is_open, _L.days_to_pay,
            late.label("overdue"),
        )
        .join(Person, Person.id == _L.person_id)
        .where(Person.merged_into.is_(None))
        .order_by(_L.used.desc(), _L.person_id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [LineRow(**{**row._mapping, "overdue": int(row.overdue)}) for row in db.execute(asked)]

"""The first look at a club's purchases, before anything else is set up: who carries it, who left, who is close."""

from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.insight.ladder import Proposal, proposal_from
from club.insight.models import MemberFigures, sheets
from club.insight.rules import NEAR_PERCENT
from club.insight.sql import bought_in, kept_year, shared_out, year_before
from club.members.models import Person
from club.purchases.models import Purchase

DATA_IS_OLD_AFTER = timedelta(days=30)
NAMED = 10
SHEET = "first_look"


@dataclass(frozen=True)
class FirstLook:
    """Numbers, days and ids. `as_of` is the last purchase where that lies more than a month back.

    `quiet`: late on their own rhythm by `as_of`; `quiet_worth`: what they bought in the year up to their last purchase.
    `named_quiet` are members, the most valuable first.
    """

    as_of: str
    first_day: str
    last_day: str
    members: int
    purchases: int
    sales: int
    buyers: int
    year_sales: int
    best: int
    best_sales: int
    cut: int
    enough: int
    quiet: int
    quiet_worth: int
    with_rhythm: int
    near: int
    near_lack: int
    named_quiet: list[int] = field(default_factory=list)
    named_near: list[list[int]] = field(default_factory=list)
    """(member, what they bought in the year)."""
    tiers: list[list[int]] = field(default_factory=list)
    """(asked for, members, what they bought) of the proposed tiers; empty where too few bought."""

    @classmethod
    def read(cls, content: dict[str, Any]) -> "FirstLook":
        """What was kept, read back."""
        return cls(**{one.name: content[one.name] for one in fields(cls)})


@dataclass(frozen=True)
class Named:
    """Somebody of the report. Amounts in minor units."""

    person_id: int
    member_number: str
    full_name: str
    last_bought_on: date
    usual_gap_days: int | None
    spend_year: int
    worth: int


def first_look_sheet(db: Session, today: date) -> dict[str, Any] | None:
    """What the sheet keeps; none before the first purchase. Reads `member_figures` of the same day."""
    span = select(func.min(Purchase.bought_on), func.max(Purchase.bought_on)).where(Purchase.bought_on <= today)
    first, last = cast(tuple[date | None, date | None], db.execute(span).one())
    if first is None or last is None:
        return None
    everything = select(func.count(), func.sum(Purchase.net_amount)).where(Purchase.bought_on <= today)
    purchases, sales = db.execute(everything).one()
    as_of = last if today - last > DATA_IS_OLD_AFTER else today
    bought = kept_year() if as_of == today else bought_in(year_before(as_of))
    shared = shared_out(db, bought)
    f, amount = MemberFigures, bought.c.amount
    is_quiet = f.late_from <= as_of
    quiet, worth = db.execute(select(func.count(), func.sum(f.worth)).where(is_quiet)).one()
    is_near = (amount < shared.cut) & (100 * amount >= NEAR_PERCENT * shared.cut)
    near, near_sum = db.execute(select(func.count(), func.sum(amount)).where(is_near)).one()
    found = FirstLook(
        as_of=as_of.isoformat(),
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        members=_count(db, f.first_bought_on.is_not(None)),
        purchases=int(purchases),
        sales=int(sales),
        buyers=shared.buyers,
        year_sales=shared.sales,
        best=shared.best,
        best_sales=shared.best_sales,
        cut=shared.cut,
        enough=shared.enough,
        quiet=int(quiet),
        quiet_worth=int(worth or 0),
        with_rhythm=_count(db, f.usual_gap_days.is_not(None)),
        near=int(near),
        near_lack=int(near) * shared.cut - int(near_sum or 0),
        named_quiet=list(
            db.scalars(select(f.member_id).where(is_quiet).order_by(f.worth.desc(), f.member_id).limit(NAMED))
        ),
        named_near=[
            [int(member), int(spent)]
            for member, spent in db.execute(
                select(bought.c.member_id, amount)
                .where(is_near)
                .order_by(amount.desc(), bought.c.member_id)
                .limit(NAMED)
            )
        ],
        tiers=_tiers(proposal_from(db, as_of, bought)),
    )
    return asdict(found)


def _count(db: Session, condition: Any) -> int:
    return int(db.scalar(select(func.count()).select_from(MemberFigures).where(condition)) or 0)


def _tiers(found: Proposal | None) -> list[list[int]]:
    if found is None:
        return []
    return [[rung.spend, step.members, step.sales] for rung, step in zip(found.ladder.rungs, found.steps, strict=True)]


def the_first_look(db: Session) -> FirstLook | None:
    """The report as the last night or refresh made it."""
    content = sheets(db, SHEET).get(SHEET)
    return None if content is None else FirstLook.read(content)


def named(db: Session, look: FirstLook) -> dict[int, Named]:
    """The people of the report, by id, with what is known of each by now."""
    f = MemberFigures
    rows = db.execute(
        select(
            Person.id, Person.member_number, Person.full_name, f.last_bought_on, f.usual_gap_days, f.spend_year, f.worth
        )
        .join(f, f.member_id == Person.id)
        .where(Person.id.in_([*look.named_quiet, *(member for member, _ in look.named_near)]))
    )
    return {row[0]: Named(*cast(tuple[int, str, str, date, int | None, int, int], row)) for row in rows}

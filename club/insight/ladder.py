"""Three tiers made of the club's own purchases: the best twentieth, the best fifth, and everybody else."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session

from club.insight.models import last_made
from club.insight.rules import friendly
from club.insight.sql import amount_at, bought_in, kept_year, year_before
from club.money import exponent
from club.programme.models import the_club
from club.texts import Texts
from club.tiers.rules import Ladder, Rung

TOP, UPPER = 20, 5
"""One member in so many reaches the third tier, and the second."""
FEWEST_BUYERS = 20
FRESH_ENOUGH = timedelta(days=3)

_NAMES = (
    ("member", Texts({"en": "Member", "es": "Miembro", "ru": "Участник"})),
    ("silver", Texts({"en": "Silver", "es": "Plata", "ru": "Серебро"})),
    ("gold", Texts({"en": "Gold", "es": "Oro", "ru": "Золото"})),
)
_MULTIPLIERS = (100, 125, 150)


@dataclass(frozen=True)
class Step:
    """One proposed tier: who would be in it and what they bought in the year."""

    members: int
    sales: int


@dataclass(frozen=True)
class Proposal:
    """A ladder as the purchases of the 365 days up to a day suggest it. Thresholds are rounded, so shares are too."""

    ladder: Ladder
    steps: tuple[Step, ...]
    buyers: int
    as_of: date


def proposed_ladder(db: Session, as_of: date) -> Ladder | None:
    """Three tiers from what the club sold in the year up to `as_of`; none where too few people bought."""
    found = proposal(db, as_of)
    return None if found is None else found.ladder


def proposal(db: Session, as_of: date) -> Proposal | None:
    """The same with who would be where. Figures that are a few days old answer without a look at the purchases."""
    made = last_made(db)
    if made is not None and timedelta() <= as_of - made.as_of <= FRESH_ENOUGH:
        found = proposal_from(db, made.as_of, kept_year())
        if found is not None:
            return found  # else purchases may have come in since
    return proposal_from(db, as_of, bought_in(year_before(as_of)))


def proposal_from(db: Session, as_of: date, bought: Subquery) -> Proposal | None:
    """The same from one row a buyer: member_id, amount."""
    buyers = int(db.scalar(select(func.count()).select_from(bought)) or 0)
    if buyers < FEWEST_BUYERS:
        return None
    unit = 10 ** exponent(the_club(db).currency)
    upper = friendly(amount_at(db, bought, buyers // UPPER), unit)
    top = max(friendly(amount_at(db, bought, buyers // TOP), unit), friendly(upper + upper // 4, unit), upper + unit)
    asked = (0, upper, top)
    rungs = tuple(
        Rung(key=key, name=name, spend=spend, multiplier_percent=percent)
        for (key, name), spend, percent in zip(_NAMES, asked, _MULTIPLIERS, strict=True)
    )
    amount = bought.c.amount
    place = case((amount >= top, 2), (amount >= upper, 1), else_=0).label("place")
    counted = {
        int(row.place): Step(int(row.members), int(row.sales))
        for row in db.execute(
            select(place, func.count().label("members"), func.sum(amount).label("sales")).group_by("place")
        )
    }
    steps = tuple(counted.get(number, Step(0, 0)) for number in range(3))
    return Proposal(Ladder(rungs), steps, buyers, as_of)

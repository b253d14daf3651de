"""What a member sees at the top of every page: tier and points. Each is read once a request."""

from dataclasses import dataclass

from club.points.models import BalanceView, balance_of
from club.texts import Texts
from club.tiers.models import StatusView, ladder_on, status_of
from web.database import db
from web.kept import kept
from web.programme import today
from web.visitors import visitor


@dataclass(frozen=True)
class Glance:
    """`tier` is None in a club without a ladder."""

    points: int
    tier: Texts | None


def member_glance() -> Glance | None:
    """The signed-in member's, or None for everybody else."""
    who = visitor()
    if who is None or who.person_id is None:
        return None
    has_ladder = len(ladder_on(db(), today()).ladder.rungs) > 1
    return Glance(
        points=balance_today(who.person_id).active,
        tier=status_today(who.person_id).rung.name if has_ladder else None,
    )


def balance_today(person_id: int) -> BalanceView:
    """What a member has today."""
    return kept(f"balance {person_id}", lambda: balance_of(db(), person_id, today()))


def status_today(person_id: int) -> StatusView:
    """What a member holds today."""
    return kept(f"status {person_id}", lambda: status_of(db(), person_id, today()))

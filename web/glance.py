"""What a member sees at the top of every page: tier, points, pieces in the cart. All are read once a request."""

from dataclasses import dataclass
from datetime import UTC, datetime

from club.carts import glance as club_glance
from club.points.models import BalanceView
from club.points.pool import Lent, lent_to
from club.texts import Texts
from club.tiers.models import StatusView, ladder_on
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
    return _of(person_id).balance


def spendable_today(person_id: int) -> int:
    """Points that a member may spend today: the own, and those of the household that shares with them."""
    return balance_today(person_id).active + sum(one.points for one in lent_today(person_id))


def lent_today(person_id: int) -> list[Lent]:
    """What each of the others of the household lends today; asked once a request."""
    return kept(f"lent {person_id}", lambda: lent_to(db(), person_id, today()))


def status_today(person_id: int) -> StatusView:
    """What a member holds today."""
    return _of(person_id).status


def pieces_today(person_id: int) -> int:
    """How many things are in a member's cart."""
    return _of(person_id).pieces


def _of(person_id: int) -> club_glance.Glance:
    return kept(f"glance {person_id}", lambda: club_glance.glance_of(db(), person_id, today(), datetime.now(UTC)))

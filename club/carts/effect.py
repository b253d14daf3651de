"""What an order would do for its member's tier, were it settled today."""

from dataclasses import dataclass
from datetime import date

from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.standing import Standing, Way, next_rung, ways_to


@dataclass(frozen=True)
class TierEffect:
    """`reached` is a higher rung than the held one, with the end of its term; `ways` lead to `next_rung` from there."""

    ladder: Ladder
    held: Texts
    reached: Rung | None
    until: date | None
    next_rung: Rung | None
    ways: tuple[Way, ...]


def tier_effect(place: Standing, paid: int, qualifying_points: int, day: date) -> TierEffect:
    """By the club's own rule, from what counts already: nothing is asked of the database."""
    counted = place.counted.with_more(paid, 1 if paid else 0, qualifying_points)
    position = place.ladder.standing(counted)
    rises = 2 * position > place.status.rank
    following = next_rung(place.ladder, 2 * position if rises else place.status.rank)
    return TierEffect(
        ladder=place.ladder,
        held=place.status.rung.name,
        reached=place.ladder.rungs[position] if rises else None,
        until=place.ladder.term_end(position, day) if rises else None,
        next_rung=following,
        ways=() if following is None else ways_to(following, counted),
    )

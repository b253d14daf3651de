"""Cartons: the sizes that lie ready, and which of them an order needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.delivery.models import Carton as Row


@dataclass(frozen=True, kw_only=True)
class Carton:
    """So many pieces go into it, and no more than so many grams; empty it weighs `own_grams`."""

    id: int = 0
    name: str
    pieces: int
    most_grams: int
    own_grams: int = 0


@dataclass(frozen=True)
class Packed:
    """So many cartons of a size."""

    carton: Carton
    count: int


@dataclass(frozen=True)
class Proposal:
    """What to pack with. `grams`: goods and cartons together; 0 where no weight is known."""

    cartons: tuple[Packed, ...]
    grams: int


def proposal(cartons: Sequence[Carton], weights: Sequence[int]) -> Proposal | None:
    """Few cartons, and none larger than needed; None where there is none that takes the heaviest piece.

    `weights`: grams of each piece. The largest size is filled as long as more is left than it takes, the heaviest
    pieces first; the rest goes into the smallest size that takes it.
    """
    left = sorted(weights, reverse=True)
    sizes = sorted(cartons, key=lambda one: (one.pieces, one.most_grams, one.id))
    found: dict[int, int] = {}
    done = 0
    while done < len(left):
        filled = [(_filled(one, left, done), one) for one in sizes]
        most, chosen = max(filled, key=lambda pair: pair[0], default=(0, None))
        if chosen is None or not most:
            return None
        found[chosen.id] = found.get(chosen.id, 0) + 1
        done += most
    packed = tuple(Packed(one, found[one.id]) for one in reversed(sizes) if one.id in found)
    empty = sum(one.carton.own_grams * one.count for one in packed)
    return Proposal(packed, sum(weights) + empty if sum(weights) else 0)


def cartons(db: Session) -> list[Carton]:
    """All sizes, the smallest first."""
    rows = db.execute(
        select(Row.id, Row.name, Row.pieces, Row.most_grams, Row.own_grams).order_by(Row.pieces, Row.most_grams, Row.id)
    )
    return [Carton(**row._mapping) for row in rows]


def _filled(carton: Carton, weights: Sequence[int], start: int) -> int:
    """How many of these pieces go into it, one after the other from `start` on."""
    grams, count = 0, 0
    for place in range(start, min(start + carton.pieces, len(weights))):
        grams += weights[place]
        if grams > carton.most_grams:
            break
        count += 1
    return count

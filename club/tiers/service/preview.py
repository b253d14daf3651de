"""Who would be where under a ladder that nobody saved: the very rows that saving it would write, read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from club.tiers.models import ladders
from club.tiers.rules import Ladder
from club.tiers.sql import decided, scope_of


@dataclass(frozen=True)
class Step:
    """Members who go, or stay, from one rung to another; `earned_key` is what their purchases alone reach."""

    from_key: str
    to_key: str
    earned_key: str
    members: int
    spend: int
    """Minor units that they bought for in the window, in all."""


@dataclass(frozen=True)
class Preview:
    """What a ladder would bring on a day."""

    steps: tuple[Step, ...]

    @property
    def members(self) -> int:
        """Everybody."""
        return sum(step.members for step in self.steps)

    @property
    def by_rung(self) -> dict[str, int]:
        """How many would be on each rung."""
        counts: dict[str, int] = {}
        for step in self.steps:
            counts[step.to_key] = counts.get(step.to_key, 0) + step.members
        return counts


@dataclass(frozen=True)
class PreviewRow:
    """One member's place now and then."""

    member_id: int
    from_key: str
    to_key: str
    spend: int


def preview(db: Session, ladder: Ladder, as_of: date) -> Preview:
    """How many members would go from where to where if this ladder held on that day."""
    known = ladders(db)
    now_held, then = known.on(as_of), known.unsaved(ladder)
    rule = decided(then, as_of, scope_of(db, as_of))
    c = rule.c
    gone_key = case((c.held_rank % 2 == 1, c.held_key))  # the others are known by their rank: numbers sort faster
    places = (gone_key, case((c.until.is_(None), 1), else_=0), c.held_rank, c.target, c.standing)
    rows = db.execute(select(*places, func.count(), func.sum(c.spend)).group_by(*places)).all()
    steps: dict[tuple[str, str, str], tuple[int, int]] = {}
    for gone, is_endless, rank, target, standing, members, spend in rows:
        key = gone or ladder.rungs[rank // 2].key
        at = (
            now_held.ladder.rungs[0].key if is_endless else key,
            key if target is None else ladder.rungs[target].key,
            ladder.rungs[standing].key,
        )
        before = steps.get(at, (0, 0))
        steps[at] = (before[0] + members, before[1] + int(spend))
    return Preview(tuple(Step(*at, members, spend) for at, (members, spend) in sorted(steps.items())))


def preview_rows(db: Session, ladder: Ladder, as_of: date, *, after: int = 0, most: int = 100) -> Sequence[PreviewRow]:
    """Those who would move, by their id; `after` is the last one already seen."""
    known = ladders(db)
    now_held, then = known.on(as_of), known.unsaved(ladder)
    c = (rule := decided(then, as_of, scope_of(db, as_of))).c
    moving = select(rule).where(c.target.is_not(None), c.member_id > after).order_by(c.member_id).limit(most)
    first = now_held.ladder.rungs[0].key
    return [
        PreviewRow(
            row.member_id,
            first if row.until is None else row.held_key,
            ladder.rungs[row.target].key,
            int(row.spend),
        )
        for row in db.execute(moving)
    ]

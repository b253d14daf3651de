"""Where one member stands: what is missing for the next rung, what for keeping this one, what a purchase would change."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from club.clock import ONE_DAY
from club.tiers.models import StatusView, ladder_on, status_of
from club.tiers.rules import Counted, Held, Ladder, Route, Rung, decide
from club.tiers.sums import first_counted_day, sums_between


@dataclass(frozen=True)
class Way:
    """One route to a rung: what counts already and what the rung asks. Minor units, purchases or points."""

    route: Route
    have: int
    need: int

    @property
    def missing(self) -> int:
        """What is left to do; 0 where it is done."""
        return max(0, self.need - self.have)


@dataclass(frozen=True)
class Keeping:
    """What the held rung asks to be kept, counted in the window that ends with its term."""

    until: date
    ways: tuple[Way, ...]
    is_met: bool
    grace_days: int
    falls_to: Rung


@dataclass(frozen=True)
class Standing:
    """A member's place on a day. `next_rung` is None at the top, `keeping` where there is nothing to lose."""

    status: StatusView
    ladder: Ladder
    counted: Counted
    first_day: date
    """The first day that counts now."""
    next_rung: Rung | None
    ways: tuple[Way, ...]
    """To the next rung, the nearest first."""
    keeping: Keeping | None


@dataclass(frozen=True)
class Outcome:
    """What would hold on a day. `rung` may be the one that is held already."""

    rung: Rung
    until: date | None
    position: int


def standing(db: Session, member_id: int, day: date, status: StatusView | None = None) -> Standing:
    """A member's place, the ways on, and what keeping it takes. Four short queries at most.

    `status`: what the member holds on that day, if it was read already.
    """
    ladder = ladder_on(db, day).ladder
    status = status or status_of(db, member_id, day)
    first = first_counted_day(db, ladder, member_id, day)
    counted = sums_between(db, member_id, first, day)
    following = next_rung(ladder, status.rank)
    return Standing(
        status=status,
        ladder=ladder,
        counted=counted,
        first_day=first,
        next_rung=following,
        ways=() if following is None else ways_to(following, counted),
        keeping=_keeping(db, member_id, ladder, status, day),
    )


def next_rung(ladder: Ladder, rank: int) -> Rung | None:
    """The lowest rung above a rank that one climbs to by buying."""
    above = (rung for place, rung in enumerate(ladder.rungs) if 2 * place > rank and not rung.by_invitation)
    return next(above, None)


def ways_to(rung: Rung, counted: Counted) -> tuple[Way, ...]:
    """The routes that a rung offers, the one with the smallest part missing first."""
    ways = [Way(route, counted.on(route), rung.asks(route)) for route in rung.routes]
    return tuple(sorted(ways, key=lambda way: way.missing * 1_000_000 // way.need))


def simulate(db: Session, member_id: int, day: date, then: date, bought: Counted) -> Outcome:
    """What would hold on `then` if so much more were bought on that day and nothing before it.

    The club's own rule is asked on every day on which it could decide: the end of the term, of its grace, and `then`.
    """
    ladder = ladder_on(db, day).ladder
    status = status_of(db, member_id, day)
    held = Held() if status.until is None else Held(status.rank, status.until)
    for moment in _deciding_days(ladder, held, day, then):
        counted = sums_between(db, member_id, first_counted_day(db, ladder, member_id, moment), day)
        if moment == then:
            counted = counted.with_more(bought.spend, bought.purchases, bought.qualifying_points)
        term = decide(ladder, ladder.standing(counted), held, moment)
        if term is not None:
            held = Held(2 * term.position, term.until)
    place = held.rank // 2
    rung = status.rung if held.vanished else ladder.rungs[place]
    return Outcome(rung, held.until, place)


def _deciding_days(ladder: Ladder, held: Held, day: date, then: date) -> list[date]:
    days = {then}
    if held.until is not None:
        days |= {held.until, held.until + timedelta(days=ladder.grace_days)}
    return sorted(moment for moment in days if max(day, day + ONE_DAY) <= moment <= then or moment == then)


def _keeping(db: Session, member_id: int, ladder: Ladder, status: StatusView, day: date) -> Keeping | None:
    held = Held(status.rank, status.until)
    if status.until is None or held.vanished or not status.rung.routes:
        return None
    first = first_counted_day(db, ladder, member_id, max(status.until, day))
    counted = sums_between(db, member_id, first, day)
    return Keeping(
        until=status.until,
        ways=ways_to(status.rung, counted),
        is_met=2 * ladder.standing(counted) >= status.rank,
        grace_days=ladder.grace_days,
        falls_to=ladder.rungs[ladder.lower(status.rank)],
    )

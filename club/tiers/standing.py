"""Where one member stands: what is missing for the next rung and for keeping this one, what a purchase would change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from club.clock import ONE_DAY
from club.tiers.models import Ladders, StatusView, ladders, status_of
from club.tiers.rules import Counted, Ladder, Route, Rung, decide
from club.tiers.sums import BoughtOn, bought_between, joined_on

LONGEST_WINDOW = timedelta(days=366)


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
    """The last day on which buying still keeps it: the term's last one or, once that is over, the last of the grace."""
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
    oldest_counts_until: date | None
    """The last day on which the oldest purchase that counts now still does."""
    next_rung: Rung | None
    ways: tuple[Way, ...]
    """To the next rung, the nearest first."""
    keeping: Keeping | None


@dataclass(frozen=True)
class Outcome:
    """What would hold on a day. `rung` may be the one that is held already; `position` is its place on that day."""

    rung: Rung
    until: date | None
    position: int


def standing(db: Session, member_id: int, day: date, status: StatusView | None = None) -> Standing:
    """A member's place, the ways on, and what keeping it takes. Four short queries at most.

    `status`: what the member holds on that day, if it was read already.
    """
    known = ladders(db)
    ladder = known.on(day).ladder
    status = status or status_of(db, member_id, day)
    joined = joined_on(db, known, member_id) or day
    first = ladder.first_counted_day(day, joined)
    bought = bought_between(db, member_id, first, day)
    counted = _sum(bought, first)
    following = next_rung(ladder, status.rank)
    return Standing(
        status=status,
        ladder=ladder,
        counted=counted,
        first_day=first,
        oldest_counts_until=ladder.last_counting_day(bought[0].day, joined) if bought else None,
        next_rung=following,
        ways=() if following is None else ways_to(following, counted),
        keeping=_keeping(ladder, status, bought, joined, day),
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

    The club's own rule is asked today, for whoever was not looked at yet, and on every day in between on which it could
    decide: the end of a term and of its grace, and the start of a ladder that is set already.
    """
    known, status = ladders(db), status_of(db, member_id, day)
    so_far = bought_between(db, member_id, day - LONGEST_WINDOW, day)
    joined = joined_on(db, known, member_id) or day
    key, rung, until = status.key, status.rung, status.until
    moment = day
    while True:
        dated = known.on(moment)
        counted = _sum(so_far, dated.ladder.first_counted_day(moment, joined))
        if moment == then:
            counted = counted.with_more(bought.spend, bought.purchases, bought.qualifying_points)
        term = decide(dated.ladder, dated.ladder.standing(counted), dated.held(key, until), moment)
        if term is not None:
            rung, until = dated.ladder.rungs[term.position], term.until
            key = rung.key
        if moment == then:
            return Outcome(rung, until, dated.held(key, until).rank // 2)
        moment = _next_deciding_day(known, until, moment, then)


def _next_deciding_day(known: Ladders, until: date | None, after: date, then: date) -> date:
    """The first day after one on which something could be decided without a purchase; `then` at the latest."""
    days = [then, *known.starts_after(after, then)]
    if until is not None:
        days += [until, until + timedelta(days=known.on(max(until, after)).ladder.grace_days)]
    return min(day for day in days if after < day <= then)


def _keeping(ladder: Ladder, status: StatusView, bought: list[BoughtOn], joined: date, day: date) -> Keeping | None:
    is_gone = status.rank % 2 == 1
    if status.until is None or is_gone or status.rung.by_invitation or not status.rung.routes:
        return None
    by = status.until if day <= status.until else status.until + timedelta(days=ladder.grace_days) - ONE_DAY
    counted = _sum(bought, ladder.first_counted_day(max(status.until, day), joined))
    return Keeping(
        until=by,
        ways=ways_to(status.rung, counted),
        is_met=2 * ladder.standing(counted) >= status.rank,
        grace_days=ladder.grace_days,
        falls_to=ladder.rungs[ladder.lower(status.rank)],
    )


def _sum(bought: Iterable[BoughtOn], first: date) -> Counted:
    total = Counted()
    for one in bought:
        if one.day >= first:
            more = one.counted
            total = total.with_more(more.spend, more.purchases, more.qualifying_points)
    return total

"""What many purchases earn, by the rules of their days and the statuses recorded for those days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Row, func, select
from sqlalchemy.orm import Session

from club.accrual.models import all_rules
from club.accrual.rules import Earning, Period, Rules, earned
from club.intake.bulk import chosen
from club.intake.staging import StagedRow
from club.programme.rules import Club
from club.purchases.importing.writing import has_line
from club.purchases.models import Purchase
from club.purchases.rules import NewLine, NewPurchase
from club.tiers.models import Status, ladders, view_of
from club.tiers.rules import Rung

NOTHING = Earning(0, 0)
MOST_REMEMBERED = 20_000
_Term = Row[*tuple[Any, ...]]
"""A row of `tier_status`, as `view_of` takes it."""


class Pricer:
    """Knows the rules of every day of one import; it is asked about one batch after another."""

    def __init__(self, db: Session, club: Club) -> None:
        self._rules = all_rules(db)
        self._ladders = ladders(db)
        self._rules_of: dict[date, Rules] = {}
        self._one_of_each: dict[Rules, Rules] = {}
        self._first_rungs: dict[date, Rung] = {}
        self._earned: dict[tuple[object, ...], Earning] = {}

    def rules_on(self, day: date) -> Rules:
        """The earning rules of a day; days with equal rules share one object."""
        known = self._rules_of.get(day)
        if known is None:
            rules = self._rules.on(day)
            known = self._rules_of[day] = self._one_of_each.setdefault(rules, rules)
        return known

    def has_caps(self, rows: Iterable[StagedRow]) -> bool:
        """Whether what one of these purchases earns depends on what others earned before it."""
        return any(self.rules_on(day).caps for day in {row.dated_on for row in rows})

    def price(self, db: Session, bought: Sequence[tuple[StagedRow, int | None]]) -> list[Earning]:
        """What each row earns for its member (None: a new one), in turn. With caps: existing, locked ones."""
        members = {member_id for row, member_id in bought if member_id and self.rules_on(row.dated_on).base}
        terms = _terms_of(db, members) if members else {}
        if self.has_caps(row for row, _ in bought):
            before = _EarnedBefore(db, members)
            return [self._price_under_caps(row, member_id, terms, before) for row, member_id in bought]
        return [self._price(row, terms.get(member_id or 0, ())) for row, member_id in bought]

    def _price(self, row: StagedRow, terms: Sequence[_Term]) -> Earning:
        rules = self.rules_on(row.dated_on)
        if rules.base is None:
            return NOTHING
        rung = self._rung(terms, row.dated_on)
        like = (id(rules), rung.key, rung.multiplier_percent, row.channel, row.amount, row.category, row.quantity)
        earning = self._earned.get(like)
        if earning is None:
            if len(self._earned) >= MOST_REMEMBERED:
                self._earned.clear()
            earning = earned(_as_purchase(row), rules, rung.multiplier_percent, rung_key=rung.key)
            self._earned[like] = earning
        return earning

    def _price_under_caps(
        self, row: StagedRow, member_id: int | None, terms: Mapping[int, Sequence[_Term]], before: "_EarnedBefore"
    ) -> Earning:
        assert member_id is not None, "whoever comes under a cap exists by now"
        rules = self.rules_on(row.dated_on)
        if rules.base is None:
            return NOTHING
        rung = self._rung(terms.get(member_id, ()), row.dated_on)
        so_far = before.under(rules, member_id, row.dated_on)
        earning = earned(_as_purchase(row), rules, rung.multiplier_percent, rung_key=rung.key, earned_before=so_far)
        before.add(member_id, row.dated_on, earning.points)
        return earning

    def _rung(self, terms: Sequence[_Term], day: date) -> Rung:
        """The rung held on a day; the first one if nothing is recorded for it."""
        begun = [term for term in terms if term.since <= day]
        if begun:
            return view_of(self._ladders, self._ladders.on(day), begun[-1]).rung
        first = self._first_rungs.get(day)
        if first is None:
            first = self._first_rungs[day] = self._ladders.on(day).ladder.rungs[0]
        return first


class _EarnedBefore:
    """What members' purchases earned, day by day: in the database, and in this batch so far."""

    def __init__(self, db: Session, member_ids: Iterable[int]) -> None:
        self._points: dict[int, dict[date, int]] = {}
        rows = db.execute(
            select(Purchase.member_id, Purchase.bought_on, func.sum(Purchase.net_points))
            .where(Purchase.member_id.in_(chosen(db, member_ids, BigInteger())), Purchase.net_points > 0)
            .group_by(Purchase.member_id, Purchase.bought_on)
        )
        for member_id, day, points in rows:
            self._points.setdefault(member_id, {})[day] = int(points)

    def under(self, rules: Rules, member_id: int, day: date) -> dict[Period, int]:
        """What was earned in the period of each cap."""
        days = self._points.get(member_id, {})
        found: dict[Period, int] = {}
        for cap in rules.caps:
            first, last = cap.period.around(day)
            found[cap.period] = sum(points for on, points in days.items() if first <= on <= last)
        return found

    def add(self, member_id: int, day: date, points: int) -> None:
        """Count one more."""
        days = self._points.setdefault(member_id, {})
        days[day] = days.get(day, 0) + points


def _terms_of(db: Session, member_ids: Iterable[int]) -> dict[int, list[_Term]]:
    terms: dict[int, list[_Term]] = {}
    rows = db.execute(
        select(Status.member_id, Status.id, Status.rung_key, Status.version_id, Status.since, Status.until, Status.how)
        .where(Status.member_id.in_(chosen(db, member_ids, BigInteger())))
        .order_by(Status.member_id, Status.since, Status.id)
    )
    for term in rows:
        terms.setdefault(term.member_id, []).append(term)
    return terms


def _as_purchase(row: StagedRow) -> NewPurchase:
    line = NewLine(amount=row.amount, category=row.category, quantity=row.quantity or 1)
    return NewPurchase(
        member_id=0,
        channel=row.channel,
        bought_on=row.dated_on,
        amount=row.amount,
        lines=(line,) if has_line(row) else (),
    )

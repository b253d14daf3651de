"""The effect of a ladder before it is saved: everybody is looked at once, read only, and all questions go to that."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Insert,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    case,
    func,
    insert,
    literal,
    null,
    select,
)
from sqlalchemy.orm import Session

from club.audit import record
from club.database import BigId, transaction
from club.members.models import Person
from club.permissions import Permission, Role, require
from club.tiers.effect import Effect, Fated, Group, effect_of
from club.tiers.models import Ladders, ladders
from club.tiers.rules import DatedLadder, Ladder, Rung
from club.tiers.sql import decided, scope_of

_BASE = 64
"""A ladder has fewer places: a group of members is one number."""
_NONE = _BASE - 1

_FATE = Table(
    "tier_effect",
    MetaData(),
    Column("member_id", BigId, primary_key=True, autoincrement=False),
    Column("code", Integer),
    Column("until", Date),
    Column("spend", BigId),
    Column("purchases", BigId),
    Column("qualifying_points", BigId),
    Column("year_spend", BigId),
    prefixes=["TEMPORARY"],
)
_F = _FATE.c


@dataclass(frozen=True)
class Moved:
    """A member whom the change reaches. Amounts in minor units; what counts, as the ladder looked at counts it."""

    member_id: int
    full_name: str
    member_number: str | None
    is_best: bool
    spend: int
    purchases: int
    qualifying_points: int
    year_spend: int
    until: date | None
    fated: Fated


@dataclass(frozen=True)
class Asked:
    """A list of members wanted with the effect: of which groups, whom first, how many."""

    effect: Effect
    best: Select[int] | None
    _db: Session

    def moved(self, codes: Sequence[int], most: int, offset: int = 0) -> list[Moved]:
        """Members of these groups: the best customers first, then by what they bought for in 12 months."""
        return [self._moved(row) for row in self._db.execute(self._select(codes).limit(most).offset(offset))]

    def everybody(self, codes: Sequence[int]) -> Iterator[Moved]:
        """All of them, row by row."""
        for row in self._db.execute(self._select(codes)).yield_per(1000):
            yield self._moved(row)

    def _select(self, codes: Sequence[int]) -> Select[*tuple[Any, ...]]:
        is_best: ColumnElement[bool] = literal(False) if self.best is None else _F.member_id.in_(self.best)
        return (
            select(_FATE, Person.full_name, Person.member_number, is_best.label("is_best"))
            .join(Person, Person.id == _F.member_id)
            .where(_F.code.in_(codes))
            .order_by(is_best.desc(), _F.year_spend.desc(), _F.member_id)
        )

    def _moved(self, row: Row[*tuple[Any, ...]]) -> Moved:
        values = dict(row._mapping)
        code = values.pop("code")
        return Moved(**values | {"is_best": bool(values["is_best"])}, fated=self.effect.fated_by(code))


@contextmanager
def looked_at(db: Session, ladder: Ladder, as_of: date, best: Select[int] | None = None) -> Iterator[Asked]:
    """Everybody's fate under a ladder, as of a day; what is asked inside needs no second look at the purchases.

    `best`: ids of the members to name first.
    """
    known = ladders(db)
    current, dated = known.on(as_of), known.unsaved(ladder)
    rungs = _rungs(known, current, dated)
    keys = list(rungs)
    _FATE.create(db.connection())
    try:
        db.execute(_fill(db, dated, current, keys, as_of))
        groups = [_group(row, keys) for row in db.execute(_GROUPS)]
        yield Asked(effect_of(groups, dated, current, rungs, as_of), best, db)
    finally:
        _FATE.drop(db.connection())


_GROUPS = select(_F.code, func.count(), func.sum(_F.year_spend), func.max(_F.until)).group_by(_F.code).order_by(_F.code)


def _fill(db: Session, dated: DatedLadder, current: DatedLadder, keys: list[str], as_of: date) -> Insert:
    rule = decided(dated, as_of, scope_of(db, as_of), beside=current.ladder)
    c = rule.c
    places = {key: number for number, key in enumerate(keys, start=1)}
    place = case((c.until.is_(None), 0), else_=case(places, value=c.held_key, else_=0))
    code = ((place * _BASE + func.coalesce(c.target, _NONE)) * _BASE + c.standing) * _BASE + c.other_standing
    until = case((c.until.is_(None), null()), else_=c.until)
    taken = select(c.member_id, code, until, c.spend, c.purchases, c.qualifying_points, c.year_spend)
    return insert(_FATE).from_select([column.name for column in _FATE.columns], taken)


def _group(row: Row[*tuple[Any, ...]], keys: list[str]) -> Group:
    code, members, year_spend, until = row
    rest, other_standing = divmod(code, _BASE)
    rest, standing = divmod(rest, _BASE)
    place, target = divmod(rest, _BASE)
    return Group(
        code=code,
        held_key=keys[place - 1] if place else None,
        target=None if target == _NONE else target,
        standing=standing,
        other_standing=other_standing,
        members=members,
        year_spend=int(year_spend),
        until=until,
    )


def _rungs(known: Ladders, current: DatedLadder, dated: DatedLadder) -> dict[str, Rung]:
    """Every rung that somebody may hold; how it is now, or was last."""
    ever = [version.ladder for version in known.versions]
    return {rung.key: rung for ladder in (*ever, current.ladder, dated.ladder) for rung in ladder.rungs}


def note_export(db: Session, by: int, role: Role, now: datetime) -> None:
    """Write down who takes the list of those whom an unsaved ladder reaches. Raises `NotAllowed`."""
    require(role, Permission.EDIT_TIERS)
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        record(tx, "tiers.exported", "ladder_version", 0, by=by, now=now)

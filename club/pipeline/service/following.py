"""The night finds everybody's stage anew, by statements over all of them; what was set by hand holds until its day."""

from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Date,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, club_day, day_ends
from club.database import Transaction, UtcDateTime, is_sqlite, transaction
from club.insight.days import days_between, larger
from club.insight.models import MemberFigures
from club.leads.models import LEADS
from club.members.models import Person
from club.pipeline.models import MOVES, PLACES
from club.pipeline.rules import How, Stage
from club.pipeline.sql import STANDS, boundaries_of, everybody
from club.programme.models import the_club

_P = PLACES.c


def follow(db: Session, as_of: date, now: datetime) -> int:
    """Bring every stage up with the figures; how many moved or began. A second run changes nothing."""
    bounds = boundaries_of(db, as_of)
    with transaction(db) as tx:
        found = everybody(tx, bounds)
        tx.execute(delete(PLACES).where(_P.person_id.in_(select(Person.id).where(~STANDS))))
        differs = or_(_P.by_rule != found.c.stage, _P.worth != found.c.worth)
        tx.execute(
            update(PLACES)
            .where(_P.person_id == found.c.person_id, differs)
            .values(by_rule=found.c.stage, worth=found.c.worth)
        )
        known = select(_P.person_id).where(_P.person_id == found.c.person_id).exists()
        begun = select(
            found.c.person_id, found.c.stage, found.c.stage, found.c.since, found.c.worth, literal("")
        ).where(~known)  # fmt: skip
        names = ["person_id", "stage", "by_rule", "since", "worth", "why"]
        before = _count(tx)
        make = sqlite_insert if is_sqlite(tx) else postgresql_insert
        begins = make(PLACES).from_select(names, begun, include_defaults=False)
        tx.execute(begins.on_conflict_do_nothing(index_elements=["person_id"]))  # whoever asks just now begins there
        added = _count(tx) - before
        back = _take_up_whoever_came_back(tx, as_of)
        return added + back + _move_on(tx, as_of)


def night(db: Session, day: date, now: datetime) -> int:
    """The same as a step of the night, after the figures; of several nights only the last one looks."""
    if day < club_day(now, the_club(db).time_zone) - ONE_DAY:
        return 0
    return follow(db, day, now)


def answered(tx: Transaction, person_id: int, today: date) -> None:
    """Somebody asked for something just now: no stranger any more, and not lost. The night knows the rest."""
    values = {"stage": Stage.PROSPECT.value, "by_rule": Stage.PROSPECT.value, "since": today, "worth": 0, "why": ""}
    make = sqlite_insert if is_sqlite(tx) else postgresql_insert
    begins = make(PLACES).values(person_id=person_id, **values).on_conflict_do_nothing(index_elements=["person_id"])
    if tx.execute(begins.returning(_P.person_id)).first() is not None:
        return
    columns = (_P.stage, _P.by_rule, _P.since, _P.lost_on)
    row = tx.execute(select(*columns).where(_P.person_id == person_id).with_for_update()).one()
    after = Stage.PROSPECT.value if row.stage == Stage.SUSPECT.value else row.stage
    if row.lost_on is None and after == row.stage:
        return
    how = How.RULE if row.lost_on is None else How.BACK
    _one_move(tx, person_id, row.stage, after, row.since, today, how)
    freed = {"set_until": None, "set_by": None} if after != row.stage else {}
    by_rule = Stage.PROSPECT.value if row.by_rule == Stage.SUSPECT.value else row.by_rule  # also for a night under way
    since = row.since if after == row.stage else today
    tx.execute(
        update(PLACES)
        .where(_P.person_id == person_id)
        .values(stage=after, by_rule=by_rule, since=since, lost_on=None, cause=None, why="", **freed)
    )


def _one_move(tx: Transaction, person_id: int, before: str, after: str, since: date, today: date, how: How) -> None:
    days = max((today - since).days, 0)
    values = {"before": before, "after": after, "on": today, "days": days, "how": how.value}
    tx.execute(insert(MOVES).values(person_id=person_id, **values))


def _count(tx: Transaction) -> int:
    return int(tx.scalar(select(func.count()).select_from(PLACES)) or 0)


def _hold(tx: Transaction, where: ColumnElement[bool]) -> None:
    """Hold everybody who is about to move: what is noted of them is what then happens, whatever staff do meanwhile."""
    held = select(_P.person_id).where(where).with_for_update().subquery("held")
    tx.execute(select(func.count()).select_from(held))


def _note_moves(tx: Transaction, where: ColumnElement[bool], after: ColumnElement[str], as_of: date, how: How) -> None:
    """A move of each of them, who are held from here on."""
    _hold(tx, where)
    days = larger(days_between(_P.since, literal(as_of)), 0)
    columns = [_P.person_id, _P.stage, after, literal(as_of), days, literal(how.value)]
    names = ["person_id", "before", "after", "on", "days", "how"]
    tx.execute(insert(MOVES).from_select(names, select(*columns).where(where)))


def _asked_since(tx: Transaction) -> ColumnElement[bool]:
    """By a way that does not take them up at once, after the club's day on which they were lost."""
    zone = the_club(tx).time_zone
    day = func.date(LEADS.c.at, type_=Date) if is_sqlite(tx) else cast(LEADS.c.at, Date)
    own = LEADS.c.person_id == _P.person_id
    maybe = select(LEADS.c.id).where(own, day >= _P.lost_on).exists()  # no club's day is over before it begins in UTC
    ends = {lost_on: day_ends(lost_on, zone) for lost_on in tx.scalars(select(_P.lost_on).where(maybe).distinct())}
    if not ends:
        return false()
    moments = {lost_on: literal(moment, UtcDateTime()) for lost_on, moment in ends.items()}
    return select(LEADS.c.id).where(own, LEADS.c.at >= case(moments, value=_P.lost_on)).exists()


def _take_up_whoever_came_back(tx: Transaction, as_of: date) -> int:
    """Whoever was lost and bought or asked since is worked on again."""
    bought = select(MemberFigures.last_bought_on).where(MemberFigures.member_id == _P.person_id).scalar_subquery()
    lost = and_(_P.lost_on.is_not(None), or_(bought > _P.lost_on, _asked_since(tx)))
    _note_moves(tx, lost, _P.stage, as_of, How.BACK)
    taken = update(PLACES).where(lost).values(lost_on=null(), cause=null(), why="").returning(_P.person_id)
    return len(tx.execute(taken).all())


def _move_on(tx: Transaction, as_of: date) -> int:
    """Whoever the rules see elsewhere moves, unless a hand holds them; a hand whose day is over lets go."""
    is_free = or_(_P.set_until.is_(None), _P.set_until < as_of)
    moves = and_(is_free, _P.stage != _P.by_rule)
    _note_moves(tx, moves, _P.by_rule, as_of, How.RULE)
    moved = (
        update(PLACES)
        .where(moves)
        .values(stage=_P.by_rule, since=as_of, set_until=null(), set_by=null(), why="")
        .returning(_P.person_id)
    )
    count = len(tx.execute(moved).all())
    over = _P.set_until < as_of
    tx.execute(update(PLACES).where(over).values(set_until=null(), set_by=null(), why=""))
    return count

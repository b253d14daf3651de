"""The night: who chose nothing by the last day gets the first thing, then every rule gives to whom it is due.

Last, whoever has a week left to choose is reminded, once.
"""

from datetime import date, datetime

from sqlalchemy import Integer, String, literal, null, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.clock import ONE_DAY
from club.database import Transaction, UtcDateTime, is_sqlite, transaction
from club.gifts.due import due_on
from club.gifts.models import GIFTS, RuleView, rules_with, standing_rules
from club.gifts.rules import State
from club.gifts.service.giving import can_give, give_due
from club.gifts.service.reminding import remind_in_the_night
from club.points.service import activate_due
from club.tiers.models import ladder_on

_ONE_AT_A_TIME = 7_104_204
"""PostgreSQL's name of the lock behind which one process gives."""


def night(db: Session, day: date, now: datetime) -> int:
    """Give what is due on the day after the one that is over, before anybody is awake; how many gifts.

    Each rule in a transaction of its own: run twice, in parallel or killed half way, everybody has theirs once. All
    days are reckoned from the day on which it is due, so a night that comes late gives the same.
    """
    due_day = day + ONE_DAY
    given = sum(_give_unchosen(db, rule_id, day, now) for rule_id in _over(db, day))
    for view in _in_order(db, due_day):
        given += _give(db, view, due_day, now)
    remind_in_the_night(db, day, now)
    activate_due(db, due_day, now)
    return given


def _in_order(db: Session, day: date) -> list[RuleView]:
    """Of several rules for one thing that of the highest tier comes first, then the newest; each member gets one."""
    ranks = ladder_on(db, day).ranks
    running = [view for view in standing_rules(db) if view.rule.starts_on <= day]
    db.rollback()
    return sorted(running, key=lambda view: (view.rule.kind, -ranks.get(view.rule.rung_key or "", -1), -view.id))


def _give(db: Session, view: RuleView, day: date, now: datetime) -> int:
    with transaction(db) as tx:
        _alone(tx)
        if not any(can_give(tx, option, day) for option in view.rule.options):
            return 0
        return _make(tx, view, day, now) and give_due(tx, view, day, now)


def _make(tx: Transaction, view: RuleView, day: date, now: datetime) -> int:
    """One row for everybody to whom it is due and who has none; how many."""
    found = due_on(tx, view, day)
    if found is None:
        return 0
    rule, people = view.rule, found.subquery("people")
    until = day + ONE_DAY * rule.choose_days
    row = {
        "rule_id": literal(view.id),
        "person_id": people.c.person_id,
        "topic": literal(view.topic, String),
        "occasion": people.c.occasion,
        "due_on": literal(day, GIFTS.c.due_on.type),
        "state": literal((State.OPEN if rule.has_choice else State.DUE).value, String),
        "position": null() if rule.has_choice else literal(0, Integer),
        "choose_until": literal(until if rule.has_choice else None, GIFTS.c.choose_until.type),
        "points": literal(0),
        "made_at": literal(now, UtcDateTime),
    }
    made = _INSERT[is_sqlite(tx)].from_select(list(row), select(*row.values()).order_by(people.c.person_id))
    return tx.connection().execute(made).rowcount


_ONCE = ["person_id", "topic", "occasion"]
_INSERT = {
    True: sqlite.insert(GIFTS).on_conflict_do_nothing(index_elements=_ONCE),
    False: postgresql.insert(GIFTS).on_conflict_do_nothing(index_elements=_ONCE),
}
"""By "is SQLite"."""


def _over(db: Session, day: date) -> list[int]:
    """Rules of which somebody has chosen nothing by the end of a day."""
    open_ones = select(GIFTS.c.rule_id).where(GIFTS.c.state == State.OPEN.value, GIFTS.c.choose_until <= day)
    found = sorted(db.scalars(open_ones.distinct()))
    db.rollback()
    return found


def _give_unchosen(db: Session, rule_id: int, day: date, now: datetime) -> int:
    """The first thing that can still be given."""
    with transaction(db) as tx:
        _alone(tx)
        view = rules_with(tx, {rule_id})[rule_id]
        due_day = day + ONE_DAY
        usable = [place for place, option in enumerate(view.rule.options) if can_give(tx, option, due_day)]
        is_over = (GIFTS.c.rule_id == rule_id) & (GIFTS.c.state == State.OPEN.value) & (GIFTS.c.choose_until <= day)
        given = {"state": State.DUE.value, "position": usable[0], "due_on": due_day} if usable else None
        then = given or {"state": State.LAPSED.value}
        changed = tx.connection().execute(update(GIFTS).where(is_over).values(then)).rowcount
        return changed and give_due(tx, view, due_day, now)


def _alone(tx: Transaction) -> None:
    """Wait for another process that gives, as long as it takes."""
    if not is_sqlite(tx):
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SET LOCAL lock_timeout = 0"))
        tx.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _ONE_AT_A_TIME})

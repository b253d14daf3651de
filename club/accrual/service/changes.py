"""Changing the earning rules. Rows are added and withdrawn, never edited; what was earned keeps its own breakdown."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from club.accrual.models import EarningRule, Mark, read_rules, rules_mark
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap
from club.accrual.written import check
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotFound, RateStartsThen, RuleEnded, RulesChanged
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch
from club.texts import Texts

Rule = BaseRate | Campaign | Bonus | Cap


@dataclass(frozen=True)
class Changed:
    """How many rules came, went and stayed."""

    added: int
    withdrawn: int
    kept: int


def set_rules(db: Session, wanted: AllRules, by: int | None, role: Role | None, now: datetime) -> Changed:
    """Make these the club's rules: what is missing among them is withdrawn, what stands already stays."""
    require(role, Permission.EDIT_RULES)
    new = _flat(wanted)
    for rule in new:
        check(rule)
    with transaction(db) as tx:
        touch(tx)
        standing = _flat(read_rules(tx))
        kept = 0
        for rule in standing:
            same = replace(rule, id=0)
            if same in new:
                new.remove(same)
                kept += 1
            else:
                _withdraw(tx, rule.id, by, now)
        for rule in new:
            _add(tx, rule, by, now)
    return Changed(added=len(new), withdrawn=len(standing) - kept, kept=kept)


def add_rule(
    db: Session, rule: Rule, by: int | None, role: Role | None, now: datetime, seen: Mark | None = None
) -> int:
    """Add one rule and return its id.

    Raises `NotAllowed`, `BadRule`, `RateStartsThen` for a second base rate of one day, and `RulesChanged` if somebody
    changed the rules since `seen`.
    """
    require(role, Permission.EDIT_RULES)
    check(rule)
    with transaction(db) as tx:
        touch(tx)
        _still(tx, seen)
        if isinstance(rule, BaseRate) and rule.starts_on in {rate.starts_on for rate in read_rules(tx).bases}:
            raise RateStartsThen
        return _add(tx, rule, by, now)


def withdraw_rule(
    db: Session, rule_id: int, by: int | None, role: Role | None, now: datetime, seen: Mark | None = None
) -> None:
    """Let a rule end now, as if it had never been announced; points earned by it stay."""
    require(role, Permission.EDIT_RULES)
    with transaction(db) as tx:
        touch(tx)
        _still(tx, seen)
        _withdraw(tx, rule_id, by, now)


def end_rule(
    db: Session, rule_id: int, last_day: date, by: int, role: Role, now: datetime, seen: Mark | None = None
) -> None:
    """Let a campaign, a bonus or a limit end with a day: it is followed by the same one with that end.

    One that has not begun by then is withdrawn. A base rate has no end, another one follows it. Raises `NotAllowed`,
    `NotFound`, `RuleEnded` and `RulesChanged`.
    """
    require(role, Permission.EDIT_RULES)
    with transaction(db) as tx:
        touch(tx)
        _still(tx, seen)
        rule = read_rules(tx).rule(rule_id)
        if rule is None or isinstance(rule, BaseRate):
            raise NotFound
        if last_day < club_day(now, the_club(tx).time_zone) or (rule.ends_on is not None and rule.ends_on <= last_day):
            raise RuleEnded
        _withdraw(tx, rule_id, by, now)
        if rule.starts_on <= last_day:
            _add(tx, replace(rule, ends_on=last_day), by, now)


def _still(tx: Transaction, seen: Mark | None) -> None:
    """Raise `RulesChanged` unless the rules are those that were looked at."""
    if seen is not None and rules_mark(tx) != seen:
        raise RulesChanged


def default_rules(db: Session, base: BaseRate | None, join_bonus: int, starts_on: date, now: datetime) -> None:
    """What a club that is set up starts with: a base rate and, if it wants, points for joining."""
    bonuses = (Bonus(act="join", points=join_bonus, starts_on=starts_on),) if join_bonus else ()
    set_rules(db, AllRules(bases=(base,) if base else (), bonuses=bonuses), None, Role.OWNER, now)


def _flat(rules: AllRules) -> list[Rule]:
    return [*rules.bases, *rules.campaigns, *rules.bonuses, *rules.caps]


def _add(tx: Transaction, rule: Rule, by: int | None, now: datetime) -> int:
    rule_id = tx.execute(
        insert(EarningRule)
        .values(created_at=now, created_by=by, starts_on=rule.starts_on, **_columns(rule))
        .returning(EarningRule.id)
    ).scalar_one()
    record(tx, "rule.added", "earning_rule", rule_id, by=by, now=now)
    return rule_id


def _withdraw(tx: Transaction, rule_id: int, by: int | None, now: datetime) -> None:
    withdrawn = tx.connection().execute(
        update(EarningRule)
        .where(EarningRule.id == rule_id, EarningRule.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    if withdrawn.rowcount != 1:
        raise NotFound
    record(tx, "rule.withdrawn", "earning_rule", rule_id, by=by, now=now)


def _columns(rule: Rule) -> dict[str, object]:
    match rule:
        case BaseRate(points=points, per_amount=per_amount):
            return {"kind": "base", "name": Texts({}), "points": points, "per_amount": per_amount}
        case Campaign():
            return {
                "kind": "campaign",
                "name": rule.name,
                "percent": rule.percent,
                "channel": rule.channel,
                "category": rule.category,
                "ends_on": rule.ends_on,
            }
        case Bonus():
            return {
                "kind": "bonus",
                "name": Texts({}),
                "act": rule.act,
                "points": rule.points,
                "ends_on": rule.ends_on,
            }
        case Cap():
            return {
                "kind": "cap",
                "name": Texts({}),
                "points": rule.points,
                "period": rule.period.value,
                "ends_on": rule.ends_on,
            }

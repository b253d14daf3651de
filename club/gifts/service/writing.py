"""Staff write rules of gifts. A rule is followed by another one, never changed: every gift shows why it was made."""

from datetime import datetime
from secrets import token_hex

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.benefits.models import BenefitRow
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import BadGiftRule, ChangedMeanwhile
from club.gifts.models import OPTIONS, RULES, the_rule
from club.gifts.rules import Fault, Rule, What
from club.offers.models import OFFERS
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch


def add_rule(
    db: Session, rule: Rule, by: int, role: Role | None, now: datetime, *, content: bytes | None = None
) -> int:
    """Write a rule and return its id; the same form (`content`) again returns the same one.

    Raises `NotAllowed`, `BadGiftRule`.
    """
    require(role, Permission.MANAGE_OFFERS)
    rule.check()
    with transaction(db) as tx:
        touch(tx)
        known = select(RULES.c.id).where(RULES.c.content == content)
        there = tx.scalar(known) if content is not None else None
        if there is not None:
            return int(there)
        rule_id = _write(tx, rule, token_hex(8), by, now, content)
        record(tx, "gift_rule.added", "gift_rule", rule_id, by=by, now=now, options=len(rule.options))
    return rule_id


def change_rule(db: Session, rule_id: int, rule: Rule, by: int, role: Role | None, now: datetime) -> int:
    """Put a rule in the place of another one, from now on; the id of the new one.

    What members may choose already stays as it was promised. Raises `NotAllowed`, `BadGiftRule`, `NotFound`,
    `ChangedMeanwhile` where the other one was ended or changed by somebody else.
    """
    require(role, Permission.MANAGE_OFFERS)
    rule.check()
    with transaction(db) as tx:
        touch(tx)
        before = the_rule(tx, rule_id)
        if before.rule.kind is not rule.kind:
            raise BadGiftRule(Fault.OPTIONS.value)
        _end(tx, rule_id, now)
        new_id = _write(tx, rule, before.series, by, now, None)
        record(tx, "gift_rule.changed", "gift_rule", new_id, by=by, now=now, follows=rule_id)
    return new_id


def end_rule(db: Session, rule_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Nobody gets anything by it any more; who may choose still does.

    Raises `NotAllowed`, `NotFound`, `ChangedMeanwhile` where it was ended before.
    """
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        touch(tx)
        the_rule(tx, rule_id)
        _end(tx, rule_id, now)
        record(tx, "gift_rule.ended", "gift_rule", rule_id, by=by, now=now)


def _end(tx: Transaction, rule_id: int, now: datetime) -> None:
    ended = update(RULES).where(RULES.c.id == rule_id, RULES.c.ended_at.is_(None)).values(ended_at=now)
    if not tx.connection().execute(ended).rowcount:
        raise ChangedMeanwhile(())


def _write(tx: Transaction, rule: Rule, series: str, by: int, now: datetime, content: bytes | None) -> int:
    _refuse_unknown(tx, rule, now)
    values = {
        "series": series, "kind": rule.kind.value, "title": rule.title, "rung_key": rule.rung_key,
        "hold_days": rule.hold_days, "starts_on": rule.starts_on, "months": rule.months,
        "threshold_percent": rule.threshold_percent, "least": rule.least, "wait_days": rule.wait_days,
        "at_percent": rule.at_percent, "route": rule.route.value, "choose_days": rule.choose_days, "created_at": now,
        "created_by": by, "content": content,
    }  # fmt: skip
    rule_id = int(tx.execute(insert(RULES).values(values).returning(RULES.c.id)).scalar_one())
    rows = [
        {
            "rule_id": rule_id, "position": position, "what": one.what.value, "points": one.points,
            "offer_id": one.offer_id, "benefit_id": one.benefit_id,
        }
        for position, one in enumerate(rule.options)
    ]  # fmt: skip
    tx.execute(insert(OPTIONS), rows)
    return rule_id


def _refuse_unknown(tx: Transaction, rule: Rule, now: datetime) -> None:
    """An offer must come as a gift alone and still run; a benefit must not be archived."""
    day = club_day(now, the_club(tx).time_zone)
    for one in rule.options:
        if one.what is What.VOUCHER:
            row = tx.execute(
                select(OFFERS.c.only_given, OFFERS.c.published_at, OFFERS.c.ended_at, OFFERS.c.ends_on).where(
                    OFFERS.c.id == one.offer_id
                )
            ).one_or_none()
            if row is None or not row.only_given or row.published_at is None or row.ended_at is not None:
                raise BadGiftRule(Fault.OFFER.value)
            if row.ends_on is not None and row.ends_on < day:
                raise BadGiftRule(Fault.OFFER.value)
        if one.what is What.BENEFIT:
            there = select(BenefitRow.id).where(BenefitRow.id == one.benefit_id, BenefitRow.archived_at.is_(None))
            if tx.scalar(there) is None:
                raise BadGiftRule(Fault.BENEFIT.value)

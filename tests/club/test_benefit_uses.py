"""Uses of benefits: by whom, within their limit, what they cost, and taking one back."""

from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.benefits.rules import Benefit, Cell, Gives, Kind
from club.benefits.service import add_benefit
from club.benefits.uses import cost_by_tier, cost_in_a_year, used_between, used_in_year, uses_of
from club.benefits.using import NewUse, record_use, undo_use
from club.errors import (
    BenefitNotTheirs,
    BenefitUsedUp,
    DateInFuture,
    NotAllowed,
    NotFound,
    OwnMembership,
    UnknownMember,
)
from club.members.models import Person
from club.permissions import PERMISSIONS, Permission, Role
from club.programme.rules import Club
from club.texts import Texts
from club.tiers.rules import Ladder
from club.tiers.service import reassess_all, set_ladder
from tests.people import new_colleague
from tests.tier_world import NOW, add_member, add_purchase, rung

TODAY = date(2026, 6, 15)


@pytest.fixture
def clerk(db: Session, club: Club) -> int:
    set_ladder(db, Ladder((rung("member"), rung("gold", 100_00))), date(2024, 1, 1), None, NOW)
    return new_colleague(db, NOW, Role.SHOP).account_id


def benefit(db: Session, cost: int, **cells: Cell) -> int:
    new = Benefit(Texts({"en": "Tasting"}), Texts({}), Kind.EMOTIONAL, cost, TODAY, cells)
    return add_benefit(db, new, 1, Role.MARKETING, NOW)


def gold_member(db: Session) -> int:
    member = add_member(db)
    add_purchase(db, member, TODAY - timedelta(days=20), 200_00)
    reassess_all(db, TODAY - timedelta(days=10), NOW)
    return member


def use(benefit_id: int, member: int, day: date = TODAY, form: str = "1") -> NewUse:
    return NewUse(benefit_id, member, day, sha256(form.encode()).digest())


def test_a_use_is_written_with_tier_and_cost_once_however_often_the_form_is_sent(db: Session, clerk: int) -> None:
    tasting, member = benefit(db, 35_00, gold=Cell(Gives.TIMES, 2)), gold_member(db)
    first = record_use(db, use(tasting, member), clerk, Role.SHOP, NOW)
    assert record_use(db, use(tasting, member), clerk, Role.SHOP, NOW) == first
    found = used_between(db, TODAY, TODAY)
    assert [(key, one.uses, one.members, one.cost) for key, one in found.items()] == [((tasting, "gold"), 1, 1, 35_00)]
    entry = db.execute(select(AuditEntry.subject_id, AuditEntry.numbers).where(AuditEntry.act == "benefit.used")).one()
    assert entry.subject_id == member
    assert entry.numbers == {"benefit": tasting, "use": first, "cost": 35_00}


def test_times_a_year_are_counted_in_the_calendar_year_and_a_use_taken_back_is_free_again(
    db: Session, clerk: int
) -> None:
    tasting, member = benefit(db, 35_00, gold=Cell(Gives.TIMES, 2), member=Cell(Gives.TIMES, 1)), gold_member(db)
    record_use(db, use(tasting, member, date(2025, 12, 31), "last year"), clerk, Role.SHOP, NOW)
    ids = [record_use(db, use(tasting, member, TODAY, form), clerk, Role.SHOP, NOW) for form in ("a", "b")]
    with pytest.raises(BenefitUsedUp) as refusal:
        record_use(db, use(tasting, member, TODAY, "c"), clerk, Role.SHOP, NOW)
    assert refusal.value == BenefitUsedUp(2)
    assert used_in_year(db, member, TODAY) == {tasting: 2}
    undo_use(db, ids[0], member, clerk, Role.SHOP, NOW)
    with pytest.raises(NotFound):
        undo_use(db, ids[0], member, clerk, Role.SHOP, NOW)
    record_use(db, use(tasting, member, TODAY, "c"), clerk, Role.SHOP, NOW)
    assert [(one.is_undone, one.cost) for one in uses_of(db, member, 10)] == [
        (False, 35_00), (False, 35_00), (True, 35_00), (False, 35_00),
    ]  # fmt: skip
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.like("benefit.use%")).order_by(AuditEntry.id)).all()
    assert acts == ["benefit.used"] * 3 + ["benefit.use_undone", "benefit.used"]


def test_what_costs_nothing_by_itself_costs_the_amount_that_the_tier_gets(db: Session, clerk: int) -> None:
    voucher, member = benefit(db, 0, gold=Cell(Gives.AMOUNT, 25_00)), gold_member(db)
    record_use(db, use(voucher, member), clerk, Role.SHOP, NOW)
    assert cost_by_tier(db, TODAY, TODAY) == {"gold": 25_00}


def test_refusals(db: Session, clerk: int) -> None:
    tasting, member = benefit(db, 35_00, gold=Cell(Gives.YES)), gold_member(db)
    other = add_member(db)
    for new, refusal in (
        (use(tasting, other), BenefitNotTheirs),
        (use(tasting, member, TODAY + timedelta(days=1)), DateInFuture),
        (use(tasting + 1, member), NotFound),
        (use(tasting, member + 99), UnknownMember),
    ):
        with pytest.raises(refusal):
            record_use(db, new, clerk, Role.SHOP, NOW)
    for role in Role:
        if Permission.RECORD_PURCHASES not in PERMISSIONS[role]:
            with pytest.raises(NotAllowed):
                record_use(db, use(tasting, member), clerk, role, NOW)
    assert used_between(db, date(2020, 1, 1), TODAY) == {}


@pytest.mark.proves("R153")
def test_what_benefits_would_cost_follows_the_members_of_each_tier() -> None:
    spent = {"gold": 100_00, "silver": 50_00, "gone": 10_00}
    assert cost_in_a_year(spent, {"gold": 10, "silver": 5}, {"gold": 20, "silver": 4, "new": 7}) == 240_00
    assert cost_in_a_year({}, {"gold": 10}, {"gold": 20}) == 0


def test_nobody_takes_back_a_use_of_their_own(db: Session, clerk: int) -> None:
    tasting, member = benefit(db, 35_00, gold=Cell(Gives.TIMES, 2)), gold_member(db)
    written = record_use(db, use(tasting, member), clerk, Role.SHOP, NOW)
    db.execute(update(Person).where(Person.id == member).values(account_id=clerk))
    db.commit()
    with pytest.raises(OwnMembership):
        undo_use(db, written, member, clerk, Role.SHOP, NOW)
    assert used_in_year(db, member, TODAY) == {tasting: 1}

"""Benefits: what a tier gets, what is odd about a grid, and who changed it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.benefits.models import all_benefits, standing_benefits, the_benefit
from club.benefits.rules import (
    Benefit,
    Cell,
    Gives,
    Kind,
    Less,
    is_due,
    is_one_sided,
    tiers_with_less,
    tiers_without,
)
from club.benefits.service import add_benefit, archive_benefit, change_benefit, move_benefit, restore_benefit
from club.errors import BenefitNameMissing, CellMissing, ChangedMeanwhile, NotAllowed, NotFound
from club.permissions import PERMISSIONS, Permission, Role
from club.programme.rules import Club
from club.texts import Texts
from tests.people import new_colleague
from tests.tier_world import NOW

TODAY = date(2026, 6, 15)
YES = Cell(Gives.YES)
KEYS = ("member", "silver", "gold")


def benefit(name: str = "Birthday bottle", kind: Kind = Kind.EMOTIONAL, **cells: Cell) -> Benefit:
    return Benefit(Texts({"en": name}), Texts({}), kind, 1200, TODAY, cells)


@pytest.fixture
def boss(db: Session, club: Club) -> int:
    return new_colleague(db, NOW, Role.MARKETING).account_id


def names(db: Session) -> list[str]:
    db.rollback()
    return [line.benefit.name["en"] for line in standing_benefits(db)]


def test_a_tier_above_that_has_less_is_named() -> None:
    grid = [
        (1, benefit(silver=YES)),
        (2, benefit(silver=Cell(Gives.AMOUNT, 20_00), gold=Cell(Gives.AMOUNT, 10_00))),
        (3, benefit(silver=Cell(Gives.TIMES, 2), gold=Cell(Gives.TIMES, 2))),
        (4, benefit(silver=Cell(Gives.WORDS, words=Texts({"en": "from 80"})), gold=YES)),
        (5, benefit(gold=YES)),
    ]
    assert tiers_with_less(grid, KEYS) == [Less(1, "gold", "silver"), Less(2, "gold", "silver")]


def test_a_tier_without_any_benefit_is_named() -> None:
    assert tiers_without([benefit(gold=YES)], KEYS) == ["silver"]


def test_a_grid_of_one_kind_is_named() -> None:
    heart, purse = benefit(), benefit(kind=Kind.RATIONAL)
    assert is_one_sided([heart, heart])
    assert not is_one_sided([heart, purse])
    assert not is_one_sided([heart])


@pytest.mark.parametrize(("ahead", "is_now"), [(-1, True), (0, True), (1, False)])
def test_the_day_of_review_comes(ahead: int, is_now: bool) -> None:
    assert is_due(benefit(), TODAY - timedelta(days=ahead)) is is_now


def test_texts_that_a_language_lacks_are_counted() -> None:
    cell = Cell(Gives.WORDS, words=Texts({"en": "a", "es": "b"}))
    assert benefit(gold=cell).gaps == 3


@pytest.mark.parametrize("cell", [Cell(Gives.AMOUNT), Cell(Gives.TIMES), Cell(Gives.WORDS), Cell(Gives.AMOUNT, -1)])
def test_a_cell_says_how_much(cell: Cell) -> None:
    with pytest.raises(CellMissing):
        benefit(gold=cell).check()


def test_what_was_saved_is_read_again(db: Session, boss: int) -> None:
    given = benefit(silver=YES, gold=Cell(Gives.WORDS, words=Texts({"ru": "да"})))
    benefit_id = add_benefit(db, given, boss, Role.MARKETING, NOW)
    assert the_benefit(db, benefit_id).benefit == given

    changed = benefit("Bottle", Kind.RATIONAL, gold=Cell(Gives.TIMES, 2))
    change_benefit(db, benefit_id, changed, 1, boss, Role.MARKETING, NOW)

    assert the_benefit(db, benefit_id).benefit == changed
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.by == boss).order_by(AuditEntry.id)).all()
    assert acts == ["benefit.added", "benefit.changed"]


def test_who_saves_second_is_told(db: Session, boss: int) -> None:
    benefit_id = add_benefit(db, benefit(), boss, Role.MARKETING, NOW)
    change_benefit(db, benefit_id, benefit("First"), 1, boss, Role.MARKETING, NOW)
    with pytest.raises(ChangedMeanwhile):
        change_benefit(db, benefit_id, benefit("Second"), 1, boss, Role.MARKETING, NOW)
    assert names(db) == ["First"]


def test_benefits_change_places(db: Session, boss: int) -> None:
    ids = [add_benefit(db, benefit(name), boss, Role.MARKETING, NOW) for name in "abc"]
    move_benefit(db, ids[2], -1, boss, Role.MARKETING, NOW)
    assert names(db) == ["a", "c", "b"]
    move_benefit(db, ids[0], -1, boss, Role.MARKETING, NOW)
    assert names(db) == ["a", "c", "b"]
    move_benefit(db, ids[0], 1, boss, Role.MARKETING, NOW)
    assert names(db) == ["c", "a", "b"]


def test_one_that_is_taken_away_can_come_back(db: Session, boss: int) -> None:
    first, _ = (add_benefit(db, benefit(name), boss, Role.MARKETING, NOW) for name in "ab")
    archive_benefit(db, first, boss, Role.MARKETING, NOW)
    assert names(db) == ["b"]
    assert [line.is_archived for line in all_benefits(db)] == [False, True]
    with pytest.raises(NotFound):
        archive_benefit(db, first, boss, Role.MARKETING, NOW)
    restore_benefit(db, first, boss, Role.MARKETING, NOW)
    assert names(db) == ["a", "b"]


def test_a_benefit_has_a_name(db: Session, boss: int) -> None:
    with pytest.raises(BenefitNameMissing):
        add_benefit(db, Benefit(Texts({}), Texts({}), Kind.RATIONAL, 0, None, {}), boss, Role.MARKETING, NOW)
    assert names(db) == []


@pytest.mark.parametrize("role", [role for role in Role if Permission.EDIT_TIERS not in PERMISSIONS[role]])
def test_whoever_may_not_edit_tiers_changes_no_benefit(db: Session, boss: int, role: Role) -> None:
    benefit_id = add_benefit(db, benefit(), boss, Role.MARKETING, NOW)
    for act in (
        lambda: add_benefit(db, benefit(), boss, role, NOW),
        lambda: change_benefit(db, benefit_id, benefit("x"), 1, boss, role, NOW),
        lambda: move_benefit(db, benefit_id, 1, boss, role, NOW),
        lambda: archive_benefit(db, benefit_id, boss, role, NOW),
        lambda: restore_benefit(db, benefit_id, boss, role, NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert names(db) == ["Birthday bottle"]

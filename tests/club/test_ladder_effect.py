"""What a ladder would do, before it is saved: every member's fate, in one look, and the same rows as the real run."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.errors import LadderChanged, NotAllowed, NotFound, StartNotAhead
from club.messages.models import Message
from club.permissions import PERMISSIONS, Permission, Role
from club.programme.rules import Club
from club.texts import Texts
from club.tiers.effect import Cost, Effect, Fate, Rate, Side
from club.tiers.models import Status, mark_of, members_by_rung, versions_mark
from club.tiers.rules import Ladder, Rung
from club.tiers.service import (
    Plan,
    looked_at,
    night,
    plan_ladder,
    preview,
    preview_rows,
    reassess_all,
    set_ladder,
    withdraw_ladder,
)
from tests.club.test_tiers_of_all import a_ladder, build, days, ladders_from, many, members, written
from tests.people import new_colleague
from tests.tier_world import NOW, Bought, add_member, add_purchase, known_ladders, rung, terms

TODAY = date(2026, 6, 15)
START = date(2024, 1, 1)
LADDER = Ladder((rung("member"), rung("silver", 500_00, 5), rung("gold", 1500_00, 12)))


def effect_of(db: Session, ladder: Ladder, day: date = TODAY) -> Effect:
    with looked_at(db, ladder, day) as asked:
        return asked.effect


@pytest.fixture
def ladder(db: Session, club: Club) -> Ladder:
    set_ladder(db, LADDER, START, None, NOW)
    return LADDER


# --- the same as the real run


@many
@given(people=members, versions=ladders_from, before=days, new=a_ladder(), gap=st.integers(0, 500))
def test_the_effect_is_what_comes_of_it(
    db: Session, club: Club, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]],
    before: date, new: Ladder, gap: int,
) -> None:  # fmt: skip
    world = build(db, people, [(min(before, starts_on), ladder) for starts_on, ladder in versions])
    reassess_all(db, before, NOW)
    day = before + timedelta(days=gap)
    foreseen, moves = preview(db, new, day), preview_rows(db, new, day)

    with looked_at(db, new, day) as asked:
        effect = asked.effect
        moved = asked.moved(effect.codes(Fate.UP, Fate.DOWN), 100)
        everybody = list(asked.everybody([one.group.code for one in effect.fated]))
    db.rollback()
    set_ladder(db, new, day, None, NOW)
    result = reassess_all(db, day, NOW)

    assert effect.members == foreseen.members == result.members == len(everybody)
    found = {key: side.members for key, side in effect.at_once().items()}
    assert found == {key: count for key, count in result.by_rung.items() if count}
    changing = {row.member_id: row.to_key for row in moves}
    assert all(changing[one.member_id] == one.fated.at_once for one in moved)
    assert {one.member_id for one in everybody} == set(world.replays)
    last = {member_id: rows[-1] for member_id, rows in written(db, world).items() if rows}
    for one in everybody:
        assert one.fated.at_once == (last[one.member_id][0] if one.member_id in last else new.rungs[0].key)


@many
@given(people=members, versions=ladders_from, before=days, new=a_ladder())
def test_later_is_where_they_are_once_every_term_has_ended(
    db: Session, club: Club, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]],
    before: date, new: Ladder,
) -> None:  # fmt: skip
    """The same purchases go on counting: nobody's window moves, so only the ends of the terms decide."""
    build(db, people, [(min(before, starts_on), ladder) for starts_on, ladder in versions])
    reassess_all(db, before, NOW)

    effect = effect_of(db, new, before)

    ranks = effect.dated.ranks
    for one in effect.fated:
        standing = 2 * one.group.standing
        assert ranks[one.later] >= min(standing, ranks[one.at_once]) or one.group.held_key is None
        assert one.fate is not Fate.LOSES or ranks[one.later] < ranks[one.later_unchanged]
    unchanged = effect_of(db, effect.current.ladder, before)
    assert {one.fate for one in unchanged.fated} <= {Fate.STAYS, Fate.UP, Fate.DOWN}


# --- the same by hand, so that a reader sees what is meant


def test_a_higher_threshold_takes_nothing_at_once_and_says_who_would_lose_at_the_end(
    db: Session, ladder: Ladder
) -> None:
    quiet, near, far = add_member(db), add_member(db), add_member(db)
    for member, amount in ((near, 1600_00), (far, 2500_00)):
        add_purchase(db, member, TODAY, amount)
    reassess_all(db, TODAY, NOW)

    with looked_at(db, Ladder((rung("member"), rung("silver", 500_00, 5), rung("gold", 2000_00, 12))), TODAY) as asked:
        effect = asked.effect
        losing = asked.moved(effect.codes(Fate.LOSES, Fate.DOWN), 10)

    assert effect.matrix() == {
        ("member", "member"): Side(1, 0), ("gold", "gold"): Side(2, 4100_00),
    }  # fmt: skip
    assert effect.later_matrix() == {
        ("member", "member"): Side(1, 0), ("gold", "silver"): Side(1, 1600_00), ("gold", "gold"): Side(1, 2500_00),
    }  # fmt: skip
    assert [(one.member_id, one.spend, one.until) for one in losing] == [(near, 1600_00, date(2027, 6, 30))]
    assert effect.held_above() == (1, date(2027, 6, 30))
    assert quiet not in {one.member_id for one in losing}


def test_a_lower_threshold_lifts_at_once(db: Session, ladder: Ladder) -> None:
    buyer = add_member(db)
    add_purchase(db, buyer, TODAY, 1600_00)
    add_purchase(db, add_member(db), TODAY, 600_00)
    reassess_all(db, TODAY, NOW)

    effect = effect_of(db, Ladder((rung("member"), rung("silver", 500_00, 5), rung("gold", 550_00, 12))))

    assert effect.fates()[Fate.UP] == Side(1, 600_00)
    assert effect.matrix()["silver", "gold"] == Side(1, 600_00)


def test_a_rung_that_is_gone_is_kept_to_its_end(db: Session, ladder: Ladder) -> None:
    add_purchase(db, add_member(db), TODAY, 1600_00)
    reassess_all(db, TODAY, NOW)

    effect = effect_of(db, Ladder((rung("member"), rung("silver", 500_00, 5))))

    assert effect.at_once() == {"gold": Side(1, 1600_00)}
    assert effect.later() == {"silver": Side(1, 1600_00)}
    assert effect.fates()[Fate.LOSES] == Side(1, 1600_00)


def test_another_window_is_counted_beside_the_one_of_today(db: Session, ladder: Ladder) -> None:
    member = add_member(db)
    add_purchase(db, member, date(2025, 7, 1), 1600_00)
    reassess_all(db, date(2025, 7, 2), NOW)
    calendar = Ladder(LADDER.rungs, window=type(LADDER.window)("calendar_year"))

    effect = effect_of(db, calendar)

    (fated,) = effect.fated
    assert (fated.group.standing, fated.group.other_standing, fated.group.year_spend) == (0, 2, 1600_00)


def test_the_best_customers_are_named_first(db: Session, ladder: Ladder) -> None:
    large, best = add_member(db), add_member(db)
    add_purchase(db, large, TODAY, 900_00)
    add_purchase(db, best, TODAY, 800_00)
    reassess_all(db, TODAY, NOW)
    lower = Ladder((rung("member"), rung("silver", 500_00, 5), rung("gold", 700_00, 12)))

    with looked_at(db, lower, TODAY) as asked:
        plain = [one.member_id for one in asked.moved(asked.effect.codes(Fate.UP), 10)]
    db.rollback()
    chosen = select(Status.member_id).where(Status.member_id == best)
    with looked_at(db, lower, TODAY, best=chosen) as asked:
        found = [(one.member_id, one.is_best) for one in asked.moved(asked.effect.codes(Fate.UP), 10)]

    assert plain == [large, best]
    assert found == [(best, True), (large, False)]


def test_what_it_costs_is_the_last_year_at_the_new_discounts_and_multipliers(db: Session, ladder: Ladder) -> None:
    for amount in (1600_00, 600_00):
        add_purchase(db, add_member(db), TODAY, amount)
    reassess_all(db, TODAY, NOW)
    gold = Rung("gold", Texts({"en": "Gold"}), 550_00, 12, multiplier_percent=150, discount_percent=10)
    rate = Rate(points=2, per_amount=100, worth_points=100, worth_minor=100)

    effect = effect_of(db, Ladder((*LADDER.rungs[:2], gold)))

    assert effect.cost("at_once", rate) == Cost(discounts=220_00, points=22_00)
    assert effect.cost("at_once", None) == Cost(discounts=220_00)


def test_one_look_answers_all_questions_in_a_few_statements(db: Session, ladder: Ladder, count_queries) -> None:  # type: ignore[no-untyped-def]
    add_purchase(db, add_member(db), TODAY, 1600_00)
    with count_queries() as queries, looked_at(db, Ladder(LADDER.rungs[:2]), TODAY) as asked:
        asked.moved(asked.effect.codes(Fate.UP), 10)
        asked.moved(asked.effect.codes(Fate.LOSES), 10)
    assert len(queries) <= 12
    assert sum("purchase" in statement and "sum(" in statement.casefold() for statement in queries.statements) == 1


# --- saving, and taking back


@pytest.fixture
def boss(db: Session, ladder: Ladder) -> int:
    return new_colleague(db, NOW, Role.MANAGER).account_id


def plan(db: Session, ladder: Ladder, starts_on: date, *, is_silent: bool = False) -> Plan:
    return Plan(ladder, starts_on, is_silent, versions_mark(db))


LOWER = Ladder((rung("member"), rung("silver", 400_00, 5), rung("gold", 1000_00, 12)))


def test_a_ladder_of_a_later_day_moves_nobody_until_then(db: Session, boss: int) -> None:
    member = add_member(db, email="a@example.org")
    add_purchase(db, member, TODAY, 1200_00)
    reassess_all(db, TODAY, NOW)

    plan_ladder(db, plan(db, LOWER, TODAY + timedelta(days=2)), boss, Role.MANAGER, NOW)
    assert [row[0] for row in terms(db, member)] == ["silver"]
    night(db, TODAY + timedelta(days=2), NOW + timedelta(days=2))

    assert [row[0] for row in terms(db, member)] == ["silver", "gold"]
    assert mails(db) == ["tier.reached"]


def test_a_ladder_of_today_is_applied_at_once(db: Session, boss: int) -> None:
    member = add_member(db, email="a@example.org")
    add_purchase(db, member, TODAY, 1200_00)
    reassess_all(db, TODAY, NOW)

    plan_ladder(db, plan(db, LOWER, TODAY), boss, Role.MANAGER, NOW)

    assert [row[0] for row in terms(db, member)] == ["silver", "gold"]
    assert mails(db) == ["tier.reached"]
    assert members_by_rung(db) == {"gold": 1, "": 0}


def test_a_ladder_of_today_leaves_the_falls_to_the_night(db: Session, boss: int) -> None:
    member = add_member(db)
    add_purchase(db, member, date(2025, 6, 10), 1600_00)
    reassess_all(db, date(2025, 6, 10), NOW)
    day, later = date(2026, 6, 30), NOW + timedelta(days=15)
    strict = Ladder(LADDER.rungs, grace_days=0)

    plan_ladder(db, plan(db, strict, day), boss, Role.MANAGER, later)
    assert [row[0] for row in terms(db, member)] == ["gold"]
    night(db, day, later)

    assert [row[0] for row in terms(db, member)] == ["gold", "silver"]


@pytest.mark.parametrize("ahead", [0, 2])
def test_a_silent_ladder_writes_to_nobody(db: Session, boss: int, ahead: int) -> None:
    add_purchase(db, add_member(db, email="a@example.org"), TODAY, 1200_00)
    reassess_all(db, TODAY, NOW)
    start = TODAY + timedelta(days=ahead)

    plan_ladder(db, plan(db, LOWER, start, is_silent=True), boss, Role.MANAGER, NOW)
    night(db, start, NOW + timedelta(days=ahead))

    assert members_by_rung(db) == {"gold": 1, "": 0}
    assert mails(db) == []


def test_who_saves_second_is_told(db: Session, boss: int) -> None:
    first, second = plan(db, LOWER, TODAY), plan(db, LADDER, TODAY)
    plan_ladder(db, first, boss, Role.MANAGER, NOW)

    with pytest.raises(LadderChanged):
        plan_ladder(db, second, boss, Role.MANAGER, NOW)

    assert known_ladders(db).on(TODAY).ladder == LOWER


def test_a_ladder_is_taken_back_before_its_first_day_and_not_after(db: Session, boss: int) -> None:
    tomorrow = plan_ladder(db, plan(db, LOWER, TODAY + timedelta(days=1)), boss, Role.MANAGER, NOW)
    withdraw_ladder(db, tomorrow, boss, Role.MANAGER, NOW)
    today = plan_ladder(db, plan(db, LOWER, TODAY), boss, Role.MANAGER, NOW)

    assert known_ladders(db).on(TODAY + timedelta(days=1)).version_id == today
    for version, refusal in ((today, StartNotAhead), (tomorrow, NotFound), (999, NotFound)):
        with pytest.raises(refusal):
            withdraw_ladder(db, version, boss, Role.MANAGER, NOW)
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.by == boss).order_by(AuditEntry.id)).all()
    assert acts == ["tiers.set", "tiers.withdrawn", "tiers.set"]


def test_a_ladder_never_starts_in_the_past(db: Session, boss: int) -> None:
    with pytest.raises(StartNotAhead):
        plan_ladder(db, plan(db, LOWER, TODAY - timedelta(days=1)), boss, Role.MANAGER, NOW)
    assert known_ladders(db).on(TODAY).ladder == LADDER


@pytest.mark.parametrize("role", [role for role in Role if Permission.EDIT_TIERS not in PERMISSIONS[role]])
def test_whoever_may_not_edit_tiers_saves_and_withdraws_nothing(db: Session, boss: int, role: Role) -> None:
    version = plan_ladder(db, plan(db, LOWER, TODAY + timedelta(days=5)), boss, Role.MANAGER, NOW)
    with pytest.raises(NotAllowed):
        plan_ladder(db, plan(db, LADDER, TODAY), boss, role, NOW)
    with pytest.raises(NotAllowed):
        withdraw_ladder(db, version, boss, role, NOW)
    assert len(known_ladders(db).versions) == 2


def test_the_mark_tells_which_facts_are_newer(db: Session, ladder: Ladder) -> None:
    before = mark_of(db, TODAY)
    assert mark_of(db, TODAY).newer_than(before) == set()

    add_purchase(db, add_member(db), TODAY, 100, kept=50)
    set_ladder(db, LOWER, TODAY, None, NOW)

    assert mark_of(db, TODAY).newer_than(before) == {"purchases", "returns", "members", "versions"}


def mails(db: Session) -> list[str]:
    db.rollback()
    return list(db.scalars(select(Message.act).where(Message.act == "tier.reached")))

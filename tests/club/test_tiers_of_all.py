"""The set-based statements do what the rule says, member by member, on both databases."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from club.database import make_engine, sessions, transaction
from club.members.models import Person
from club.messages.models import Message
from club.programme.models import Programme
from club.programme.rules import Club
from club.purchases.models import Correction, Purchase
from club.tiers.models import LadderVersion, RungRow, Status
from club.tiers.rules import DatedLadder, Fall, Ladder, Routes, Window, ranks_in
from club.tiers.service import Reassessment, night, preview, preview_rows, reassess_all, set_ladder
from club.tiers.sql import decided, scope_of
from tests.databases import Databases
from tests.tier_world import (
    NOW,
    Bought,
    Replay,
    add_member,
    add_purchase,
    known_ladders,
    put_member,
    put_purchase,
    rung,
    terms,
)

FIRST = date(2023, 12, 20)
LADDER = Ladder((rung("member"), rung("silver", 500_00, 5), rung("gold", 1500_00, 12)))

days = st.integers(0, 1500).map(lambda n: FIRST + timedelta(days=n)) | st.sampled_from(
    [date(2024, 2, 29), date(2025, 2, 28), date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 1)]
)


@st.composite
def a_ladder(draw: st.DrawFn) -> Ladder:
    """Any ladder over a handful of keys, so that rungs come, go and change places."""
    keys = draw(st.permutations(["a", "b", "c", "d", "e"]))[: draw(st.integers(1, 5))]
    rungs, asked = [rung(keys[0])], [0, 0, 0]
    for key in keys[1:]:
        if draw(st.booleans()) and draw(st.booleans()):
            rungs.append(rung(key, by_invitation=True))
            continue
        routes = draw(st.sets(st.integers(0, 2), min_size=1))
        for route in routes:
            asked[route] += draw(st.integers(1, [40, 2, 20][route]))
        spend, purchases, points = (asked[route] if route in routes else 0 for route in range(3))
        rungs.append(rung(key, spend, purchases, points))
    return Ladder(
        tuple(rungs),
        draw(st.sampled_from(Window)),
        draw(st.sampled_from(Routes)),
        draw(st.sampled_from([1, 3, 12, 13])),
        draw(st.sampled_from([0, 1, 30])),
        draw(st.sampled_from(Fall)),
    )


bought = st.builds(Bought, days, st.sampled_from([0, 0, 10, 25, 40, 100]), st.integers(0, 40))
members = st.lists(st.tuples(days, st.lists(bought, max_size=8)), min_size=1, max_size=6)
ladders_from = st.lists(st.tuples(days, a_ladder()), min_size=1, max_size=3)


@dataclass
class World:
    """The same people in the database and in memory."""

    replays: dict[int, Replay]


def build(db: Session, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]]) -> World:
    with transaction(db) as tx:
        for table in (Message, Status, RungRow, LadderVersion, Correction, Purchase, Person):
            tx.execute(delete(table))
        world = World({})
        for joined_on, purchases in people:
            member_id = put_member(tx, joined_on)
            for one in purchases:
                put_purchase(tx, member_id, one.on, 100, one.net, 40, one.net_points)
            world.replays[member_id] = Replay(joined_on, purchases)
    for starts_on, ladder in versions:
        set_ladder(db, ladder, starts_on, None, NOW)
    return world


def written(db: Session, world: World) -> dict[int, list[tuple[object, ...]]]:
    return {member_id: [term[:4] for term in terms(db, member_id)] for member_id in world.replays}


def replayed(world: World) -> dict[int, list[tuple[object, ...]]]:
    return {member_id: list(replay.terms) for member_id, replay in world.replays.items()}


many = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(people=members, versions=ladders_from, looked_at=st.lists(days, min_size=1, max_size=6))
@pytest.mark.proves("I-11")
def test_looking_at_everybody_is_the_rule_replayed_for_each(
    db: Session, club: Club, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]],
    looked_at: list[date],
) -> None:  # fmt: skip
    world = build(db, people, versions)
    known = known_ladders(db)

    for day in sorted(looked_at):
        found = reassess_all(db, day, NOW)
        places = [replay.place(known, day) for replay in world.replays.values()]
        assert {key: count for key, count in found.by_rung.items() if count} == {
            key: places.count(key) for key in places
        }
        assert written(db, world) == replayed(world)


@many
@given(people=members, versions=ladders_from, late=days, early=days)
def test_a_term_that_begins_later_is_counted_as_it_was_and_left_alone(
    db: Session, club: Club, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]],
    late: date, early: date,
) -> None:  # fmt: skip
    world = build(db, people, versions)
    known = known_ladders(db)
    for day in (late, early):
        found = reassess_all(db, day, NOW)
        places = [replay.place(known, day) for replay in world.replays.values()]
        assert {key: count for key, count in found.by_rung.items() if count} == {
            key: places.count(key) for key in places
        }
    assert written(db, world) == replayed(world)


@many
@given(people=members, versions=ladders_from, first=days, gaps=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_a_night_does_what_looking_at_everybody_would(
    db: Session, club: Club, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]],
    first: date, gaps: list[int],
) -> None:  # fmt: skip
    """A purchase looks at its own member; here all are there before the first day, so only time passes."""
    people = [(joined_on, [one for one in purchases if one.on <= first]) for joined_on, purchases in people]
    world = build(db, people, [(min(starts_on, first), ladder) for starts_on, ladder in versions])
    known = known_ladders(db)
    reassess_all(db, first, NOW)
    for replay in world.replays.values():
        replay.place(known, first)

    for days_later in accumulate(gaps):
        day = first + timedelta(days=days_later)
        night(db, day, NOW)
        for replay in world.replays.values():
            replay.place(known, day)
    assert written(db, world) == replayed(world)


@many
@given(people=members, versions=ladders_from, before=days, new=a_ladder(), gap=st.integers(0, 500))
def test_a_preview_is_what_comes_of_it(
    db: Session, club: Club, people: list[tuple[date, list[Bought]]], versions: list[tuple[date, Ladder]],
    before: date, new: Ladder, gap: int,
) -> None:  # fmt: skip
    world = build(db, people, [(min(before, starts_on), ladder) for starts_on, ladder in versions])
    reassess_all(db, before, NOW)
    day = before + timedelta(days=gap)
    held_before = {member_id: (rows or [("", day)])[-1] for member_id, rows in written(db, world).items()}

    foreseen, moves = preview(db, new, day), preview_rows(db, new, day)
    set_ladder(db, new, day, None, NOW)
    result = reassess_all(db, day, NOW)

    assert foreseen.members == result.members
    assert foreseen.by_rung == {key: count for key, count in result.by_rung.items() if count}
    after = {m: rows[-1] for m, rows in written(db, world).items() if rows and rows[-1] != held_before[m]}
    assert {row.member_id: row.to_key for row in moves} == {m: row[0] for m, row in after.items()}


# --- the same by hand, so that a reader sees what is meant


@pytest.fixture
def ladder(db: Session, club: Club) -> Ladder:
    set_ladder(db, LADDER, date(2025, 1, 1), None, NOW)
    return LADDER


def test_looking_again_on_the_same_day_changes_nothing(db: Session, ladder: Ladder) -> None:
    day = date(2026, 6, 15)
    quiet, busy = add_member(db), add_member(db)
    add_purchase(db, busy, day, 2000_00)

    first, second = reassess_all(db, day, NOW), reassess_all(db, day, NOW)

    by_rung = {"member": 1, "silver": 0, "gold": 1}
    assert (first, second) == (Reassessment(2, 1, 0, by_rung), Reassessment(2, 0, 0, by_rung))
    assert terms(db, quiet) == []
    assert terms(db, busy) == [("gold", day, date(2027, 6, 30), "reached", None)]


def test_whoever_is_no_member_is_not_counted(db: Session, ladder: Ladder) -> None:
    guest = add_member(db)
    with transaction(db) as tx:
        tx.execute(text("UPDATE person SET member_number = NULL, joined_on = NULL WHERE id = :id"), {"id": guest})
    add_purchase(db, guest, date(2026, 6, 1), 2000_00)

    assert reassess_all(db, date(2026, 6, 15), NOW) == Reassessment(0, 0, 0, {"member": 0, "silver": 0, "gold": 0})
    assert terms(db, guest) == []


def test_a_purchase_given_back_whole_counts_neither_as_money_nor_as_a_purchase(db: Session, ladder: Ladder) -> None:
    member = add_member(db)
    for n in range(5):
        add_purchase(db, member, date(2026, 6, 1 + n), 10_00, kept=0 if n == 0 else None)

    assert reassess_all(db, date(2026, 6, 15), NOW).by_rung == {"member": 1, "silver": 0, "gold": 0}


def test_a_club_without_a_ladder_has_everybody_on_one_rung_and_writes_nothing(db: Session, club: Club) -> None:
    member = add_member(db)
    add_purchase(db, member, date(2026, 6, 1), 2000_00)

    assert reassess_all(db, date(2026, 6, 15), NOW) == Reassessment(1, 0, 0, {"member": 1})
    assert terms(db, member) == []


def test_a_new_version_lifts_at_once_and_never_shortens(db: Session, ladder: Ladder) -> None:
    gold, silver = add_member(db), add_member(db)
    add_purchase(db, gold, date(2026, 5, 1), 1500_00)
    add_purchase(db, silver, date(2026, 5, 1), 900_00)
    reassess_all(db, date(2026, 5, 1), NOW)
    stricter = Ladder((rung("member"), rung("silver", 200_00), rung("gold", 800_00), rung("diamond", 9000_00)))
    set_ladder(db, stricter, date(2026, 6, 15), None, NOW)

    assert night(db, date(2026, 6, 15), NOW) == 1
    assert terms(db, gold) == [("gold", date(2026, 5, 1), date(2027, 5, 31), "reached", None)]
    assert terms(db, silver)[-1] == ("gold", date(2026, 6, 15), date(2027, 6, 30), "reached", None)


def test_a_version_set_after_its_start_is_applied_by_the_next_night(db: Session, club: Club) -> None:
    member = add_member(db)
    add_purchase(db, member, date(2026, 6, 1), 900_00)
    set_ladder(db, LADDER, date(2026, 1, 1), None, NOW)

    assert night(db, date(2026, 6, 16), NOW) == 1
    assert night(db, date(2026, 6, 17), NOW) == 0
    assert [term[0] for term in terms(db, member)] == ["silver"]


def test_a_night_twice_or_late_ends_the_same(db: Session, ladder: Ladder) -> None:
    member = add_member(db)
    add_purchase(db, member, date(2025, 6, 1), 1500_00)
    reassess_all(db, date(2025, 6, 1), NOW)

    assert [night(db, date(2026, 7, 30), NOW) for _ in range(2)] == [1, 0]
    assert terms(db, member) == [
        ("gold", date(2025, 6, 1), date(2026, 6, 30), "reached", date(2026, 7, 30)),
        ("silver", date(2026, 7, 30), date(2027, 7, 31), "fell", None),
    ]


def test_the_night_of_a_new_version_writes_to_those_who_rise_and_an_import_to_nobody(
    db: Session, ladder: Ladder
) -> None:
    first, second = add_member(db, email="ana@example.org"), add_member(db, email="eva@example.org")
    add_purchase(db, first, date(2026, 6, 1), 600_00)
    reassess_all(db, date(2026, 6, 1), NOW)
    add_purchase(db, second, date(2026, 6, 14), 600_00)
    set_ladder(db, LADDER, date(2026, 6, 15), None, NOW)

    night(db, date(2026, 6, 15), NOW)

    assert db.execute(select(Message.act, Message.recipient)).all() == [("tier.reached", "eva@example.org")]


@pytest.mark.parametrize("only_due", [False, True])
def test_on_sqlite_the_sums_come_from_the_covering_index_alone(sqlite_databases: Databases, only_due: bool) -> None:
    day, dated = date(2026, 6, 15), DatedLadder(1, LADDER, None, ranks_in(LADDER, []))
    with sqlite_databases.one_more() as url, sessions(make_engine(url))() as db:
        rule = select(decided(dated, day, scope_of(db, day, only_due=only_due)))
        sql = rule.compile(db.get_bind(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[3] for row in db.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
        db.get_bind().engine.dispose()

    assert "purchase USING COVERING INDEX ix_purchase_window" in plan
    assert only_due is ("ix_tier_status_due" in plan)


def test_setting_a_ladder_tells_every_process(db: Session, club: Club) -> None:
    before = db.execute(select(Programme.stamp)).scalar_one()
    set_ladder(db, LADDER, date(2026, 1, 1), None, NOW)

    assert db.execute(select(Programme.stamp)).scalar_one() == before + 1

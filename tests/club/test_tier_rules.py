"""The tier rule in sentences: ladders, windows, climbing, holding, falling."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.errors import BadLadder, UnknownRung
from club.texts import Texts
from club.tiers.rules import (
    FLAT,
    Counted,
    Fall,
    Held,
    How,
    Ladder,
    Routes,
    Rung,
    Term,
    Window,
    decide,
    ranks_in,
)
from club.tiers.written import read, write

MEMBER, SILVER, GOLD, PLATINUM = 0, 1, 2, 3


def rung(key: str, spend: int = 0, purchases: int = 0, qualifying_points: int = 0, by_invitation: bool = False) -> Rung:
    return Rung(key, Texts({"en": key.title()}), spend, purchases, qualifying_points, by_invitation)


RUNGS = (rung("member"), rung("silver", 500_00, 5), rung("gold", 1500_00, 12), rung("platinum", 4000_00, 30))
LADDER = Ladder(RUNGS)
TODAY = date(2026, 6, 15)


# --- ladders


@pytest.mark.parametrize(
    ("rungs", "why"),
    [
        ((), "1 to 20 rungs"),
        (tuple(rung(f"r{n}", n * 100) for n in range(21)), "1 to 20 rungs"),
        ((rung("member"), rung("member", 100)), "stands twice"),
        ((rung("member", 100),), "asks nothing"),
        ((rung("member", by_invitation=True),), "asks nothing"),
        ((rung("member"), rung("gold")), "offers no way up"),
        ((rung("member"), rung("silver", 200), rung("gold", 100)), "asks less spend"),
        ((rung("member"), rung("silver", 200, 5), rung("gold", 300, 4)), "asks less purchases"),
        ((rung("member"), rung("silver", 200), rung("gold", 200)), "no more than"),
        (
            (rung("member"), rung("silver", 200, 5), rung("guest", by_invitation=True), rung("gold", 200)),
            "no more than",
        ),
        ((rung("member"), rung("silver", -1)), "spend: -1"),
        ((rung("member"), rung("silver", 10**12 + 1)), "spend"),
        ((Rung("member", Texts({})),), "needs a name"),
        ((Rung("", Texts({"en": "Member"})),), "a key has"),
        ((Rung("x" * 41, Texts({"en": "Member"})),), "a key has"),
        ((Rung("member", Texts({"en": "Member"}), discount_percent=101),), "discount_percent"),
        ((Rung("member", Texts({"en": "Member"}), multiplier_percent=-1),), "multiplier_percent"),
    ],
)
def test_a_ladder_that_does_not_hold_together_is_refused_with_the_place(rungs: tuple[Rung, ...], why: str) -> None:
    with pytest.raises(BadLadder) as refused:
        Ladder(rungs)
    assert why in refused.value.why


def test_a_rung_may_ask_the_same_on_one_route_and_more_on_another() -> None:
    assert Ladder((rung("member"), rung("silver", 200, 5), rung("gold", 200, 9))).rungs[2].key == "gold"


def test_a_ladder_that_asks_for_an_unknown_rung_says_which() -> None:
    with pytest.raises(UnknownRung, match="diamond"):
        LADDER.rung("diamond")


def test_a_club_without_a_ladder_has_one_rung_for_everybody() -> None:
    assert FLAT.standing(Counted(10**9, 10**6, 10**9)) == 0


# --- a ladder as a file


def test_a_file_takes_the_defaults_for_what_it_leaves_out() -> None:
    ladder = read({"rungs": [{"key": "member", "name": {"en": "Member"}}]})

    assert ladder == Ladder((rung("member"),), Window.LAST_12_MONTHS, Routes.ANY, 12, 30, Fall.ONE_RUNG)


def test_a_ladder_written_and_read_again_is_the_same() -> None:
    ladder = Ladder(
        (rung("member"), rung("gold", 1, 2, 3), rung("circle", by_invitation=True)),
        Window.MEMBERSHIP_YEAR,
        Routes.ALL,
        6,
        0,
        Fall.NEVER,
    )

    assert read(write(ladder)) == ladder


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"window": "decade"}, "window: 'decade' is none of last_12_months"),
        ({"window": None}, "window"),
        ({"routes": "some"}, "routes"),
        ({"fall": True}, "fall"),
        ({"validity_months": True}, "validity_months: True is no whole number"),
        ({"validity_months": 0}, "validity_months"),
        ({"grace_days": -1}, "grace_days"),
        ({"grace_days": float("nan")}, "grace_days"),
        ({"grace_days": float("inf")}, "grace_days"),
        ({"grace_days": 10**30}, "grace_days"),
        ({"colour": "red"}, "'colour' is not known here"),
        ({"rungs": []}, "rungs"),
        ({"rungs": {}}, "rungs"),
        ({"rungs": ["gold"]}, "rung 1 is no object"),
        ({"rungs": [{"key": "member"}]}, "rung 1 (member): name"),
        ({"rungs": [{"key": "member", "name": "Member"}]}, "rung 1 (member): name"),
        ({"rungs": [{"key": "member", "name": {"de": "Mitglied"}}]}, "'de' is none of en, es, ru"),
        ({"rungs": [{"key": "member", "name": {"en": 3}}]}, "rung 1 (member): name"),
        ({"rungs": [{"key": 3, "name": {"en": "Member"}}]}, "rung 1: give it a key"),
        ({"rungs": [{"key": "member", "name": {"en": "M"}, "spend": 3}]}, "'spend' is not known here"),
        ({"rungs": [{"key": "member", "name": {"en": "M"}, "spend_cents": 1.5}]}, "spend_cents: 1.5"),
        ({"rungs": [{"key": "member", "name": {"en": "M"}, "spend_cents": "5"}]}, "spend_cents: '5'"),
        ({"rungs": [{"key": "member", "name": {"en": "M"}, "purchases": False}]}, "purchases: False"),
        ({"rungs": [{"key": "member", "name": {"en": "M"}, "by_invitation": 1}]}, "by_invitation: 1"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_the_place(change: dict[str, object], why: str) -> None:
    with pytest.raises(BadLadder) as refused:
        read({"rungs": [{"key": "member", "name": {"en": "Member"}}]} | change)
    assert why in refused.value.why


# --- windows


@pytest.mark.parametrize(
    ("window", "day", "joined_on", "first"),
    [
        (Window.LAST_12_MONTHS, date(2026, 6, 15), date(2020, 1, 1), date(2025, 6, 16)),
        (Window.LAST_12_MONTHS, date(2024, 2, 29), date(2020, 1, 1), date(2023, 3, 1)),
        (Window.LAST_12_MONTHS, date(2025, 2, 28), date(2020, 1, 1), date(2024, 2, 29)),
        (Window.CALENDAR_YEAR, date(2026, 1, 1), date(2020, 1, 1), date(2026, 1, 1)),
        (Window.CALENDAR_YEAR, date(2026, 12, 31), date(2020, 1, 1), date(2026, 1, 1)),
        (Window.MEMBERSHIP_YEAR, date(2026, 6, 15), date(2020, 6, 15), date(2026, 6, 15)),
        (Window.MEMBERSHIP_YEAR, date(2026, 6, 15), date(2020, 6, 16), date(2025, 6, 16)),
        (Window.MEMBERSHIP_YEAR, date(2027, 2, 28), date(2024, 2, 29), date(2027, 2, 28)),
        (Window.MEMBERSHIP_YEAR, date(2028, 2, 28), date(2024, 2, 29), date(2027, 2, 28)),
        (Window.MEMBERSHIP_YEAR, date(2028, 2, 29), date(2024, 2, 29), date(2028, 2, 29)),
        (Window.MEMBERSHIP_YEAR, date(2026, 6, 15), date(2026, 3, 1), date(2026, 3, 1)),
    ],
)
def test_a_window_begins_on_its_first_day(window: Window, day: date, joined_on: date, first: date) -> None:
    assert Ladder(RUNGS, window).first_counted_day(day, joined_on) == first


# --- standing


@pytest.mark.parametrize(
    ("routes", "counted", "place"),
    [
        (Routes.ANY, Counted(0, 0), MEMBER),
        (Routes.ANY, Counted(499_99, 4), MEMBER),
        (Routes.ANY, Counted(500_00, 0), SILVER),
        (Routes.ANY, Counted(0, 5), SILVER),
        (Routes.ANY, Counted(500_00, 12), GOLD),
        (Routes.ANY, Counted(4000_00, 1), PLATINUM),
        (Routes.ALL, Counted(4000_00, 4), MEMBER),
        (Routes.ALL, Counted(4000_00, 5), SILVER),
        (Routes.ALL, Counted(1500_00, 12), GOLD),
    ],
)
def test_standing_is_the_highest_rung_whose_routes_are_met(routes: Routes, counted: Counted, place: int) -> None:
    assert Ladder(RUNGS, routes=routes).standing(counted) == place


def test_a_route_that_is_not_offered_is_neither_asked_for_nor_enough() -> None:
    by_points = Ladder((rung("member"), rung("gold", qualifying_points=100)), routes=Routes.ALL)

    assert by_points.standing(Counted(10**9, 10**6, 99)) == 0
    assert by_points.standing(Counted(0, 0, 100)) == 1


def test_nobody_climbs_to_a_rung_by_invitation_and_it_does_not_stand_in_the_way() -> None:
    ladder = Ladder((rung("member"), rung("friends", by_invitation=True), rung("gold", 100)))

    assert [ladder.standing(Counted(spend)) for spend in (0, 99, 100)] == [0, 0, 2]


amounts = st.integers(0, 6000_00)
counts = st.integers(0, 40)


@given(amounts, counts, amounts, counts, st.sampled_from(Routes))
@pytest.mark.proves("R13")
def test_more_spend_or_more_purchases_never_lower_a_standing(
    spend: int, purchases: int, more_spend: int, more_purchases: int, routes: Routes
) -> None:
    ladder = Ladder(RUNGS, routes=routes)
    before = ladder.standing(Counted(spend, purchases))

    assert ladder.standing(Counted(spend + more_spend, purchases)) >= before
    assert ladder.standing(Counted(spend, purchases + more_purchases)) >= before


# --- what becomes of a rung that is held

UNTIL = date(2026, 6, 15)


def held(place: int, until: date | None = UNTIL) -> Held:
    return Held(2 * place, until)


def test_somebody_new_stays_on_the_first_rung() -> None:
    assert decide(LADDER, MEMBER, Held(), TODAY) is None


def test_up_is_at_once_for_the_validity_to_the_end_of_the_month() -> None:
    assert decide(LADDER, GOLD, Held(), TODAY) == Term(GOLD, How.REACHED, date(2027, 6, 30))
    assert decide(LADDER, PLATINUM, held(GOLD, date(2026, 12, 31)), TODAY) == Term(
        PLATINUM, How.REACHED, date(2027, 6, 30)
    )


def test_a_term_reached_on_a_leap_day_ends_with_february() -> None:
    assert decide(LADDER, GOLD, Held(), date(2028, 2, 29)) == Term(GOLD, How.REACHED, date(2029, 2, 28))
    assert decide(Ladder(RUNGS, validity_months=48), GOLD, Held(), date(2024, 2, 29)) == Term(
        GOLD, How.REACHED, date(2028, 2, 29)
    )


@pytest.mark.parametrize("standing", [MEMBER, SILVER, GOLD])
def test_a_rung_is_held_to_its_end_whatever_is_bought(standing: int) -> None:
    assert decide(LADDER, standing, held(GOLD, date(2026, 6, 16)), TODAY) is None


def test_on_the_last_day_a_rung_that_is_met_is_renewed() -> None:
    assert decide(LADDER, GOLD, held(GOLD), TODAY) == Term(GOLD, How.RENEWED, date(2027, 6, 30))


def test_a_rung_that_is_not_met_waits_out_the_grace_and_may_still_be_renewed() -> None:
    assert decide(LADDER, SILVER, held(GOLD), date(2026, 7, 14)) is None
    assert decide(LADDER, GOLD, held(GOLD), date(2026, 7, 14)) == Term(GOLD, How.RENEWED, date(2027, 7, 31))


@pytest.mark.parametrize(
    ("fall", "term"),
    [
        (Fall.ONE_RUNG, Term(GOLD, How.FELL, date(2027, 7, 31))),
        (Fall.STANDING, Term(SILVER, How.FELL, date(2027, 7, 31))),
        (Fall.NEVER, Term(PLATINUM, How.RENEWED, date(2027, 7, 31))),
    ],
)
def test_after_the_grace_comes_the_fall_for_a_full_term(fall: Fall, term: Term) -> None:
    assert decide(Ladder(RUNGS, fall=fall), SILVER, held(PLATINUM), date(2026, 7, 15)) == term


def test_without_grace_the_fall_comes_on_the_last_day() -> None:
    assert decide(Ladder(RUNGS, grace_days=0), MEMBER, held(GOLD), TODAY) == Term(SILVER, How.FELL, date(2027, 6, 30))


def test_who_falls_to_the_first_rung_is_there_without_end() -> None:
    assert decide(LADDER, MEMBER, held(SILVER), date(2026, 7, 15)) == Term(MEMBER, How.FELL, None)


def test_a_fall_of_one_rung_passes_rungs_by_invitation_by() -> None:
    ladder = Ladder((rung("member"), rung("silver", 100), rung("friends", by_invitation=True), rung("gold", 200)))

    assert decide(ladder, 0, Held(6, UNTIL), date(2026, 7, 15)) == Term(1, How.FELL, date(2027, 7, 31))


def test_a_rung_by_invitation_falls_like_any_other_at_its_end() -> None:
    ladder = Ladder((rung("member"), rung("silver", 100), rung("friends", by_invitation=True)))

    assert decide(ladder, 1, Held(4, UNTIL), TODAY) is None
    assert decide(ladder, 0, Held(4, UNTIL), date(2026, 7, 15)) == Term(1, How.FELL, date(2027, 7, 31))


# --- rungs that come and go


def test_a_rung_that_is_gone_lies_above_its_nearest_neighbour_below() -> None:
    smaller = Ladder((rung("member"), rung("platinum", 100)))

    assert ranks_in(smaller, [LADDER]) == {"member": 0, "silver": 1, "gold": 1, "platinum": 2}


def test_ranks_follow_the_last_ladder_that_had_the_rung() -> None:
    turned = Ladder((rung("member"), rung("gold", 100), rung("silver", 200)))
    now = Ladder((rung("member"), rung("gold", 100)))

    assert ranks_in(now, [LADDER, turned])["silver"] == 3


def test_whoever_holds_a_rung_that_is_gone_keeps_it_to_its_end_then_falls_without_grace() -> None:
    smaller = Ladder((rung("member"), rung("silver", 500_00)))
    gold = Held(3, UNTIL)

    assert decide(smaller, 1, gold, date(2026, 6, 14)) is None
    assert decide(smaller, 0, gold, UNTIL) == Term(1, How.FELL, date(2027, 6, 30))
    assert decide(Ladder(smaller.rungs, fall=Fall.NEVER), 0, gold, UNTIL) == Term(1, How.FELL, date(2027, 6, 30))
    assert decide(Ladder(smaller.rungs, fall=Fall.STANDING), 0, gold, UNTIL) == Term(0, How.FELL, None)


def test_whoever_holds_a_rung_that_is_gone_still_rises_at_once() -> None:
    ladder = Ladder((rung("member"), rung("platinum", 4000_00)))

    assert decide(ladder, 1, Held(1, date(2027, 6, 30)), TODAY) == Term(1, How.REACHED, date(2027, 6, 30))

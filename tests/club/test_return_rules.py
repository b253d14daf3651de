"""What may go back until when, and that whatever comes back in whatever parts sums to exactly what was paid."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from club.errors import (
    MoreUnitsThanBought,
    NotFound,
    NothingComesBack,
    NotSentYet,
    Refusal,
    ReturnMovedOn,
    ReturnPeriodOver,
)
from club.money import spread
from club.purchases.rules import BoughtLine
from club.returns.rules import (
    MOVES,
    AskedBy,
    Back,
    Line,
    State,
    check_day,
    check_pieces,
    delivery_to_give_back,
    goes_back,
    last_day,
    require_move,
)

DELIVERED = date(2026, 6, 1)
THREE = Line(
    id=7, number=1, quantity=3, sent=2, returned=0, asked=0, paid=1000, tax=174, points=50, points_value=50
)  # fmt: skip


def test_the_first_pieces_carry_what_cannot_be_shared() -> None:
    first = goes_back([THREE], {7: 1}, delivery=0)
    assert first.lines == (Back(line_id=7, number=1, quantity=1, money=334, tax=58, points=17, points_value=17),)
    rest = goes_back([replace(THREE, returned=1)], {7: 2}, delivery=490)
    assert (rest.money, rest.lines[0].money, rest.points) == (666 + 490, 666, 33)


@some.composite
def _lines_and_parts(draw: Any) -> tuple[list[Line], list[dict[int, int]]]:
    """A few lines, and all of their pieces coming back in some order and in some parts."""
    lines = []
    pieces = []
    for number in range(1, draw(some.integers(1, 4)) + 1):
        quantity = draw(some.integers(1, 7))
        paid = draw(some.integers(0, 100_000))
        lines.append(
            Line(
                id=number, number=number, quantity=quantity, sent=quantity, returned=0, asked=0, paid=paid,
                tax=draw(some.integers(0, paid)), points=draw(some.integers(0, 5000)),
                points_value=draw(some.integers(0, 5000)),
            )
        )  # fmt: skip
        pieces += [number] * quantity
    shuffled = draw(some.permutations(pieces))
    cuts = sorted(draw(some.sets(some.integers(1, len(shuffled)), max_size=5)) | {0, len(shuffled)})
    parts = [shuffled[start:end] for start, end in pairwise(cuts)]
    return lines, [{number: part.count(number) for number in set(part)} for part in parts]


@pytest.mark.proves("F-26")
@pytest.mark.proves("F-10")
@given(_lines_and_parts())
def test_parts_in_any_order_sum_to_exactly_what_was_paid(made: tuple[list[Line], list[dict[int, int]]]) -> None:
    lines, parts = made
    left = {line.id: line for line in lines}
    sums = dict.fromkeys(("money", "tax", "points", "points_value"), 0)
    for part in parts:
        back = goes_back(list(left.values()), part, delivery=0)
        for one in back.lines:
            sums = {name: value + getattr(one, name) for name, value in sums.items()}
            assert 0 <= one.tax <= one.money
            left[one.line_id] = replace(left[one.line_id], returned=left[one.line_id].returned + one.quantity)
    whole = {"money": "paid", "tax": "tax", "points": "points", "points_value": "points_value"}
    assert sums == {name: sum(getattr(line, column) for line in lines) for name, column in whole.items()}


@pytest.mark.proves("F-26")
@settings(max_examples=40)
@given(_lines_and_parts(), some.integers(0, 100))
def test_what_went_back_without_goods_does_not_go_back_with_them(
    made: tuple[list[Line], list[dict[int, int]]], percent: int
) -> None:
    lines, parts = made
    paid = [line.paid for line in lines]
    before = sum(paid) * percent // 100
    money = {line.id: line.paid - part for line, part in zip(lines, spread(before, paid), strict=True)}
    now, gone = {line.id: line for line in lines}, before
    for part in parts:
        for one in goes_back(list(now.values()), part, 0, money).lines:
            assert 0 <= one.tax <= one.money
            gone += one.money
            money[one.line_id] -= one.money
            now[one.line_id] = replace(now[one.line_id], returned=now[one.line_id].returned + one.quantity)
    assert gone == sum(paid)


@given(some.integers(0, 100_000), some.integers(1, 9), some.data())
def test_a_purchase_gives_the_same_share_of_the_same_pieces(paid: int, quantity: int, data: Any) -> None:
    returned = data.draw(some.integers(0, quantity - 1))
    count = data.draw(some.integers(1, quantity - returned))
    line = replace(THREE, quantity=quantity, sent=quantity, returned=returned, paid=paid, tax=0)
    bought = BoughtLine(
        id=1, position=1, category="", description="", quantity=quantity, amount=paid, points=0, qualifying_points=0,
        returned_quantity=returned,
    )  # fmt: skip
    assert goes_back([line], {7: count}, delivery=0).money == bought.units(paid, returned, count)


@pytest.mark.parametrize(
    ("asked_by", "delivered_on", "last"),
    [
        (AskedBy.BUYER, DELIVERED, date(2026, 7, 1)),
        (AskedBy.WITHDRAWAL, DELIVERED, date(2026, 6, 15)),
        (AskedBy.WITHDRAWAL, None, None),
        (AskedBy.BUYER, None, None),
    ],
)
def test_the_last_day_counts_from_the_day_after_delivery(
    asked_by: AskedBy, delivered_on: date | None, last: date | None
) -> None:
    assert last_day(asked_by, delivered_on, return_days=30) == last
    check_day(asked_by, delivered_on, 30, last or date(2030, 1, 1))


def test_a_day_later_only_staff_take_something_back() -> None:
    with pytest.raises(ReturnPeriodOver) as refused:
        check_day(AskedBy.BUYER, DELIVERED, 14, date(2026, 6, 16))
    assert refused.value.last_day == date(2026, 6, 15)
    check_day(AskedBy.STAFF, DELIVERED, 14, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("asked_by", "line", "pieces", "refusal"),
    [
        (AskedBy.BUYER, THREE, {}, NothingComesBack),
        (AskedBy.BUYER, THREE, {7: 0}, NothingComesBack),
        (AskedBy.BUYER, THREE, {8: 1}, NotFound),
        (AskedBy.BUYER, THREE, {7: 3}, NotSentYet),
        (AskedBy.BUYER, replace(THREE, sent=3, returned=1, asked=1), {7: 2}, MoreUnitsThanBought),
        (AskedBy.WITHDRAWAL, THREE, {7: 4}, MoreUnitsThanBought),
        (AskedBy.STAFF, replace(THREE, returned=3), {7: 1}, MoreUnitsThanBought),
        (AskedBy.BUYER, THREE, {7: 2}, None),
        (AskedBy.WITHDRAWAL, THREE, {7: 3}, None),
    ],
)
def test_what_can_be_asked_for(
    asked_by: AskedBy, line: Line, pieces: dict[int, int], refusal: type[Refusal] | None
) -> None:
    if refusal is None:
        check_pieces(asked_by, [line], pieces)
        return
    with pytest.raises(refusal):
        check_pieces(asked_by, [line], pieces)


def test_delivery_goes_back_to_who_withdraws_from_everything_or_when_staff_say_so() -> None:
    def given_back(asked_by: AskedBy, pieces: int, *, staff_say_so: bool = False, left: int = 490) -> int:
        return delivery_to_give_back(asked_by, [THREE], {7: pieces}, left, staff_say_so=staff_say_so)

    assert given_back(AskedBy.WITHDRAWAL, 3) == 490
    assert given_back(AskedBy.WITHDRAWAL, 2) == 0
    assert given_back(AskedBy.BUYER, 3) == 0
    assert given_back(AskedBy.BUYER, 1, staff_say_so=True) == 490
    assert given_back(AskedBy.WITHDRAWAL, 3, left=0) == 0


def test_no_state_is_left_twice() -> None:
    ends = {State.REFUSED, State.REFUNDED, State.CLOSED}
    assert {state for state, after in MOVES.items() if not after} == ends
    require_move(State.ASKED, State.APPROVED)
    for before, after in ((State.REFUNDED, State.REFUNDED), (State.ASKED, State.REFUNDED), (State.CLOSED, State.ASKED)):
        with pytest.raises(ReturnMovedOn):
            require_move(before, after)

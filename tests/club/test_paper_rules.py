"""What papers say, as values: tax by rate, what goes back, numbers."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.carts.rules import tax_inside
from club.errors import BadSetting, CreditTooHigh
from club.papers.rules import (
    DELIVERY,
    Content,
    Kind,
    Line,
    Mode,
    Part,
    Party,
    Payment,
    Seller,
    TaxRow,
    credited,
    lines_in,
    number_of,
    spread_over,
    tax_table,
)

RATES = (0, 400, 1000, 2100)


def line(line_id: int, paid: int, rate: int = 2100, quantity: int = 1) -> Line:
    return Line(
        line_id=line_id, sku=f"A-{line_id}", name="Wine", quantity=quantity, unit_price=paid, amount=paid, paid=paid,
        tax=tax_inside(paid, rate), tax_rate=rate,
    )  # fmt: skip


def invoice(*lines: Line) -> Content:
    party = Party(name="Ana", country="ES")
    return Content(
        kind=Kind.INVOICE, number="F2026-00001", issued_on=date(2026, 6, 15), language="es", currency="EUR",
        order_number="A1", ordered_on=date(2026, 6, 15), seller=party, buyer=party, lines=lines,
        payment=Payment(by="card", code="48"),
    )  # fmt: skip


some_lines = st.lists(
    st.tuples(st.integers(0, 10**7), st.sampled_from(RATES), st.integers(1, 9)), min_size=1, max_size=8
).map(lambda rows: tuple(line(i, paid, rate, quantity) for i, (paid, rate, quantity) in enumerate(rows)))


@pytest.mark.proves("F-26")
@given(some_lines)
def test_the_tax_table_comes_to_the_tax_of_the_lines(lines: tuple[Line, ...]) -> None:
    table = tax_table(lines)
    assert sum(row.tax for row in table) == sum(one.tax for one in lines)
    assert sum(row.gross for row in table) == sum(one.paid for one in lines) == invoice(*lines).total
    assert [row.rate for row in table] == sorted({one.tax_rate for one in lines}, reverse=True)


@pytest.mark.proves("F-26")
@given(some_lines, st.data())
def test_what_goes_back_in_parts_comes_to_what_was_invoiced(lines: tuple[Line, ...], data: st.DataObject) -> None:
    """Some pieces and some money at a time, then all that is left: money, tax and pieces of every line, exactly."""
    before: list[Line] = []
    for _ in range(data.draw(st.integers(0, 3))):
        parts = []
        for one in lines:
            same = [part for part in before if part.line_id == one.line_id]
            money = one.paid - sum(part.paid for part in same)
            pieces = one.quantity - sum(part.quantity for part in same)
            parts.append(Part(one.line_id, data.draw(st.integers(0, pieces)), data.draw(st.integers(0, money))))
        before += credited(lines, before, parts)
    before += credited(lines, before)
    for one in lines:
        same = [part for part in before if part.line_id == one.line_id]
        assert all(0 <= part.tax <= part.paid for part in same)
        assert (sum(p.quantity for p in same), sum(p.paid for p in same), sum(p.tax for p in same)) == (
            one.quantity,
            one.paid,
            one.tax,
        )
    assert credited(lines, before) == ()


def test_more_than_is_left_never_goes_back() -> None:
    lines = (line(1, 1000, quantity=2), line(DELIVERY, 500))
    before = credited(lines, (), [Part(1, 1, 600)])
    for parts in ([Part(1, 1, 401)], [Part(1, 2, 0)], [Part(7, 1, 1)]):
        with pytest.raises(CreditTooHigh):
            credited(lines, before, parts)
    with pytest.raises(CreditTooHigh):
        spread_over(lines, before, 901)
    assert spread_over(lines, before, 90) == (Part(1, 0, 40), Part(DELIVERY, 0, 50))


def test_tax_is_listed_by_rate_with_its_category() -> None:
    assert tax_table((line(1, 1210), line(2, 2420), line(3, 500, 0))) == (
        TaxRow("S", 2100, 3000, 630),
        TaxRow("Z", 0, 500, 0),
    )


def test_content_comes_back_from_json_as_it_was() -> None:
    paper = invoice(line(1, 1210), line(2, 500, 0))
    data = json.loads(json.dumps(paper.as_data()))
    assert lines_in(data) == paper.lines
    assert (data["net"], data["tax"], data["total"], data["issued_on"]) == (1500, 210, 1710, "2026-06-15")
    assert [row["gross"] for row in data["taxes"]] == [1210, 500]


def test_numbers_carry_prefix_and_year() -> None:
    seller = Seller(legal_name="Casa Alba", country="ES", invoice_prefix="A")
    assert number_of(seller.series_of(Kind.INVOICE, 2026), 7) == "A2026-00007"
    assert number_of(seller.series_of(Kind.REFUND_RECEIPT, 2027), 123_456) == "RC2027-123456"


@pytest.mark.parametrize(
    "values",
    [
        {"invoice_prefix": "F/"},
        {"invoice_prefix": ""},
        {"invoice_prefix": "R"},
        {"legal_name": ""},
        {"mode": Mode.INVOICES},
    ],
)
def test_a_seller_that_cannot_be_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        Seller(**({"legal_name": "Casa Alba", "country": "ES"} | values))  # type: ignore[arg-type]  # of any kind

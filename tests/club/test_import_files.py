"""Reading tables: letters, delimiters, days, amounts, and what a spreadsheet would run."""

from datetime import date
from pathlib import Path

import pytest

from club.errors import BadFile
from club.intake.cells import AmountReader, BadCell, day_in, decimal_mark
from club.intake.complaints import Complaint, Complaints
from club.intake.letters import letters_of
from club.intake.safety import safe_cell
from club.intake.table import Columns, open_table

COLUMNS = Columns(("member", "date"), ("note",))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("member,date\nИван Петров,2026-01-01\n", "utf-8", "UTF-8"),
        ("member,date\nИван Петров,2026-01-01\n", "utf-8-sig", "UTF-8"),
        ("member,date\nИван Петров,2026-01-01\nСемён Ёлкин,2026-01-01\n", "cp1251", "Windows-1251"),
        ("member,date\nJosé Núñez,2026-01-01\nIñaki Muñoz,2026-01-01\n", "cp1252", "Windows-1252"),
        ("member,date\nplain,2026-01-01\n", "ascii", "UTF-8"),
    ],
)
def test_letters_are_found_and_named(file: Path, text: str, codec: str, name: str) -> None:
    file.write_bytes(text.encode(codec))
    assert letters_of(file).name == name
    with open_table(file, COLUMNS).records() as records:
        assert [record.cells[0] for record in records] == [line.split(",")[0] for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"member,date\nA\0B,2026-01-01\n", "NUL"),
        (b"PK\x03\x04 whatever", "Excel"),
        ("member,date\n".encode("utf-16"), "UTF-16"),
        (b"name,day\nA,B\n", "missing: member, date"),
        (b"member,date,date\nA,B,C\n", "twice"),
        (b'member,date\n"A,2026-01-01\nB,2026-01-01\n', "quotation mark"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(BadFile) as refused, open_table(file, COLUMNS).records() as records:
        list(records)
    assert words in refused.value.plain()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_found_by_name_in_any_order(file: Path, delimiter: str) -> None:
    rows = [["Shop", " DATE ", "Member"], ["x", "2026-01-01", "A"], ["", "", ""], ["x", "2026-01-02", "B"]]
    file.write_text("\n".join(delimiter.join(row) for row in rows), encoding="utf-8")
    table = open_table(file, COLUMNS)
    assert table.unknown == ("shop",)
    with table.records() as records:
        assert list(records) == [(2, ("A", "2026-01-01", ""), 0), (4, ("B", "2026-01-02", ""), 0)]


@pytest.mark.parametrize("text", ["2026-03-04", "20260304", "04.03.2026", "4.3.2026", "04/03/2026"])
def test_days_are_read_with_the_day_before_the_month(text: str) -> None:
    assert day_in(text) == date(2026, 3, 4)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "31/31/2026", "04.03/2026", "04.03.26", "٢٠٢٦-٠٣-٠٤", "2026-3-4", "now"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        day_in(text)


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [
        ("1234.50", ".", 123450),
        ("1,234.50", ".", 123450),
        ("1.234,50", ",", 123450),
        ("1 234,50", ",", 123450),
        ("1\u202f234,5", ",", 123450),
        ("1'234.5", ".", 123450),
        ("1,234,567", ".", 123456700),
        ("1.234", ",", 123400),
        ("0", None, 0),
        ("17", None, 1700),
    ],
)
def test_amounts_are_exact(text: str, mark: str | None, minor: int) -> None:
    assert AmountReader(2, mark).minor(text) == minor


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("-1.00", "."), ("−1.00", "."), ("(1.00)", "."), ("1.00-", "."), ("1.234", "."), ("1,23", "."), ("1.5", ","),
        ("12,34,567", "."), ("1e3", "."), ("Infinity", "."), ("NaN", "."), ("١٢", "."), ("１２", "."), ("", "."),
        ("1.234", None), ("1,5", None), ("9" * 40, "."), ("10000000000.01", "."), ("€5", "."), ("=1+1", "."),
    ],
)  # fmt: skip
def test_amounts_that_are_none_are_refused(text: str, mark: str | None) -> None:
    with pytest.raises(BadCell):
        AmountReader(2, mark).minor(text)


def test_a_currency_without_cents_takes_no_decimals() -> None:
    assert AmountReader(0, ".").minor("1,234") == 1234
    assert AmountReader(3, ".").minor("1.234") == 1234
    with pytest.raises(BadCell):
        AmountReader(0, ".").minor("12.50")


@pytest.mark.parametrize(
    ("amounts", "mark"),
    [
        (["1.234", "5", "12.50"], "."),
        (["1.234", "12,5"], ","),
        (["1.234.567"], ","),
        (["1.234,00"], ","),
        (["0.234"], "."),
        (["1234.567"], "."),
        (["1.234", "17"], None),
        (["total", "-"], None),
    ],
)
def test_the_first_amount_that_can_be_read_in_one_way_decides(amounts: list[str], mark: str | None) -> None:
    assert decimal_mark(amounts) == mark


PREFIXES = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", ' "=']


@pytest.mark.proves("F-46")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_f46_nothing_in_the_error_file_is_a_formula(tmp_path: Path, prefix: str) -> None:
    complaints = Complaints()
    complaints.add(Complaint(2, "member", prefix + "HYPERLINK(1)", "correct it"))
    complaints.write(tmp_path / "errors.csv")
    complaints.close()
    written = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig")
    assert "'" + prefix.lstrip()[:1] in written or "'" + prefix in written.replace('""', '"')


def test_numbers_stay_numbers_in_a_spreadsheet() -> None:
    assert [safe_cell(text) for text in ("-5.00", "+34600000000", "1,5")] == ["-5.00", "+34600000000", "1,5"]


def test_complaints_are_told_in_the_order_of_the_file() -> None:
    complaints = Complaints()
    for row in (5, 2, 5, 3):
        complaints.add(Complaint(row, "date", "x", "y"))
    assert [complaint.row for complaint in complaints] == [2, 3, 5, 5]
    assert complaints.rows == 3
    complaints.close()

"""A table in a text file: columns by name, in any order, with comma, semicolon or tab between them."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, Self

from club.errors import BadFile
from club.intake.letters import Letters, letters_of

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LONGEST_HEADER = 20_000


@dataclass(frozen=True)
class Columns:
    """The columns that a kind of file has."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Required ones first."""
        return self.required + self.optional


class Record(NamedTuple):
    """One row: its number as a spreadsheet shows it (the header is row 1) and its cells in the order of `Columns`."""

    number: int
    cells: tuple[str, ...]
    surplus: int
    """How many filled cells stand beyond the last column."""


@dataclass(frozen=True)
class Table:
    """A file that can be read as a table."""

    path: Path
    letters: Letters
    delimiter: str
    columns: Columns
    places: tuple[int | None, ...]
    """Where in the file each column of `columns` stands."""
    width: int
    unknown: tuple[str, ...]
    """Columns of the file that mean nothing here; they are not read."""

    @property
    def described(self) -> str:
        """For people: how the file was read."""
        return f"{self.letters.name}, {DELIMITERS[self.delimiter]} between the columns"

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return self.places[self.columns.all.index(column)] is not None

    def records(self) -> "Records":
        """Open the file for reading row by row."""
        return Records(self)


class Records:
    """The rows of a table, read as they are asked for; use it as a context."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._bytes = table.path.open("rb")
        self._text = TextIOWrapper(self._bytes, encoding=table.letters.codec, newline="")
        self.size = table.path.stat().st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._text.close()

    @property
    def bytes_read(self) -> int:
        """How far into the file reading has come."""
        return self._bytes.tell()

    def __iter__(self) -> Iterator[Record]:
        """Every row that is not blank. Raises `BadFile` where the file is no table any more."""
        reader = csv.reader(self._text, delimiter=self._table.delimiter, strict=True)
        pick = itemgetter(*(-1 if place is None else place for place in self._table.places))  # -1: see below
        width = self._table.width
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                if number == 1 or not any(row):
                    continue
                cells = [*map(str.strip, row), ""]  # the last one stands for columns that the file does not have
                surplus = len(row) - width
                if surplus < 0:
                    cells += [""] * -surplus
                beyond = sum(1 for cell in cells[width:] if cell) if surplus > 0 else 0
                yield Record(number, pick(cells), beyond)
        except csv.Error as broken:
            raise BadFile(f"row {number + 1} cannot be read: {_in_words(broken)}") from broken


def open_table(path: Path, columns: Columns, encoding: str | None = None) -> Table:
    """Find out how a file is written and where its columns stand; raises `BadFile` in words."""
    letters = letters_of(path, encoding)
    with path.open(encoding=letters.codec, newline="") as file:
        start = file.read(LONGEST_HEADER)
    delimiter, names = _header(start, columns)
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise BadFile(f"it has the column {doubled[0]} twice")
    missing = [name for name in columns.required if name not in names]
    if missing:
        raise BadFile(
            f"its first row must name the columns; missing: {', '.join(missing)} (found: {', '.join(names)[:200]})"
        )
    return Table(
        path=path,
        letters=letters,
        delimiter=delimiter,
        columns=columns,
        places=tuple(names.index(name) if name in names else None for name in columns.all),
        width=len(names),
        unknown=tuple(name for name in names if name and name not in columns.all),
    )


def _header(start: str, columns: Columns) -> tuple[str, list[str]]:
    """The delimiter under which the first row names the most columns, and the names."""
    readings = {delimiter: _first_row(start, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: len(set(readings[delimiter]) & set(columns.all)))
    return best, readings[best]


def _first_row(start: str, delimiter: str) -> list[str]:
    try:
        cells: Sequence[str] = next(csv.reader(start.splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error as broken:
        raise BadFile(f"row 1 cannot be read: {_in_words(broken)}") from broken
    return [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in cells]


def _in_words(broken: csv.Error) -> str:
    said = str(broken)
    if "unexpected end" in said or "field larger" in said:
        return "a quotation mark is opened and never closed"
    return said

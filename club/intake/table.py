"""A table in a text file: columns by name, in any order, with comma, semicolon or tab between them."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, Self

from club.errors import BadFile
from club.intake.letters import Letters, letters_of

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LONGEST_HEADER = 20_000
LONGEST_LINE = 1_000_000
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Columns:
    """The columns that a kind of file has."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Required ones first."""
        return self.required + self.optional


@dataclass(frozen=True)
class Chosen:
    """How somebody said that a file is to be read: where each column stands, in a file of so many."""

    delimiter: str
    places: Mapping[str, int]
    width: int


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

    @contextmanager
    def raw_rows(self) -> Iterator[Iterator[list[str]]]:
        """The rows below the first one, as they stand in the file."""
        with Records(self) as records:
            yield (row for number, row in records.numbered() if number > 1 and any(row))


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
        pick = itemgetter(*(-1 if place is None else place for place in self._table.places))  # -1: see below
        width = self._table.width
        for number, row in self.numbered():
            if number == 1 or not any(row):
                continue
            cells = [*map(str.strip, row), ""]  # the last one stands for columns that the file does not have
            surplus = len(row) - width
            if surplus < 0:
                cells += [""] * -surplus
            beyond = sum(1 for cell in cells[width:] if cell) if surplus > 0 else 0
            yield Record(number, pick(cells), beyond)

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Every row with its number, the first one included."""
        reader = csv.reader(_lines(self._text), delimiter=self._table.delimiter, strict=True)
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                yield number, row
        except csv.Error as broken:
            raise BadFile(f"row {number + 1} cannot be read: {_in_words(broken)}") from broken


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Line by line, none so long that it could fill the memory."""
    for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), start=1):
        if len(line) == LONGEST_LINE:
            raise BadFile(f"line {number} is longer than a million letters; save it as CSV in UTF-8")
        yield line


def open_table(path: Path, columns: Columns, encoding: str | None = None, chosen: Chosen | None = None) -> Table:
    """Find out how a file is written and where its columns stand; raises `BadFile` in words.

    `chosen` says where they stand; otherwise they are found by their own names.
    """
    if chosen is not None:
        return open_chosen(path, columns, chosen, encoding)
    letters = letters_of(path, encoding)
    delimiter, names = _header(read_start(path, letters), columns)
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


def open_chosen(path: Path, columns: Columns, chosen: Chosen, encoding: str | None = None) -> Table:
    """A file whose columns somebody told us; raises `BadFile` where it is another file than the one that they saw."""
    letters = letters_of(path, encoding)
    heads = first_row(read_start(path, letters), chosen.delimiter)
    if len(heads) != chosen.width:
        raise BadFile("its columns are not those that were matched")
    known = set(chosen.places.values())
    return Table(
        path=path,
        letters=letters,
        delimiter=chosen.delimiter,
        columns=columns,
        places=tuple(chosen.places.get(name) for name in columns.all),
        width=len(heads),
        unknown=tuple(head for place, head in enumerate(heads) if head and place not in known),
    )


def read_start(path: Path, letters: Letters) -> str:
    """So much of a file that its first row is in it."""
    with path.open(encoding=letters.codec, newline="") as file:
        return file.read(LONGEST_HEADER)


def first_row(start: str, delimiter: str) -> list[str]:
    """The heads of a file, as they are written. Raises `BadFile`."""
    try:
        cells: Sequence[str] = next(csv.reader(start.splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error as broken:
        raise BadFile(f"row 1 cannot be read: {_in_words(broken)}") from broken
    if len(cells) > MOST_COLUMNS:
        raise BadFile(f"it has more than {MOST_COLUMNS} columns")
    return [cell.strip() for cell in cells]


def _header(start: str, columns: Columns) -> tuple[str, list[str]]:
    """The delimiter under which the first row names the most columns, and the names."""
    readings = {delimiter: _names(first_row(start, delimiter)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: len(set(readings[delimiter]) & set(columns.all)))
    return best, readings[best]


def _names(heads: Iterable[str]) -> list[str]:
    return [head.lower().replace(" ", "_").replace("-", "_") for head in heads]


def _in_words(broken: csv.Error) -> str:
    said = str(broken)
    if "unexpected end" in said or "field larger" in said:
        return "a quotation mark is opened and never closed"
    return said

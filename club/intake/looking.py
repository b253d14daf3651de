"""A first look at a file: how it is written, what its columns are called, and its first rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from club.errors import BadFile
from club.intake.letters import letters_of
from club.intake.synonyms import guess
from club.intake.table import Chosen, Columns, first_row, open_chosen, read_start

ROWS_SHOWN = 5
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Look:
    """What a person needs to say which column is which."""

    letters: str
    delimiter: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guessed: Mapping[str, int]


def look_at(path: Path, columns: Columns) -> Look:
    """Look at a file that nobody described; raises `BadFile` in words."""
    letters = letters_of(path)
    start = read_start(path, letters)
    readings = {delimiter: first_row(start, delimiter) for delimiter in (",", ";", "\t")}
    delimiter = max(readings, key=lambda one: (len(guess(columns.all, readings[one])), len(readings[one])))
    heads = tuple(readings[delimiter])
    table = open_chosen(path, columns, Chosen(delimiter, {}, len(heads)))
    with table.raw_rows() as rows:
        first = tuple(tuple(cell[:LONGEST_SHOWN] for cell in row) for row in islice(rows, ROWS_SHOWN))
    if not first:
        raise BadFile("it has no rows below its first one")
    return Look(letters.name, delimiter, heads, first, guess(columns.all, heads))

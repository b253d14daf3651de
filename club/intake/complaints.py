"""What is wrong with which rows, kept outside memory and told in the order of the file."""

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from club.intake.safety import safe_cell

LONGEST_VALUE = 200


class Complaint(NamedTuple):
    """One cell that cannot be used, and what to do."""

    row: int
    column: str
    value: str
    what_to_do: str


class Complaints:
    """Complaints of one import. They live in a temporary file, so a file full of mistakes needs no memory."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("", isolation_level=None)
        self._store.execute("CREATE TABLE complaint (row INTEGER, column_name TEXT, value TEXT, what TEXT)")
        self._store.execute("BEGIN")

    def close(self) -> None:
        """Give the temporary file back."""
        self._store.close()

    def add(self, complaint: Complaint) -> None:
        """Keep one."""
        self._store.execute(
            "INSERT INTO complaint VALUES (?, ?, ?, ?)", complaint._replace(value=complaint.value[:LONGEST_VALUE])
        )

    def add_all(self, complaints: Iterable[Complaint]) -> None:
        """Keep several."""
        for complaint in complaints:
            self.add(complaint)

    def __iter__(self) -> Iterator[Complaint]:
        """All, by row."""
        for row in self._store.execute("SELECT * FROM complaint ORDER BY row, rowid"):
            yield Complaint(*row)

    @property
    def rows(self) -> int:
        """How many rows have at least one."""
        return int(self._store.execute("SELECT count(DISTINCT row) FROM complaint").fetchone()[0])

    def write(self, path: Path) -> None:
        """A table that a spreadsheet opens; no cell of it is taken for a formula."""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "column", "value", "what to do"])
            for complaint in self:
                writer.writerow([complaint.row, complaint.column, safe_cell(complaint.value), complaint.what_to_do])

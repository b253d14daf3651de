"""Files to take away: a template of each kind, and the rows of a file that cannot be used."""

import json
from collections.abc import Iterator
from pathlib import Path

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.imports.words import folder
from club.imports.models import complaints_of, the_run
from club.imports.options import COLUMNS
from club.imports.rules import Kind
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.import_words import column_name, in_words
from web.spreadsheet import csv_file

EXAMPLES: dict[Kind, tuple[str, ...]] = {
    Kind.MEMBERS: (
        "Ana García", "ana@example.org", "+34912345678", "es", "1980-03-27", "", "C-1001", "", "2024-05-01", "", "",
        "yes", "shop form", "2024-05-01",
    ),
    Kind.PURCHASES: ("ana@example.org", "2026-03-31", "12.50", "R-1001", "till", "wine", "1", ""),
    Kind.LEADS: ("Ana García", "ana@example.org", "+34912345678", "es", "tastings", "", "met at the fair"),
    Kind.POINTS: ("ana@example.org", "1200", "2027-12-31", "B-1001"),
}  # fmt: skip


@admin.get("/imports/template/<name>.csv")
@staff_only(Permission.IMPORT_DATA)
def imports_template(name: str) -> ResponseReturnValue:
    """The columns of a kind of file, with one row as an example."""
    if name not in list(Kind):
        abort(404)
    kind = Kind(name)
    return csv_file(name, COLUMNS[kind].all, [EXAMPLES[kind]])


@admin.get("/imports/<int:run_id>/wrong.csv")
@staff_only(Permission.IMPORT_DATA)
def imports_wrong(run_id: int) -> ResponseReturnValue:
    """Every row that cannot be used or is in doubt, with what to do, in the reader's language."""
    run = the_run(db(), run_id)
    path = complaints_of(folder(), run.id)
    if not path.exists():
        abort(404)
    heads = [_("Row"), _("Column"), _("Value"), _("What to do")]
    return csv_file(f"import-{run.id}-rows", heads, _rows(path))


def _rows(path: Path) -> Iterator[tuple[int, str, str, str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row, column, value, what, _is_doubt = json.loads(line)
            yield row, column_name(column) if column else "", value, in_words(what)

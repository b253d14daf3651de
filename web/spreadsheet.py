"""Tables for spreadsheets: CSV that Excel, LibreOffice and Numbers open with its letters right."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context

from club.intake.safety import safe_cell

BYTE_ORDER_MARK = "\ufeff"


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A table to download, sent row by row. No cell of it is taken for a formula."""
    return Response(
        stream_with_context(_lines(heads, rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _line(heads)
    for row in rows:
        yield _line([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()

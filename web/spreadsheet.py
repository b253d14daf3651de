"""Tables for spreadsheets: CSV that Excel, LibreOffice and Numbers open with its letters right."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from club.intake.safety import safe_cell
from web.database import db

BYTE_ORDER_MARK = "\ufeff"


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A table to download, sent row by row. No cell of it is taken for a formula.

    Rows are read while they are sent, when the request has given its session back: the last row gives it back again.
    """
    return Response(
        stream_with_context(_lines(heads, rows, db())),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(heads: Sequence[str], rows: Iterable[Sequence[Any]], session: Session) -> Iterator[str]:
    try:
        yield BYTE_ORDER_MARK + _line(heads)
        for row in rows:
            yield _line([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    finally:
        session.close()


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()

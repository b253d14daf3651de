"""Papers as pages show and send them: what they are called, and the answer that carries a PDF."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app
from flask_babel import lazy_gettext as _l

from club.papers.reading import PaperRow, papers_of
from club.papers.service.files import take_away
from club.settings import Settings
from web.database import db
from web.kept import kept
from web.visitors import visitor

KINDS: dict[str, Any] = {
    "invoice": _l("Invoice"),
    "credit_note": _l("Credit note"),
    "order_receipt": _l("Receipt of order"),
    "refund_receipt": _l("Receipt of refund"),
}


def add_papers(app: Flask) -> None:
    """Let templates say what a paper is, and which ones an order has."""
    app.jinja_env.filters["paper_kind"] = paper_kind
    app.jinja_env.globals["papers_of_order"] = papers_of_order


def papers_of_order(order_id: int) -> list[PaperRow]:
    """The papers of an order, asked once a request."""
    return kept(f"papers {order_id}", lambda: papers_of(db(), order_id))


def paper_kind(kind: str) -> str:
    """Invoice, credit note …"""
    return str(KINDS[kind])


def uploads() -> Path:
    """Where files are kept."""
    settings: Settings = current_app.extensions["club_settings"]
    return settings.uploads_path


def sent_paper(paper_id: int, actor: str) -> Response:
    """The file of a paper to be saved; who took it is written down. Raises what `take_away` raises."""
    who = visitor()
    by = None if who is None else who.account_id
    taken = take_away(db(), uploads(), paper_id, actor, by, datetime.now(UTC))
    return pdf(taken.data, taken.name)


def pdf(data: bytes, name: str) -> Response:
    """A PDF to be saved. `name` is ours: letters, digits and hyphens."""
    answer = Response(data, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer

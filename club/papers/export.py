"""What papers say, for a program that books them or makes certified invoices: rows by tax rate, or all as JSON."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.money import to_major
from club.papers.models import Paper, PaperContent
from club.papers.rules import Kind
from club.permissions import Permission, Role, require

HEADS = (
    "kind", "number", "issued_on", "order", "ordered_on", "refers_to", "seller_name", "seller_tax_number", "buyer_name",
    "buyer_company", "buyer_tax_number", "buyer_address", "buyer_postcode", "buyer_city", "buyer_country",
    "payment_code", "currency", "tax_category", "tax_rate", "net", "tax", "gross",
)  # fmt: skip
"""For programs: the same in every language. What goes back counts below zero."""
AT_ONCE = 200


def note_export(
    db: Session, by: int, role: Role | None, now: datetime, since: datetime, until: datetime, kind: str
) -> None:
    """Somebody takes the papers of a time along; raises `NotAllowed`."""
    require(role, Permission.MANAGE_ORDERS)
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        words: dict[str, object] = {"since": since.isoformat(), "until": until.isoformat(), "kind": kind}
        record(tx, "papers.exported", "export", 0, by=by, now=now, words=words)


def data_between(db: Session, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """What each paper says, as it was issued, in the order of issue."""
    last = 0
    while True:
        rows = db.execute(
            select(Paper.id, PaperContent.content)
            .join(PaperContent, PaperContent.paper_id == Paper.id)
            .where(Paper.issued_at >= since, Paper.issued_at < until, Paper.id > last)
            .order_by(Paper.id)
            .limit(AT_ONCE)
        ).all()
        for row in rows:
            data: dict[str, Any] = json.loads(row.content)["data"]
            yield data
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


def rows_of(data: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """A paper as rows, one a tax rate."""
    seller, buyer, refers_to = data["seller"], data["buyer"], data["refers_to"]
    sign = -1 if Kind(data["kind"]).takes_back else 1
    for tax in data["taxes"]:
        amounts = (str(to_major(sign * tax[name], data["currency"])) for name in ("net", "tax", "gross"))
        yield (
            data["kind"], data["number"], data["issued_on"], data["order_number"], data["ordered_on"],
            refers_to["number"] if refers_to else "", seller["name"], seller["tax_number"], buyer["name"],
            buyer["company"], buyer["tax_number"],
            " ".join(part for part in (buyer["address"], buyer["address_more"]) if part), buyer["postcode"],
            buyer["city"], buyer["country"], data["payment"]["code"], data["currency"], tax["category"],
            f"{tax['rate'] / 100:.2f}", *amounts,
        )  # fmt: skip

"""Packing lists and labels for several orders: printed when asked for, and not kept."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.delivery.cartons import Carton, cartons, proposal
from club.errors import NotFound
from club.orders.models import Order, OrderContact, OrderLine
from club.papers.keeping import logo_of
from club.papers.press import press_slip
from club.papers.printed import Writer
from club.papers.sellers import seller_of
from club.programme.models import the_club
from club.programme.rules import Club

MOST = 100
"""Orders at once."""
SHEETS = ("a4", "10x15")


@dataclass(frozen=True)
class ToPack:
    """An order as whoever packs it sees it."""

    order: Any
    """A row of the order with its contact."""
    lines: tuple[Any, ...]

    @property
    def pieces(self) -> list[tuple[Any, int]]:
        """Each line with what is still to be sent; of an order that is sent already, all of it."""
        left = [(line, line.quantity - line.sent - line.taken_out) for line in self.lines]
        return [pair for pair in left if pair[1] > 0] or [(line, line.quantity) for line in self.lines]


def packing_list(db: Session, numbers: Sequence[str], language: str, now: datetime, uploads: Path) -> bytes:
    """A PDF: what to fetch for all these orders, in the reader's language, then a slip each, in the order's own.

    Raises `NotFound` if none of them can be packed, `PressFailed`.
    """
    club = the_club(db)
    orders, sizes = _orders(db, numbers), cartons(db)
    writer = Writer(language, club, club.currency)
    _ = writer.say
    data = {
        "language": language,
        "title": _("Packing list"),
        "brand": club.brand_color,
        "code": _("Code of the order"),
        "fetch": _to_fetch(orders, writer) if len(orders) > 1 else {"rows": []},
        "slips": [_slip(one, club, sizes) for one in orders],
    }
    logo = logo_of(uploads, club.logo_file)
    db.rollback()
    return press_slip("packing.typ", data, now, logo)


def labels(db: Session, numbers: Sequence[str], sheet: str, now: datetime) -> bytes:
    """A PDF with an address label for each of these orders that is sent: eight on A4, or one a page of 10 by 15 cm.

    Raises `NotFound` if none is sent anywhere, `PressFailed`.
    """
    club = the_club(db)
    seller, _version = seller_of(db)
    writer = Writer(club.main_language, club, club.currency)
    sender = [seller.legal_name, seller.address, " ".join(part for part in (seller.postcode, seller.city) if part)]
    made = [
        {
            "from": [line for line in sender if line],
            "to": address_of(one.order, writer),
            "number": one.order.number,
            "code": code_of(one.order.number),
        }
        for one in _orders(db, numbers)
        if one.order.delivery == "ship"
    ]
    if not made:
        raise NotFound
    say = writer.say
    data = {
        "language": club.main_language,
        "title": say("Labels"),
        "code": say("Code of the order"),
        "sheet": sheet,
        "labels": made,
    }
    db.rollback()
    return press_slip("labels.typ", data, now)


def _orders(db: Session, numbers: Sequence[str]) -> list[ToPack]:
    """Those of these orders that can be packed, in the order in which they were placed."""
    contact = OrderContact
    rows: Sequence[Any] = db.execute(
        select(
            Order.id, Order.number, Order.language, Order.delivery, Order.method_name, Order.placed_at,
            contact.full_name, contact.company, contact.address, contact.address_more, contact.postcode, contact.city,
            contact.country, contact.phone, contact.note,
        )
        .join(contact, contact.order_id == Order.id)
        .where(Order.number.in_(list(numbers)[:MOST]), Order.state.in_(("placed", "done")))
        .order_by(Order.placed_at, Order.id)
    ).all()  # fmt: skip
    if not rows:
        raise NotFound
    line = OrderLine
    found: dict[int, list[Any]] = {row.id: [] for row in rows}
    for one in db.execute(
        select(line.order_id, line.sku, line.name, line.quantity, line.sent, line.taken_out, line.weight_grams)
        .where(line.order_id.in_(found))
        .order_by(line.order_id, line.position)
    ):
        found[one.order_id].append(one)
    return [ToPack(row, tuple(found[row.id])) for row in rows]


def _to_fetch(orders: Sequence[ToPack], writer: Writer) -> dict[str, Any]:
    """All pieces of all orders by article."""
    _ = writer.say
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for one in orders:
        for line, pieces in one.pieces:
            counts[line.sku] = counts.get(line.sku, 0) + pieces
            names[line.sku] = line.name.into(writer.language, writer.club.main_language)
            places.setdefault(line.sku, []).append(f"{one.order.number} ({writer.number(pieces)})")
    rows = [
        {"sku": sku, "name": names[sku], "pieces": writer.number(counts[sku]), "orders": ", ".join(places[sku])}
        for sku in sorted(counts)
    ]
    return {
        "title": _("What to fetch"),
        "note": _("Orders: %(count)s") % {"count": writer.number(len(orders))},
        "columns": [_("Done"), _("Pieces"), _("Article"), _("For orders (pieces)")],
        "rows": rows,
    }


def _slip(one: ToPack, club: Club, sizes: Sequence[Carton]) -> dict[str, Any]:
    order = one.order
    writer = Writer(order.language, club, club.currency)
    _ = writer.say
    is_sent = order.delivery == "ship"
    facts = [
        [_("Order number"), order.number],
        [_("Ordered on"), writer.day(club_day(order.placed_at, club.time_zone))],
        [_("Delivery"), order.method_name.into(order.language, club.main_language)],
    ]
    if is_sent:
        facts += _cartons(one, sizes, writer)
    main = club.main_language
    return {
        "language": order.language,
        "title": _("Packing slip"),
        "club": club.name.into(order.language, main),
        "code": code_of(order.number),
        "to": {
            "head": _("Goes to") if is_sent else _("Is picked up by"),
            "lines": address_of(order, writer) if is_sent else [order.full_name],
        },
        "facts": facts,
        "columns": [_("Done"), _("Pieces"), _("Article")],
        "rows": [
            {"sku": line.sku, "name": line.name.into(order.language, main), "pieces": writer.number(pieces)}
            for line, pieces in one.pieces
        ],
        "note-head": _("Note from the buyer"),
        "note": order.note,
    }


def _cartons(one: ToPack, sizes: Sequence[Carton], writer: Writer) -> list[list[str]]:
    """Which cartons it needs, and what the whole weighs; nothing where none was written down that takes it.

    Its weight only where that of each piece is known.
    """
    _ = writer.say
    weights = [line.weight_grams or 0 for line, pieces in one.pieces for _piece in range(pieces)]
    found = proposal(sizes, weights)
    if found is None or not found.cartons:
        return []
    named = ", ".join(f"{writer.number(packed.count)} × {packed.carton.name}" for packed in found.cartons)
    weight = [[_("Weight with cartons"), _("%(grams)s g") % {"grams": writer.number(found.grams)}]]
    return [[_("Cartons"), named], *(weight if all(weights) else [])]


def address_of(order: Any, writer: Writer) -> list[str]:
    """Where an order goes, or comes from, line by line."""
    names = [order.company, order.full_name] if order.company else [order.full_name]
    town = " ".join(part for part in (order.postcode, order.city) if part)
    lines = [*names, order.address, order.address_more, town, writer.country(order.country).upper(), order.phone]
    return [line for line in lines if line]


def code_of(number: str) -> str:
    """A number as a QR code, to be scanned into any search field."""
    drawn = io.BytesIO()
    segno.make_qr(number, error="m").save(drawn, kind="svg", xmldecl=False, border=0)
    return drawn.getvalue().decode()

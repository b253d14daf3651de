"""What a buyer prints for a parcel that comes back: where to, and a slip to lie inside. Made when asked, not kept."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from club.errors import NotFound
from club.orders.models import OrderContact
from club.papers.keeping import logo_of
from club.papers.press import press_slip
from club.papers.printed import Writer
from club.papers.sellers import seller_of
from club.papers.slips import address_of, code_of
from club.programme.models import the_club
from club.programme.rules import Club
from club.returns.reading import CaseView
from club.returns.rules import State

TEMPLATE = "return.typ"


def return_slips(db: Session, cases: Sequence[CaseView], language: str, now: datetime, uploads: Path) -> bytes:
    """A PDF with a page for each approved return, in its order's language. Raises `NotFound`, `PressFailed`."""
    club = the_club(db)
    approved = [case for case in cases if case.state == State.APPROVED]
    if not approved:
        raise NotFound
    contact = OrderContact.__table__.c
    asked = select(*contact).where(contact.order_id.in_([case.order_id for case in approved]))
    senders = {row.order_id: row for row in db.execute(asked)}
    slips = [_slip(db, case, senders.get(case.order_id), club) for case in approved]
    data = {
        "language": language,
        "title": Writer(language, club, club.currency).say("Return slip"),
        "brand": club.brand_color,
        "slips": slips,
    }
    db.rollback()
    return press_slip(TEMPLATE, data, now, logo_of(uploads, club.logo_file))


def return_slip(db: Session, case: CaseView, now: datetime, uploads: Path) -> bytes:
    """The PDF of an approved return, in the order's language. Raises `NotFound` in other states, `PressFailed`."""
    return return_slips(db, [case], case.language, now, uploads)


def _slip(db: Session, case: CaseView, contact: Row[Any] | None, club: Club) -> dict[str, Any]:
    writer = Writer(case.language, club, club.currency)
    _ = writer.say
    return {
        "language": case.language,
        "title": _("Return slip"),
        "club": club.name.into(case.language, club.main_language),
        "code": code_of(case.number),
        "code-alt": _("Code of the return"),
        "number": case.number,
        "outside": _("For the outside of the parcel"),
        "inside": _("To lie inside the parcel"),
        "from": {"head": _("Sender"), "lines": [] if contact is None else address_of(contact, writer)},
        "to": {
            "head": _("Goes to"),
            "lines": [*_goes_to(db, club, writer), _("Return %(number)s") % {"number": case.number}],
        },
        "facts": [
            [_("Return number"), case.number],
            [_("Order number"), case.order_number],
            [_("To be sent by"), writer.day(case.send_by)],
        ],
        "columns": [_("Pieces"), _("Article")],
        "rows": [
            {
                "sku": line.sku,
                "name": line.name.into(case.language, club.main_language),
                "pieces": writer.number(line.quantity),
            }
            for line in case.lines
        ],
    }


def _goes_to(db: Session, club: Club, writer: Writer) -> list[str]:
    """The club's address for parcels, or the one on its invoices."""
    written = [line.strip() for line in club.contact_address.splitlines() if line.strip()]
    name = club.name.into(writer.language, club.main_language)
    if written:
        return [name, *written]
    seller, _version = seller_of(db)
    town = " ".join(part for part in (seller.postcode, seller.city) if part)
    return [line for line in (seller.legal_name, seller.address, town, writer.country(seller.country).upper()) if line]

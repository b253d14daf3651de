"""The club says who sells, and every paid order of the demonstration has its invoice."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.papers.rules import Mode
from club.papers.service import issue_due
from club.papers.service.seller import save_seller
from club.permissions import Role
from club.texts import Texts

SELLER: dict[str, object] = {
    "mode": Mode.INVOICES,
    "legal_name": "Gran Reserva Vinos S.L.",
    "tax_number": "B00000000",
    "address": "Calle de la Cava Baja 17",
    "postcode": "28005",
    "city": "Madrid",
    "country": "ES",
    "how_to_pay": Texts(dict.fromkeys(("en", "es", "ru"), "IBAN ES00 0000 0000 0000 0000 0000")),
}


def fill_papers(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Issue until nothing is due."""
    save_seller(db, SELLER, 0, staff[Role.OWNER], Role.OWNER, now)
    while issue_due(db, now, of_all=True):
        pass

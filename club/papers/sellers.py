"""Who sells: as the owner wrote it down, else the club's own name, good for receipts."""

from dataclasses import fields, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.papers.models import PaperSetting
from club.papers.rules import Mode, Party, Seller
from club.programme.models import the_club
from club.programme.rules import Club

COLUMNS = tuple(field.name for field in fields(Seller))


def seller_of(db: Session) -> tuple[Seller, int]:
    """Who sells, and the version of what was written down: 0 while nothing was."""
    columns = [PaperSetting.__table__.c[name] for name in (*COLUMNS, "version")]
    row = db.execute(select(*columns).where(PaperSetting.id == 1)).one_or_none()
    if row is None:
        return _unsaid(the_club(db)), 0
    values = dict(row._mapping)
    version = values.pop("version")
    return Seller(**values | {"mode": Mode(values["mode"])}), version


def party_of(seller: Seller, club: Club) -> Party:
    """The seller as papers name it, with where the club can be reached."""
    return Party(
        name=seller.legal_name,
        tax_number=seller.tax_number,
        address=seller.address,
        postcode=seller.postcode,
        city=seller.city,
        country=seller.country,
        register=seller.register,
        email=club.contact_email,
        phone=club.contact_phone,
    )


def _unsaid(club: Club) -> Seller:
    name = club.name.into(club.main_language, club.main_language)
    return Seller(legal_name=name, country=club.country)


def with_values(seller: Seller, values: dict[str, object]) -> Seller:
    """The same seller with other values; raises `BadSetting`."""
    return replace(seller, **values)  # type: ignore[arg-type]  # the seller checks itself

"""The tax inside prices by country, postcode and day, remembered in the process until a rate changes."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.rules.products import TaxClass
from club.delivery.models import TaxRate
from club.delivery.rules import Rate, rates_in
from club.programme.models import remembered


def rates_for(db: Session, country: str, postcode: str, day: date) -> dict[str, int]:
    """Tax class → hundredths of a percent on that day; 0 where nothing is set. No query while nothing changes."""
    return {tax_class.value: rate for tax_class, rate in rates_in(rates(db), country, postcode, day).items()}


def rates(db: Session) -> tuple[Rate, ...]:
    """All that were ever set, by country, part of it and class, the newest first."""
    return remembered(db, "tax rates", _read)


def _read(db: Session) -> tuple[Rate, ...]:
    asked = select(
        TaxRate.id, TaxRate.country, TaxRate.postcodes, TaxRate.tax_class, TaxRate.rate, TaxRate.from_on
    ).order_by(TaxRate.country, TaxRate.postcodes, TaxRate.tax_class, TaxRate.from_on.desc())  # fmt: skip
    return tuple(
        Rate(
            id=row.id,
            country=row.country,
            postcodes=tuple(part for part in row.postcodes.split(",") if part),
            tax_class=TaxClass(row.tax_class),
            rate=row.rate,
            from_on=row.from_on,
        )
        for row in db.execute(asked)
    )

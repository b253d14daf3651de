"""Tax rates: each counts from a day on, so that a change is written down before it comes."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.delivery.checks import check_rate
from club.delivery.models import TaxRate
from club.delivery.rules import Rate
from club.errors import NotFound, RateTaken
from club.permissions import Permission, Role, require
from club.programme.service import touch


def add_rate(db: Session, rate: Rate, by: int | None, role: Role, now: datetime) -> int:
    """Write down a rate and return its id. Raises `NotAllowed`, `BadDelivery`, `RateTaken`."""
    require(role, Permission.EDIT_SHOP)
    check_rate(rate)
    values = {
        "country": rate.country,
        "postcodes": ",".join(sorted(rate.postcodes)),
        "tax_class": rate.tax_class.value,
        "from_on": rate.from_on,
    }
    with transaction(db) as tx:
        touch(tx)
        same = [TaxRate.__table__.c[name] == value for name, value in values.items()]
        if tx.scalar(select(TaxRate.id).where(*same)) is not None:
            raise RateTaken
        rate_id = tx.execute(insert(TaxRate).values(**values, rate=rate.rate).returning(TaxRate.id)).scalar_one()
        record(
            tx, "tax_rate.added", "tax_rate", rate_id, by=by, now=now, rate=rate.rate,
            words={"country": rate.country, "tax_class": rate.tax_class.value, "from_on": rate.from_on.isoformat()},
        )  # fmt: skip
    return rate_id


def remove_rate(db: Session, rate_id: int, by: int | None, role: Role, now: datetime) -> None:
    """Take a rate out; orders keep what they were placed with. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        touch(tx)
        row = tx.execute(
            delete(TaxRate).where(TaxRate.id == rate_id).returning(TaxRate.country, TaxRate.tax_class, TaxRate.rate)
        ).one_or_none()
        if row is None:
            raise NotFound
        record(
            tx, "tax_rate.removed", "tax_rate", rate_id, by=by, now=now, rate=row.rate,
            words={"country": row.country, "tax_class": row.tax_class},
        )  # fmt: skip

"""That somebody took the catalogue along."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.permissions import Permission, Role, require


def note_export(db: Session, by: int, role: Role, now: datetime) -> None:
    """Leave a row in the log. Raises `NotAllowed`."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        record(tx, "products.exported", "product", 0, by=by, now=now)

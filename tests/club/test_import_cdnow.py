"""Real input: the CDNOW log, 18 months of a shop's purchases."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accrual.importing import PurchaseFile, import_purchases
from club.intake.complaints import Complaints
from club.members.models import Person
from club.permissions import Role
from club.programme.rules import Club
from club.purchases.models import Purchase
from tests.imports import cdnow_as_csv


def test_the_cdnow_log_comes_in_whole(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    complaints = Complaints()
    file = PurchaseFile(path=cdnow_as_csv(tmp_path / "cdnow.csv"), creates_members=True)
    imported = import_purchases(db, file, None, Role.OWNER, now, complaints)
    assert imported.counts == {
        "rows": 69659, "new": 69659, "same": 0, "errors": 0, "members_created": 23570, "amount_cents": 250031563,
    }  # fmt: skip
    assert list(complaints) == []
    complaints.close()
    assert db.execute(select(func.count(), func.sum(Purchase.amount))).one() == (69659, 250031563)
    assert db.scalar(select(func.count(Person.member_number.distinct()))) == 23570
    assert db.scalar(select(func.count()).where(Purchase.amount == 0)) == 80

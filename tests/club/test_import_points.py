"""Opening balances: what members bring from an older system becomes lots with their own ends."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.database import transaction
from club.intake.complaints import Complaint, Complaints
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.models import BALANCES, LOTS, MOVEMENTS, OPENINGS
from club.points.openings import Opened, import_opening_balances
from club.points.service import open_account
from club.programme.rules import Club

Take = Callable[..., tuple[Opened, list[Complaint]]]


@pytest.fixture
def take(db: Session, club: Club, now: datetime, tmp_path: Path) -> Take:
    for name in ("Ana", "Ben"):
        with transaction(db) as tx:
            person = NewPerson(full_name=name, language="en", source="import", identifiers=(("card", name),))
            open_account(tx, new_member(tx, person, None, date(2026, 1, 1), now))

    def importing(content: str, *, is_dry_run: bool = False) -> tuple[Opened, list[Complaint]]:
        path = tmp_path / "points.csv"
        path.write_text(content, encoding="utf-8")
        complaints = Complaints()
        opened = import_opening_balances(
            db, path, None, Role.OWNER, now, complaints, lambda *_: None, is_dry_run=is_dry_run
        )
        found = list(complaints)
        complaints.close()
        db.rollback()
        return opened, found

    return importing


def test_each_row_becomes_a_lot_with_its_own_end(db: Session, take: Take) -> None:
    opened, wrong = take("member,points,expires\nAna,100,2026-12-31\nana,50,\nBen,0,2026-12-31\n")
    assert wrong == []
    assert opened.counts == {"rows": 3, "new": 3, "same": 0, "errors": 0, "points": 150}
    lots = db.execute(select(LOTS.c.points, LOTS.c.active, LOTS.c.activates_on, LOTS.c.expires_on).order_by(LOTS.c.id))
    assert [tuple(lot) for lot in lots] == [
        (100, 100, date(2026, 6, 15), date(2026, 12, 31)),
        (50, 50, date(2026, 6, 15), None),
    ]
    assert db.scalars(select(MOVEMENTS.c.kind)).all() == ["opening.earned", "opening.earned"]
    assert db.scalars(select(BALANCES.c.active).order_by(BALANCES.c.member_id)).all() == [150, 0]
    assert (opened.points_in_file, opened.points_there, opened.points_of_all) == (150, 150, 150)


def test_the_same_balances_twice_add_nothing(db: Session, take: Take) -> None:
    content = "member,points,expires,reference\nAna,100,2026-12-31,\nAna,100,2026-12-31,\nBen,5,,B1\n"
    dry, _ = take(content, is_dry_run=True)
    assert db.scalars(select(OPENINGS.c.id)).all() == []
    first, _ = take(content)
    again, _ = take(content)
    assert dry.counts == first.counts == {"rows": 3, "new": 3, "same": 0, "errors": 0, "points": 205}
    assert again.counts == {"rows": 3, "new": 0, "same": 3, "errors": 0, "points": 0}
    assert again.points_there == 205
    assert db.scalars(select(BALANCES.c.active).order_by(BALANCES.c.member_id)).all() == [200, 5]


@pytest.mark.proves("F-47")
def test_f47_balances_that_cannot_be_used_are_said(db: Session, take: Take) -> None:
    opened, wrong = take(
        "member,points,expires,reference\nAna,5,,R1\nAna,-5,,\nAna,1.5,,\nAna,9999999999999,,\nZoe,5,,\n,5,,\n"
        "Ana,5,2026-06-14,\nAna,5,31/31/2026,\nAna,6,,R1\nAna,5,2026-06-15,\n"
    )
    assert opened.counts == {"rows": 10, "new": 2, "same": 0, "errors": 8, "points": 10}
    assert [(complaint.row, complaint.column) for complaint in wrong] == [
        (3, "points"), (4, "points"), (5, "points"), (6, "member"), (7, "member"), (8, "expires"), (9, "expires"),
        (10, "reference"),
    ]  # fmt: skip

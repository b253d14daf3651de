"""A long file needs no more memory than a short one, and nobody waits for its end."""

import threading
import time
import tracemalloc
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from club.accrual import service as accrual
from club.accrual.importing import PurchaseFile, bought, import_purchases
from club.accrual.rules import AllRules, BaseRate
from club.database import sessions, transaction
from club.intake import staging
from club.intake.complaints import Complaints
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.service import open_account
from club.programme.rules import Club
from club.purchases.rules import NewPurchase


def write(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("member,date,amount,reference\n")
        for number in range(rows):
            day = date(2026, 1, 1) + timedelta(days=number % 100)
            file.write(
                f"P{number % 50},{day},{number % 90}.50,{path.stem}-{number}\n" if number % 7 else f"P1,{day},x,\n"
            )
    return path


@pytest.fixture
def earning(db: Session, club: Club, now: datetime) -> None:
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2026, 1, 1)),))
    accrual.set_rules(db, rules, None, Role.OWNER, now)


def test_memory_stays_flat_however_long_the_file(
    db: Session, earning: None, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "BATCH", 100)
    monkeypatch.setattr(bought, "BATCH", 100)

    def peak(name: str, rows: int) -> int:
        file = PurchaseFile(path=write(tmp_path / f"{name}.csv", rows), creates_members=True)
        complaints = Complaints()
        tracemalloc.start()
        import_purchases(db, file, None, Role.OWNER, now, complaints)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        complaints.close()
        db.rollback()
        return found

    peak("first", 300)
    short = peak("short", 400)
    long = peak("long", 3000)
    assert long < 1.5 * short


def test_the_counter_goes_on_selling_during_an_import(
    engine: Engine, db: Session, earning: None, now: datetime, tmp_path: Path
) -> None:
    with transaction(db) as tx:
        ana = new_member(tx, NewPerson(full_name="Ana", language="en", source="counter"), None, date(2026, 1, 1), now)
        open_account(tx, ana)
    ended = threading.Event()
    failed: list[BaseException] = []

    def importing() -> None:
        try:
            with sessions(engine)() as own:
                file = PurchaseFile(path=write(tmp_path / "till.csv", 8_000), creates_members=True)
                complaints = Complaints()
                import_purchases(own, file, None, Role.OWNER, now, complaints)
                complaints.close()
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            ended.set()

    thread = threading.Thread(target=importing)
    thread.start()
    waits = []
    while not ended.is_set():
        began = time.monotonic()
        new = NewPurchase(member_id=ana, channel="counter", bought_on=date(2026, 6, 1), amount=500)
        accrual.record_purchase(db, new, None, Role.OWNER, now)
        waits.append(time.monotonic() - began)
    thread.join()
    assert failed == []
    assert len(waits) > 3
    assert max(waits) < 10

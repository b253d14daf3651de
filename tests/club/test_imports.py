"""A file that staff bring in: tried first, taken in by the worker, and for a day as good as never brought."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from club.accrual import service as accrual
from club.accrual.rules import AllRules, BaseRate
from club.database import sessions, transaction
from club.imports.rules import State
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.service import open_account
from club.programme.rules import Club
from club.purchases.rules import NewPurchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.imports_world import Importing, figures
from tests.people import new_colleague

LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("gold", Texts({"en": "Gold"}), spend=100_00),
        Rung("platinum", Texts({"en": "Platinum"}), spend=500_00),
    )
)


@pytest.fixture
def importing(db: Session, engine: Engine, club: Club, now: datetime, tmp_path: Path) -> Importing:
    by = new_colleague(db, now, Role.MANAGER).account_id
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2020, 1, 1)),))
    accrual.set_rules(db, rules, None, Role.OWNER, now)
    set_ladder(db, LADDER, date(2026, 1, 1), None, now - timedelta(days=100))
    return Importing(db, sessions(engine), tmp_path, by, now)


def member(db: Session, now: datetime, name: str, **more: object) -> int:
    with transaction(db) as tx:
        person = NewPerson(full_name=name, language="en", source="counter", **more)  # type: ignore[arg-type]
        member_id = new_member(tx, person, None, date(2026, 1, 1), now)
        open_account(tx, member_id)
    return member_id


FILE = """Cliente;Fecha;Importe;Ticket;Devuelve
ana@example.org;01/06/2026;60,50;T1;
ana@example.org;02/06/2026;50,00;T2;
berta;01/03/2022;30,00;T3;
berta;05/03/2022;10,00;D1;T3
berta;05/06/2026;700,00;T4;
berta;06/06/2026;x;T5;
ana@example.org;07/06/2026;20,00;D2;OLD
"""


def test_a_file_is_tried_taken_in_and_taken_back(importing: Importing, db: Session, now: datetime) -> None:
    ana = member(db, now, "Ana", email="ana@example.org")
    old = NewPurchase(member_id=ana, channel="till", bought_on=date(2026, 5, 1), amount=9_000, reference="OLD")
    accrual.record_purchase(db, old, None, Role.OWNER, now)
    before = figures(db)

    run_id = importing.upload(FILE)
    importing.choose(run_id, creates_members=True)
    importing.work()
    tried = importing.run(run_id)
    assert tried.state is State.TRIED
    assert (tried.found["rows"], tried.found["to_take_in"], tried.found["errors"]) == (7, 6, 1)
    assert figures(db) == before

    importing.start(run_id)
    importing.work()
    done = importing.run(run_id)
    assert done.state is State.DONE
    assert {name: done.found[name] for name in tried.found} == {**tried.found, "in_club": done.found["in_club"]}
    assert done.counts["new"] == 6
    assert done.counts["members_created"] == 1
    after = figures(db)
    assert after != before
    assert [row for row in after["terms"] if "gold" in row or "platinum" in row] != []

    importing.undo(run_id)
    importing.work()
    undone = importing.run(run_id)
    assert undone.state is State.UNDONE
    assert undone.found["undone"]["kept"] == 0
    assert figures(db) == before

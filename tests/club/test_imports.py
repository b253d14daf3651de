"""A file that staff bring in: tried first, taken in by the worker, and for a day as good as never brought."""

import io
import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import IO, cast

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.accrual import service as accrual
from club.accrual.importing import bought
from club.accrual.rules import AllRules, BaseRate
from club.database import sessions, transaction
from club.errors import BadFile, FileTooLarge, ImportBeingUndone, ImportMovedOn, MergedSince, NotAllowed, TooLateToUndo
from club.imports import service
from club.imports.rules import LARGEST_BYTES, Kind, State
from club.imports.service import watch
from club.insight.service import refresh
from club.intake.models import ImportChange, ImportRun
from club.leads.models import Lead
from club.leads.rules import NewSource, SourceKind
from club.leads.service import add_source
from club.lost.models import Wanted as WantedCases
from club.lost.models import cases
from club.lost.rules import Step
from club.lost.service import follow, verify
from club.members.models import Consent, Person, find_member
from club.members.rules import NewPerson
from club.members.service import new_member
from club.merging.service import Wanted, merge, merging
from club.merging.service import undo as undo_merge
from club.messages.models import Message
from club.night import last_closed_day
from club.night import run as run_night
from club.permissions import Role
from club.points.models import BALANCES
from club.points.service import hold, open_account, spend_hold
from club.points.verify import violations
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.purchases.rules import NewPurchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.imports_world import Importing, figures
from tests.people import new_colleague
from web.import_words import SAME

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


PEOPLE = """ФИО;Почта;Телефон;Дата рождения;Карта;Уровень;Рассылка;Заметка
Ana García López;ana@example.org;;;C-1;gold;да;x
Berta;berta@example.org;+34 912 345 678;1980-03-27;C-2;;нет;
Luis Pérez;;+34 600 111 222;;C-3;;;
MARIA LÓPEZ;maria2@example.org;;1970-05-05;;;;
"""


def test_people_are_made_changed_left_out_in_doubt_and_all_of_it_taken_back(
    importing: Importing, db: Session, now: datetime
) -> None:
    member(db, now, "Ana García", email="ana@example.org")
    member(db, now, "Luis", phone="+34600111222")
    member(db, now, "Maria Lopez", birth_year=1970, birth_month=5, birth_day=5)
    before = figures(db)
    run_id = importing.upload(PEOPLE, Kind.MEMBERS)
    importing.choose(run_id, consent_source="boletín 2024", consent_day="2024-05-01")
    importing.work()
    tried = importing.run(run_id)
    assert {name: tried.found[name] for name in ("rows", "new", "changed", "doubtful", "errors")} == {
        "rows": 4, "new": 1, "changed": 1, "doubtful": 2, "errors": 0,
    }  # fmt: skip
    assert tried.found["changes"][0]["fields"] == [["full_name", "Ana García", "Ana García López"]]
    assert {row[1] for row in tried.found["doubts"]} == {"phone", "birthday"}
    assert tried.found["unknown"] == ["Заметка"]

    importing.start(run_id)
    importing.work()
    done = importing.run(run_id)
    assert done.state is State.DONE
    assert done.counts == tried.counts
    sources = db.scalars(select(Consent.source).order_by(Consent.id)).all()
    assert sources == ["boletín 2024", "boletín 2024"]

    importing.undo(run_id)
    importing.work()
    undone = importing.run(run_id)
    assert (undone.state, undone.found["undone"]["kept"]) == (State.UNDONE, 0)
    assert figures(db) == before
    last_of_ana = db.scalars(select(Consent.is_given).order_by(Consent.id.desc())).first()
    assert last_of_ana is False


def test_who_did_something_since_stays_and_is_named(importing: Importing, db: Session, now: datetime) -> None:
    run_id = importing.whole(FILE.replace("OLD", "T2"), creates_members=True)
    berta = db.scalars(select(Person.id).where(Person.full_name == "berta")).one()
    sold = NewPurchase(member_id=berta, channel="counter", bought_on=date(2026, 6, 14), amount=5_000)
    accrual.record_purchase(db, sold, None, Role.OWNER, now)
    importing.undo(run_id)
    importing.work()
    undone = importing.run(run_id).found["undone"]
    assert undone["kept_people"] == [berta]
    assert db.scalars(select(Person.full_name).where(Person.member_number.is_not(None))).all() == ["berta"]
    assert db.execute(select(BALANCES.c.active).where(BALANCES.c.member_id == berta)).scalar_one() == 50


def test_points_come_in_and_go_and_what_was_spent_becomes_a_debt(
    importing: Importing, db: Session, now: datetime
) -> None:
    ana, berta = (member(db, now, name, email=f"{name}@example.org") for name in ("ana", "berta"))
    before = figures(db)
    file = "correo,puntos,caduca\nana@example.org,1000,2027-01-31\nberta@example.org,500,\nnobody,7,\n"
    run_id = importing.whole(file, Kind.POINTS)
    assert importing.run(run_id).counts == {"rows": 3, "new": 2, "same": 0, "errors": 1, "points": 1500}
    importing.undo(run_id)
    importing.work()
    assert figures(db) == before

    again = importing.whole(file, Kind.POINTS)
    with transaction(db) as tx:
        spend_hold(tx, hold(tx, ana, "order", 1, 300, now.date(), now), now.date(), now)
    importing.undo(again)
    importing.work()
    owed = dict(db.execute(select(BALANCES.c.member_id, BALANCES.c.debt)).all())
    assert owed == {ana: -300, berta: 0}


def test_what_a_night_did_to_it_is_taken_back_too(importing: Importing, db: Session, now: datetime, club: Club) -> None:
    ana = member(db, now, "Ana", email="ana@example.org")
    old = NewPurchase(member_id=ana, channel="till", bought_on=date(2026, 5, 1), amount=9_000, reference="OLD")
    accrual.record_purchase(db, old, None, Role.OWNER, now)
    day = last_closed_day(club, now)
    run_night(importing.make_session, day, now)
    before = figures(db)
    run_id = importing.whole(FILE, creates_members=True)
    next_day = now + timedelta(hours=20)
    run_night(importing.make_session, last_closed_day(club, next_day), next_day)
    ended = [row for row in figures(db)["ledger"] if row not in before["ledger"]]
    assert ended
    importing.now = next_day
    importing.undo(run_id)
    importing.work()
    assert figures(db) == before


def test_while_somebody_of_it_is_part_of_another_record_it_is_not_taken_back(
    importing: Importing, db: Session, now: datetime
) -> None:
    known = member(db, now, "Berta", email="berta@example.org")
    run_id = importing.whole(FILE, creates_members=True)
    came = find_member(db, "ana@example.org")
    support = new_colleague(db, now, Role.SUPPORT).account_id
    merge_id = merge(db, Wanted(known, came, "One human"), support, Role.SUPPORT, now)
    with pytest.raises(MergedSince):
        importing.undo(run_id)
    assert importing.run(run_id).state is State.DONE
    undo_merge(db, merge_id, support, Role.SUPPORT, now)
    importing.undo(run_id)
    importing.work()
    undone = importing.run(run_id)
    assert (undone.state, undone.found["undone"]["kept_people"]) == (State.UNDONE, [came])
    assert db.scalar(select(func.count()).select_from(Purchase)) == 0
    assert violations(db) == []


def test_a_merge_after_the_undo_was_asked_for_ends_it_before_anything_is_taken_back(
    importing: Importing, db: Session, now: datetime
) -> None:
    known = member(db, now, "Berta", email="berta@example.org")
    run_id = importing.whole(FILE, creates_members=True)
    came = find_member(db, "ana@example.org")
    importing.undo(run_id)
    support = new_colleague(db, now, Role.SUPPORT).account_id
    merge_id = merge(db, Wanted(known, came, "One human"), support, Role.SUPPORT, now)
    before = figures(db)
    importing.work()
    refused = importing.run(run_id)
    assert (refused.state, refused.found["why"]) == (State.FAILED, MergedSince().plain())
    assert refused.found["why"] in SAME
    assert figures(db) == before
    undo_merge(db, merge_id, support, Role.SUPPORT, now)
    importing.undo(run_id)
    importing.work()
    assert importing.run(run_id).state is State.UNDONE
    assert db.scalar(select(func.count()).select_from(Purchase)) == 0


def test_while_it_is_taken_back_nobody_is_merged_or_parted(importing: Importing, db: Session, now: datetime) -> None:
    known = member(db, now, "Berta", email="berta@example.org")
    run_id = importing.whole(FILE, creates_members=True)
    wanted = Wanted(known, find_member(db, "ana@example.org"), "One human")
    support = new_colleague(db, now, Role.SUPPORT).account_id
    other_id = merge(db, Wanted(known, member(db, now, "Berte"), "One human"), support, Role.SUPPORT, now)
    with transaction(db) as tx:
        tx.execute(update(ImportRun).where(ImportRun.id == run_id).values(state=State.UNDOING))
    with pytest.raises(ImportBeingUndone):
        merge(db, wanted, support, Role.SUPPORT, now)
    with pytest.raises(ImportBeingUndone):
        undo_merge(db, other_id, support, Role.SUPPORT, now)


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "unlocked twin"])
def test_it_is_not_taken_back_beside_a_merge_that_is_not_through(
    importing: Importing, engine: Engine, db: Session, now: datetime, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    """The second waits for the first; without the lock only SQLite's one writer would keep them apart."""
    known = member(db, now, "Berta", email="berta@example.org")
    run_id = importing.whole(FILE, creates_members=True)
    wanted = Wanted(known, find_member(db, "ana@example.org"), "One human")
    support = new_colleague(db, now, Role.SUPPORT).account_id
    if not is_held:
        monkeypatch.setattr(merging, "hold_imports", lambda tx, now: None)
    answers: list[str] = []

    def take_back() -> None:
        with sessions(engine)() as other:
            try:
                service.undo(other, run_id, importing.by, Role.MANAGER, now)
            except MergedSince:
                answers.append("merged since")
            else:
                answers.append("undone")

    at_once = Thread(target=take_back)

    def meanwhile(*_: object) -> None:
        at_once.start()
        at_once.join(1)

    monkeypatch.setattr(merging, "tell_old_mailboxes", meanwhile)
    merge(db, wanted, support, Role.SUPPORT, now)
    at_once.join(20)
    is_apart = is_held or engine.dialect.name == "sqlite"
    assert answers == ["merged since" if is_apart else "undone"]


def test_a_record_of_it_that_took_another_in_stays_and_its_purchases_go(
    importing: Importing, db: Session, now: datetime
) -> None:
    known = member(db, now, "Berta", email="berta@example.org")
    old = NewPurchase(member_id=known, channel="counter", bought_on=date(2026, 5, 1), amount=9_000, reference="OWN")
    accrual.record_purchase(db, old, None, Role.OWNER, now)
    run_id = importing.whole(FILE, creates_members=True)
    came = find_member(db, "ana@example.org")
    support = new_colleague(db, now, Role.SUPPORT).account_id
    merge_id = merge(db, Wanted(came, known, "One human"), support, Role.SUPPORT, now)
    importing.undo(run_id)
    importing.work()
    assert importing.run(run_id).found["undone"]["kept_people"] == [came]
    assert [tuple(row) for row in db.execute(select(Purchase.reference, Purchase.member_id))] == [("OWN", came)]
    assert db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == came)) == 90
    assert violations(db) == []
    undo_merge(db, merge_id, support, Role.SUPPORT, now)
    assert db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == known)) == 90


def test_after_a_day_it_stays(importing: Importing, db: Session, now: datetime) -> None:
    run_id = importing.whole(FILE, creates_members=True)
    importing.now = now + timedelta(hours=24)
    with pytest.raises(TooLateToUndo):
        importing.undo(run_id)
    service.forget_old(db, importing.folder, importing.now + timedelta(seconds=1))
    assert list((importing.folder / "imports").iterdir()) == []
    assert db.scalars(select(ImportChange.id)).all() == []
    assert "shown" not in importing.run(run_id).found


def test_the_same_file_brought_by_two_people_counts_once(importing: Importing, db: Session, now: datetime) -> None:
    first, second = importing.upload(FILE), importing.upload(FILE)
    for run_id in (first, second):
        importing.choose(run_id, creates_members=True)
    importing.work()
    for run_id in (first, second):
        importing.start(run_id)
    importing.work()
    counts = [importing.run(run_id).counts for run_id in (first, second)]
    assert [one["new"] for one in counts] == [5, 0]
    assert counts[1]["same"] == 5
    once = figures(db)
    importing.undo(second)
    importing.work()
    assert figures(db) == once


def test_stopped_half_way_it_goes_on_without_taking_anything_in_twice(
    importing: Importing, db: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bought, "BATCH", 2)
    monkeypatch.setattr(watch, "SECONDS_BETWEEN", 0.0)
    run_id = importing.upload(FILE)
    importing.choose(run_id, creates_members=True)
    importing.work()
    importing.start(run_id)
    stopped: list[bool] = []
    clock = importing.hands()

    def stop_in_the_middle() -> bool:
        if importing.run(run_id).pace.step == "writing" and not stopped:
            stopped.append(True)
            service.stop(db, run_id, importing.by, Role.MANAGER, now)
        return False

    service.take_up(replace(clock, is_stopping=stop_in_the_middle))
    half = importing.run(run_id)
    assert half.state is State.STOPPED
    assert 0 < half.counts["new"] < 5
    service.go_on(db, run_id, importing.by, Role.MANAGER, now)
    importing.work()
    whole = importing.run(run_id)
    assert (whole.state, whole.counts["new"], whole.counts["same"]) == (State.DONE, 5, 0)


def test_no_state_follows_another_but_by_the_table(importing: Importing, db: Session, now: datetime) -> None:
    run_id = importing.upload(FILE)
    with pytest.raises(ImportMovedOn):
        service.start(db, run_id, 5, accepts_errors=True, by=importing.by, role=Role.MANAGER, now=now)
    with pytest.raises(TooLateToUndo):
        importing.undo(run_id)
    with pytest.raises(ImportMovedOn):
        service.go_on(db, run_id, importing.by, Role.MANAGER, now)
    service.stop(db, run_id, importing.by, Role.MANAGER, now)
    assert importing.run(run_id).state is State.CANCELLED
    with pytest.raises(ImportMovedOn):
        importing.choose(run_id)


def test_only_who_may_import_does(importing: Importing, db: Session, now: datetime) -> None:
    run_id = importing.upload(FILE)
    importing.role = Role.SHOP
    for act in (importing.undo, importing.choose, lambda run: importing.upload(FILE)):
        with pytest.raises(NotAllowed):
            act(run_id)
    importing.role = Role.MANAGER
    importing.choose(run_id)
    with transaction(db) as tx:
        tx.execute(update(Staff).where(Staff.account_id == importing.by).values(disabled_at=now))
    importing.work()
    assert importing.run(run_id).state is State.FAILED


class Endless(io.RawIOBase):
    """A file without end, of which nobody must read much more than is allowed."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"x" * size


@pytest.mark.proves("A-5.2.1")
def test_a_521_of_a_file_that_is_too_large_no_more_is_read_than_is_allowed(
    importing: Importing, db: Session, now: datetime
) -> None:
    endless = Endless()
    source = cast("IO[bytes]", endless)
    with pytest.raises(FileTooLarge):
        service.upload(db, importing.folder, source, "x.csv", Kind.POINTS, by=importing.by, role=Role.MANAGER, now=now)
    assert LARGEST_BYTES < endless.given <= LARGEST_BYTES + (2 << 20)
    assert list((importing.folder / "imports").iterdir()) == []


def test_an_undo_asked_for_in_time_is_whole_although_the_worker_comes_to_it_late(
    importing: Importing, db: Session, now: datetime
) -> None:
    before = figures(db)
    run_id = importing.whole(FILE, creates_members=True)
    importing.now = now + timedelta(hours=23, minutes=59)
    importing.undo(run_id)
    importing.now = now + timedelta(hours=25)
    service.forget_old(db, importing.folder, importing.now)
    importing.work()
    assert importing.run(run_id).state is State.UNDONE
    assert figures(db) == before


def test_people_whom_the_register_suspects_of_leaving_go_with_their_import_unless_somebody_worked_on_it(
    importing: Importing, db: Session, now: datetime
) -> None:
    old = "Cliente;Fecha;Importe;Ticket\n" + "".join(
        f"{name}@example.org;{day:02}/01/2025;30,00;{name}{day}\n" for name in ("ana", "berta") for day in (1, 9)
    )
    run_id = importing.whole(old, creates_members=True)
    refresh(db, now.date(), now)
    assert follow(db, now.date(), now).suspected == 2
    first, second = cases(db, WantedCases(), now.date(), "worth", 9, 0)
    db.rollback()
    verify(db, first.id, Step.SUSPECTED, importing.by, importing.role, now)
    importing.undo(run_id)
    importing.work()
    undone = importing.run(run_id)
    assert undone.found["undone"]["kept_people"] == [first.person_id]
    assert [case.person_id for case in cases(db, WantedCases(), now.date(), "worth", 9, 0)] == [first.person_id]
    assert db.scalar(select(Person.id).where(Person.id == second.person_id, Person.source != "undone")) is None


def test_what_a_killed_upload_left_behind_is_cleared(importing: Importing, db: Session, now: datetime) -> None:
    kept = importing.upload(FILE)
    place = importing.folder / "imports"
    (place / "arriving-0011223344556677").write_text(FILE)
    (place / "arriving-8899aabbccddeeff").write_text(FILE)
    long_ago = (now - timedelta(days=1, minutes=1)).timestamp()
    os.utime(place / "arriving-0011223344556677", (long_ago, long_ago))
    os.utime(place / "arriving-8899aabbccddeeff", (now.timestamp(), now.timestamp()))
    service.forget_old(db, importing.folder, now)
    assert sorted(one.name for one in place.iterdir()) == [f"{kept}.csv", "arriving-8899aabbccddeeff"]


LISTED = """Nombre;Correo;Teléfono;Interés
Ana García;ANA@example.org;;Catas
Talleres Alcón;;+34 915 770 001;
Talleres  Alcón;;915770001;
Sin contacto;;;
"""


def test_a_list_of_people_to_be_won_names_its_source_and_can_be_taken_back(
    importing: Importing, db: Session, now: datetime
) -> None:
    ana = member(db, now, "Ana García", email="ana@example.org")
    fair = NewSource(kind=SourceKind.IMPORT, name="Guild list", cost=24_000, rows=3)
    source_id = add_source(db, fair, importing.by, Role.OWNER, now)
    before, mails = figures(db), db.scalar(select(func.count()).select_from(Message))
    with pytest.raises(BadFile):
        importing.whole(LISTED, Kind.LEADS)
    run_id = importing.whole(LISTED, Kind.LEADS, source_id=source_id)
    assert importing.run(run_id).counts == {"rows": 4, "new": 2, "same": 1, "errors": 1, "joined": 1}
    columns = (Lead.source_id, Lead.is_first, Lead.interest, Person.full_name)
    kept = db.execute(select(*columns).join(Person, Person.id == Lead.person_id))
    assert sorted(map(tuple, kept)) == [
        (source_id, False, "Catas", "Ana García"), (source_id, True, "", "Talleres Alcón"),
    ]  # fmt: skip
    assert db.scalar(select(func.count()).select_from(Message)) == mails

    again = importing.upload(LISTED, Kind.LEADS)
    importing.choose(again, source_id=source_id)
    importing.work()
    assert importing.run(again).found["to_take_in"] == 0

    importing.undo(run_id)
    importing.work()
    undone = importing.run(run_id)
    assert (undone.state, undone.found["undone"]["requests"], undone.found["undone"]["people"]) == (State.UNDONE, 2, 1)
    assert figures(db) == before
    assert db.get(Person, ana) is not None

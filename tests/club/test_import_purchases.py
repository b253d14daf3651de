"""A file of purchases becomes purchases, members, points and tiers; what cannot be used is said row by row."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from club.accrual import service as accrual
from club.accrual.importing import Imported, PurchaseFile, import_purchases
from club.accrual.importing import bought as bought_rows
from club.accrual.rules import AllRules, BaseRate, Campaign, Cap, Period
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotAllowed
from club.intake.complaints import Complaint, Complaints
from club.intake.models import ImportRow, ImportRun
from club.members.models import Person, PersonIdentifier
from club.members.rules import NewPerson
from club.members.service import new_member, new_person
from club.messages.models import Message
from club.permissions import Role
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.points.service import adjust_by_hand, open_account
from club.programme import service as programme
from club.programme.rules import Club
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.purchases.rules import NewPurchase
from club.texts import Texts
from club.tiers.models import status_of
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.imports import everything

LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("gold", Texts({"en": "Gold"}), spend=100_000, multiplier_percent=150),
    )
)


@pytest.fixture
def take(db: Session, club: Club, now: datetime, tmp_path: Path) -> Callable[..., tuple[Imported, list[Complaint]]]:
    """Imports a text as a file and returns what came of it and what was wrong."""

    def importing(content: str, **how: object) -> tuple[Imported, list[Complaint]]:
        path = tmp_path / str(how.pop("name", "till.csv"))
        path.write_text(content, encoding="utf-8")
        complaints = Complaints()
        wanted = replace(PurchaseFile(path=path, creates_members=True), **how)  # type: ignore[arg-type]
        imported = import_purchases(db, wanted, None, Role.OWNER, now, complaints)
        found = list(complaints)
        complaints.close()
        db.rollback()
        return imported, found

    return importing


Take = Callable[..., tuple[Imported, list[Complaint]]]


def member(db: Session, now: datetime, name: str = "Ana", **more: object) -> int:
    with transaction(db) as tx:
        person = NewPerson(full_name=name, language="en", source="counter", **more)  # type: ignore[arg-type]
        member_id = new_member(tx, person, None, date(2026, 1, 1), now)
        open_account(tx, member_id)
    return member_id


def earning(db: Session, now: datetime, starts_on: date = date(2026, 1, 1), **more: object) -> None:
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=starts_on),), **more)  # type: ignore[arg-type]
    accrual.set_rules(db, rules, None, Role.OWNER, now)


def purchases(db: Session) -> list[tuple[object, ...]]:
    rows = db.execute(
        select(Person.full_name, Purchase.bought_on, Purchase.amount, Purchase.net_amount, Purchase.points)
        .join(Person, Person.id == Purchase.member_id)
        .order_by(Purchase.id)
    )
    return [tuple(row) for row in rows]


# --- what rows become


def test_rows_become_purchases_of_members_who_are_made_for_them(db: Session, take: Take) -> None:
    imported, wrong = take(
        "member;date;amount\n00002;31.03.2026;12,50\nana@example.org;01/02/2026;0\n00002;2026-01-05;7\n"
    )
    assert wrong == []
    assert imported.counts == {
        "rows": 3, "new": 3, "same": 0, "errors": 0, "members_created": 2, "amount_cents": 1950,
    }  # fmt: skip
    assert purchases(db) == [
        ("00002", date(2026, 3, 31), 1250, 1250, 0),
        ("ana@example.org", date(2026, 2, 1), 0, 0, 0),
        ("00002", date(2026, 1, 5), 700, 700, 0),
    ]
    people = db.execute(
        select(Person.full_name, Person.email, Person.joined_on, Person.source, Person.account_id).order_by(Person.id)
    ).all()
    assert [tuple(person) for person in people] == [
        ("00002", None, date(2026, 1, 5), "import", None),
        ("ana@example.org", "ana@example.org", date(2026, 2, 1), "import", None),
    ]
    assert db.execute(select(PersonIdentifier.kind, PersonIdentifier.value)).all() == [("external", "00002")]
    assert db.scalar(select(func.count()).select_from(Message)) == 0
    assert db.scalar(select(func.count()).select_from(ImportRow)) == 0


def test_a_member_is_found_by_number_then_address_then_external_id_or_card(
    db: Session, now: datetime, take: Take
) -> None:
    ana = member(db, now, "Ana", email="Ana@Example.org", identifiers=(("external", "A-7"),))
    ben = member(db, now, "Ben", identifiers=(("card", "9000 1"),))
    number = db.scalar(select(Person.member_number).where(Person.id == ana)) or ""
    typed = f"{number[:4]}-{number[4:]}".lower()
    imported, wrong = take(
        f"member,date,amount\n{typed},2026-01-01,1\nANA@example.org,2026-01-02,2\na-7,2026-01-03,3\n90001,2026-01-04,4\n",
        creates_members=False,
    )
    assert (wrong, imported.new) == ([], 4)
    owners = db.scalars(select(Purchase.member_id).order_by(Purchase.id)).all()
    assert owners == [ana, ana, ana, ben]


@pytest.mark.proves("F-47")
def test_f47_what_cannot_be_used_is_said_and_nothing_else_is_lost(db: Session, now: datetime, take: Take) -> None:
    member(db, now, "Ana", identifiers=(("external", "A"),))
    imported, wrong = take(
        "member,date,amount,quantity\n"
        "A,2026-01-01,1.50,\n"
        "A,2026-01-01,-1.50,\n"
        "A,2026-06-16,1.50,\n"
        "A,2026-02-30,1.50,\n"
        "A,1899-12-31,1.50,\n"
        "A,2026-01-01,1.505,\n"
        "A,2026-01-01,99999999999999,\n"
        "B,2026-01-01,1.50,\n"
        ",2026-01-01,1.50,\n"
        "A,2026-01-01,1.50,1.5\n"
        "A,2026-01-01,1,50,,7\n"
        '"=HYPERLINK(1)",yesterday,much,\n'
        "A,2026-01-02,2.50,2\n",
        creates_members=False,
    )
    assert imported.counts == {
        "rows": 13, "new": 2, "same": 0, "errors": 11, "members_created": 0, "amount_cents": 400,
    }  # fmt: skip
    assert [(complaint.row, complaint.column) for complaint in wrong] == [
        (3, "amount"), (4, "date"), (5, "date"), (6, "date"), (7, "amount"), (8, "amount"), (9, "member"),
        (10, "member"), (11, "quantity"), (12, ""), (13, "date"), (13, "amount"),
    ]  # fmt: skip
    assert purchases(db) == [("Ana", date(2026, 1, 1), 150, 150, 0), ("Ana", date(2026, 1, 2), 250, 250, 0)]
    assert db.scalar(select(func.count()).select_from(Person)) == 1


def test_somebody_who_is_no_member_yet_is_not_made_one_by_a_file(
    db: Session, club: Club, now: datetime, take: Take
) -> None:
    with transaction(db) as tx:
        new_person(tx, NewPerson(full_name="Lea", language="en", source="lead", email="lea@example.org"), None, now)
    imported, wrong = take("member,date,amount\nlea@example.org,2026-01-01,5\n")
    assert (imported.new, [(c.row, c.column) for c in wrong]) == (0, [(2, "member")])


# --- the same again


def test_the_same_file_twice_adds_nothing(db: Session, take: Take) -> None:
    content = "member,date,amount,reference\nA,2026-01-01,5,\nA,2026-01-01,5,\nA,2026-01-01,5,R1\nB,2026-01-02,6,R2\n"
    first, _ = take(content)
    before = everything(db)
    second, wrong = take(content)
    assert (first.new, first.members_created, first.amount) == (4, 2, 2100)
    assert second.counts == {"rows": 4, "new": 0, "same": 4, "errors": 0, "members_created": 0, "amount_cents": 0}
    assert (wrong, everything(db)) == ([], before)


def test_a_grown_file_adds_only_what_is_new(db: Session, take: Take) -> None:
    take("member,date,amount\nA,2026-01-01,5\nA,2026-01-01,5\n")
    imported, _ = take("member,date,amount\nB,2026-01-03,7\nA,2026-01-01,5\nA,2026-01-01,5\nA,2026-01-01,5\n")
    assert (imported.new, imported.same, imported.amount) == (2, 2, 1200)


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_a_reference_stands_for_one_thing_only(db: Session, take: Take, is_dry_run: bool) -> None:
    take("member,date,amount,reference\nA,2026-01-01,5,R1\n")
    imported, wrong = take(
        "member,date,amount,reference,channel\n"
        "A,2026-01-01,6,R1,\n"
        "A,2026-01-01,5,R1,\n"
        "A,2026-01-01,6,R1,market\n"
        "A,2026-01-01,8,R2,\n"
        "A,2026-01-01,9,R2,\n"
        "A,2026-01-01,8,R2,\n",
        is_dry_run=is_dry_run,
    )
    assert [(complaint.row, complaint.column, complaint.value) for complaint in wrong] == [
        (2, "reference", "R1"),
        (6, "reference", "R2"),
    ]
    assert (imported.new, imported.same, imported.errors) == (2, 2, 2)


def test_a_reference_of_the_counter_is_not_overwritten(db: Session, now: datetime, take: Take) -> None:
    ana = member(db, now, "Ana", identifiers=(("external", "A"),))
    accrual.record_purchase(
        db,
        NewPurchase(member_id=ana, channel="till", reference="R1", bought_on=date(2026, 1, 1), amount=500),
        None,
        Role.OWNER,
        now,
    )
    imported, wrong = take("member,date,amount,reference\nA,2026-01-01,5,R1\n")
    assert (imported.new, [complaint.column for complaint in wrong]) == (0, ["reference"])


def test_rows_apart_by_a_batch_are_still_told_apart(db: Session, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bought_rows, "BATCH", 2)
    content = "member,date,amount,reference\nA,2026-01-01,5,R1\n" + "B,2026-01-01,5,\n" * 3 + "A,2026-01-01,6,R1\n"
    dry, wrong_dry = take(content, is_dry_run=True)
    real, wrong = take(content)
    assert dry.counts == real.counts == {
        "rows": 5, "new": 4, "same": 0, "errors": 1, "members_created": 2, "amount_cents": 2000,
    }  # fmt: skip
    assert wrong_dry == wrong


def test_a_dry_run_changes_nothing_and_says_the_same(db: Session, now: datetime, take: Take) -> None:
    earning(db, now)
    content = (
        "member,date,amount,reference,returns\nA,2026-01-01,50,R1,\nA,2026-02-01,20,,R1\nA,2026-02-02,40,,R1\n"
        "B,2026-02-02,10,,R9\nC,2026-02-01,20,,R1\n"
    )
    before = everything(db), db.scalar(select(func.count()).select_from(ImportRun))
    dry, wrong_dry = take(content, is_dry_run=True)
    assert (everything(db), db.scalar(select(func.count()).select_from(ImportRun))) == before
    real, wrong = take(content)
    assert dry.counts == real.counts
    assert [c.row for c in wrong_dry] == [c.row for c in wrong] == [4, 5, 6]


def test_only_who_may_import_imports(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        import_purchases(db, PurchaseFile(path=tmp_path / "x.csv"), None, Role.SUPPORT, now, Complaints())


# --- what is given back


def test_returns_lower_their_original_wherever_it_stands(db: Session, now: datetime, take: Take) -> None:
    earning(db, now)
    imported, wrong = take(
        "member,date,amount,reference,returns\n"
        "A,2026-02-02,30,,R1\n"
        "A,2026-01-01,100,R1,\n"
        "A,2026-02-01,70,,R1\n"
        "A,2026-01-01,50,R2,\n"
    )
    assert (wrong, imported.new, imported.amount, imported.given_back) == ([], 4, 15000, 10000)
    assert purchases(db) == [("A", date(2026, 1, 1), 10000, 0, 100), ("A", date(2026, 1, 1), 5000, 5000, 50)]
    assert db.scalars(select(BALANCES.c.active)).all() == [50]
    again, _ = take(
        "member,date,amount,reference,returns\nA,2026-02-02,30,,R1\nA,2026-03-01,20,X1,R2\nA,2026-02-01,70,,R1\n"
    )
    assert (again.new, again.same) == (1, 2)
    assert db.scalars(select(Correction.import_id).order_by(Correction.id)).all() == [1, 1, 2]


def test_a_return_that_cannot_be_is_an_error_row(db: Session, take: Take) -> None:
    imported, wrong = take(
        "member,date,amount,reference,returns,channel\n"
        "A,2026-01-10,100,R1,,\n"
        "A,2026-02-01,80,,R1,\n"
        "A,2026-02-02,50,,R1,\n"
        "A,2026-02-03,20,,R1,\n"
        "A,2026-02-03,20,,R7,\n"
        "A,2026-02-03,20,,R1,market\n"
        "B,2026-02-03,20,,R1,\n"
        "A,2026-01-09,20,,R1,\n"
        "A,2026-02-03,0,,R1,\n"
        "A,2026-02-03,-5,,R1,\n"
    )
    assert imported.counts == {
        "rows": 10, "new": 3, "same": 0, "errors": 7, "members_created": 1, "amount_cents": 10000,
    }  # fmt: skip
    assert [(complaint.row, complaint.column) for complaint in wrong] == [
        (4, "amount"), (6, "returns"), (7, "returns"), (8, "member"), (9, "date"), (10, "amount"), (11, "amount"),
    ]  # fmt: skip


# --- points and tiers


def test_a_purchase_earns_by_the_rules_of_its_day(db: Session, now: datetime, take: Take) -> None:
    double = Campaign(percent=200, starts_on=date(2026, 2, 1), ends_on=date(2026, 2, 28), category="wine")
    earning(db, now, campaigns=(double,))
    take(
        "member,date,amount,category,quantity\nA,2025-12-31,100,,\nA,2026-01-01,100,,\nA,2026-02-01,100,wine,6\n"
        "A,2026-02-01,100,,\nA,2026-02-01,0,wine,\n"
    )
    assert [row[4] for row in purchases(db)] == [0, 100, 200, 100, 0]
    lines = db.execute(select(PurchaseLine.category, PurchaseLine.quantity, PurchaseLine.points)).all()
    assert [tuple(line) for line in lines] == [("wine", 6, 200), ("wine", 1, 0)]
    movements = db.execute(select(MOVEMENTS).order_by(MOVEMENTS.c.id)).all()
    assert [(m.kind, m.dated_on, m.active, m.issued) for m in movements] == [
        ("purchase.earned", date(2026, 1, 1), 100, -100),
        ("purchase.earned", date(2026, 2, 1), 200, -200),
        ("purchase.earned", date(2026, 2, 1), 100, -100),
    ]
    assert movements[1].why["campaign_percent"] == 200
    assert {m.posted_at for m in movements} == {now}
    lots = db.execute(select(LOTS.c.earned_on, LOTS.c.activates_on, LOTS.c.expires_on).order_by(LOTS.c.id)).all()
    assert tuple(lots[0]) == (date(2026, 1, 1), date(2026, 1, 1), date(2028, 1, 31))
    assert db.scalars(select(BALANCES.c.active)).all() == [400]


def test_an_imported_purchase_brings_what_it_would_have_brought_at_the_counter(
    db: Session, now: datetime, take: Take
) -> None:
    earning(db, now, caps=(Cap(points=150, period=Period.MONTH, starts_on=date(2026, 1, 1)),))
    ana, ben = (member(db, now, name, identifiers=(("external", name),)) for name in ("Ana", "Ben"))
    days = [(date(2026, 1, 5), 100), (date(2026, 1, 20), 80), (date(2026, 2, 1), 170), (date(2026, 1, 6), 30)]
    for day, amount in days:
        new = NewPurchase(member_id=ana, channel="till", bought_on=day, amount=amount * 100)
        accrual.record_purchase(db, new, None, Role.OWNER, now)
    take("member,date,amount\n" + "".join(f"Ben,{day},{amount}\n" for day, amount in days))
    theirs = {
        owner: [
            tuple(row)
            for row in db.execute(
                select(Purchase.points, Purchase.qualifying_points)
                .where(Purchase.member_id == owner)
                .order_by(Purchase.id)
            )
        ]
        for owner in (ana, ben)
    }
    assert theirs[ben] == theirs[ana] == [(100, 100), (50, 80), (150, 170), (0, 30)]


def test_what_somebody_owes_is_paid_first(db: Session, now: datetime, take: Take) -> None:
    earning(db, now)
    ana = member(db, now, "Ana", identifiers=(("external", "A"),))
    accrual.record_purchase(
        db,
        NewPurchase(member_id=ana, channel="till", reference="R1", bought_on=date(2026, 1, 1), amount=10000),
        None,
        Role.OWNER,
        now,
    )
    adjust_by_hand(db, ana, -100, "spent at the old till", None, Role.OWNER, now)
    take("member,date,amount,returns,reference\nA,2026-02-01,100,R1,\n")
    take("member,date,amount\nA,2026-03-01,30\nA,2026-03-02,90\n")
    balance = db.execute(select(BALANCES.c.active, BALANCES.c.debt)).one()
    assert tuple(balance) == (20, 0)


def test_the_status_of_the_day_multiplies_and_the_file_itself_never_re_prices(
    db: Session, now: datetime, club: Club, take: Take
) -> None:
    set_ladder(db, LADDER, date(2026, 1, 1), None, now)
    earning(db, now)
    take("member,date,amount\nA,2026-03-01,1000\nA,2026-03-02,100\n")
    assert [row[4] for row in purchases(db)] == [1000, 100]
    ana = db.scalars(select(Person.id)).one()
    assert status_of(db, ana, club_day(now, club.time_zone)).key == "gold"
    today = club_day(now, club.time_zone)
    take(f"member,date,amount\nA,{today},100\nA,2026-01-02,100\n")
    assert [row[4] for row in purchases(db)] == [1000, 100, 150, 100]
    assert db.scalar(select(func.count()).select_from(Message)) == 0


# --- many rows


def test_a_counter_sale_of_the_same_reference_in_between_is_seen(
    db: Session, now: datetime, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = member(db, now, "Ana", identifiers=(("external", "A"),))
    real, others = bought_rows._write, [True]

    def interrupted(tx: Transaction, *rest: Any) -> None:
        if others:
            others.pop()
            new = NewPurchase(member_id=ana, channel="till", reference="R2", bought_on=date(2026, 1, 2), amount=5)
            accrual.record_purchase_in(tx, new, None, now)
            tx.commit()
            tx.connection(execution_options={"club_writing": True})
        real(tx, *rest)

    monkeypatch.setattr(bought_rows, "_write", interrupted)
    imported, wrong = take("member,date,amount,reference\nA,2026-01-01,5,R1\nA,2026-01-02,5,R2\n")
    assert (imported.new, [(c.row, c.column) for c in wrong]) == (1, [(3, "reference")])
    assert db.scalar(select(func.count()).select_from(Purchase)) == 2


def test_the_run_is_remembered_and_audited(db: Session, take: Take) -> None:
    take("member,date,amount\nA,2026-01-01,5\n")
    run = db.scalars(select(ImportRun)).one()
    assert (run.kind, run.file_name, run.counts["new"]) == ("purchases", "till.csv", 1)
    assert run.finished_at == datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
    acts = db.execute(text("SELECT act FROM audit_entry WHERE subject = 'import_run'")).scalars().all()
    assert acts == ["purchases.imported"]


def test_a_club_in_another_currency_reads_its_own_amounts(db: Session, club: Club, now: datetime, take: Take) -> None:
    programme.change(db, replace(club, currency="JPY"), None, now)
    imported, wrong = take("member,date,amount\nA,2026-01-01,1200\nA,2026-01-01,12.50\n")
    assert (imported.amount, [c.row for c in wrong]) == (1200, [3])

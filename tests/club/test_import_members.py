"""A file of people becomes members who can be scanned, with their tiers and consents."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accounts.models import Account
from club.clock import club_day
from club.database import transaction
from club.errors import NotAllowed
from club.intake.complaints import Complaint, Complaints
from club.joining.importing import PeopleImported, import_members
from club.members.models import Consent, Person, find_member
from club.members.rules import NewPerson
from club.members.service import new_member, new_person
from club.messages.models import Message
from club.permissions import Role
from club.points.models import BALANCES
from club.points.service import open_account
from club.programme.rules import Club
from club.texts import Texts
from club.tiers.models import Status, status_of
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder

LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver", "es": "Plata"}), spend=50_000),
        Rung("gold", Texts({"en": "Gold", "es": "Oro"}), spend=100_000),
    )
)

Take = Callable[..., tuple[PeopleImported, list[Complaint]]]


@pytest.fixture
def take(db: Session, club: Club, now: datetime, tmp_path: Path) -> Take:
    """Imports a text as a file and returns what came of it and what was wrong."""
    set_ladder(db, LADDER, date(2020, 1, 1), None, now)

    def importing(content: str, *, is_dry_run: bool = False) -> tuple[PeopleImported, list[Complaint]]:
        path = tmp_path / "people.csv"
        path.write_text(content, encoding="utf-8")
        complaints = Complaints()
        imported = import_members(db, path, None, Role.OWNER, now, complaints, lambda *_: None, is_dry_run=is_dry_run)
        found = list(complaints)
        complaints.close()
        db.rollback()
        return imported, found

    return importing


def people(db: Session) -> list[tuple[object, ...]]:
    rows = db.execute(select(Person.full_name, Person.email, Person.phone, Person.joined_on).order_by(Person.id))
    return [tuple(row) for row in rows]


def test_people_come_with_card_birthday_tier_and_consent(db: Session, club: Club, now: datetime, take: Take) -> None:
    imported, wrong = take(
        "name;email;phone;language;birthday;external_id;card;joined;tier;tier_until;"
        "consent_email;consent_source;consent_date\n"
        "Ana  Núñez;Ana@Example.org;612 34 56 78;es;29.02.1980;A-1;9000 0001;2019-05-01;Oro;2027-01-31;"
        "sí;paper form;2020-02-01\n"
        "Борис;;;ru;--05-07;A-2;;;;;no;;\n"
        "Lea;lea@example.org;;;7.5.;;;;member;;;;\n"
    )
    assert wrong == []
    assert imported.counts == {"rows": 3, "new": 3, "changed": 0, "same": 0, "errors": 0}
    today = club_day(now, club.time_zone)
    assert people(db) == [
        ("Ana Núñez", "Ana@Example.org", "+34612345678", date(2019, 5, 1)),
        ("Борис", None, None, today),
        ("Lea", "lea@example.org", None, today),
    ]
    ana, boris, lea = db.scalars(select(Person.id).order_by(Person.id)).all()
    births = db.execute(select(Person.birth_year, Person.birth_month, Person.birth_day).order_by(Person.id)).all()
    assert [tuple(birth) for birth in births] == [(1980, 2, 29), (None, 5, 7), (None, 5, 7)]
    assert find_member(db, "90000001") == find_member(db, "a-1") == ana
    held = status_of(db, ana, today)
    assert (held.key, held.until, held.how) == ("gold", date(2027, 1, 31), "import")
    assert status_of(db, lea, today).id is None
    consents = db.execute(
        select(Consent.person_id, Consent.purpose, Consent.channel, Consent.is_given, Consent.source, Consent.at)
    ).all()
    assert [tuple(consent)[:5] for consent in consents] == [
        (ana, "news", "email", True, "paper form"),
        (boris, "news", "email", False, "file people.csv"),
    ]
    assert consents[0].at.date() == date(2020, 2, 1)
    assert db.scalars(select(BALANCES.c.member_id).order_by(BALANCES.c.member_id)).all() == [ana, boris, lea]
    assert db.scalar(select(func.count()).select_from(Message)) == 0
    assert imported.tiers_in_file == {"gold": 1, "member": 1}
    assert imported.tiers_in_club == {"member": 2, "silver": 0, "gold": 1}


def test_the_same_file_twice_changes_nothing(db: Session, take: Take) -> None:
    content = (
        "name,email,birthday,card,tier,tier_until,consent_email\n"
        "Ana,ana@example.org,--02-29,77,gold,2027-01-31,yes\nBen,,,78,silver,,no\n"
    )
    take(content)
    before = people(db), db.scalar(select(func.count()).select_from(Status))
    imported, wrong = take(content)
    assert wrong == []
    assert imported.counts == {"rows": 2, "new": 0, "changed": 0, "same": 2, "errors": 0}
    assert (people(db), db.scalar(select(func.count()).select_from(Status))) == before
    assert db.scalar(select(func.count()).select_from(Consent)) == 2


def test_what_changes_is_said_before_and_after(db: Session, take: Take) -> None:
    take("name,email,card,phone\nAna,ana@example.org,77,612345678\n")
    content = "name,email,card,phone,tier\nAna López,new@example.org,77,,gold\nAna López,new@example.org,78,,\n"
    dry, _ = take("name,email,card,phone,tier\nAna López,new@example.org,77,,gold\n", is_dry_run=True)
    assert people(db)[0][:2] == ("Ana", "ana@example.org")
    imported, wrong = take(content)
    assert wrong == []
    assert imported.counts == {"rows": 2, "new": 0, "changed": 2, "same": 0, "errors": 0}
    assert (
        dry.changes
        == imported.changes[:1]
        == ["row 2: Ana López: full_name Ana → Ana López, email ana@example.org → new@example.org, tier"]
    )
    assert imported.changes[1] == "row 3: Ana López: card + 78"
    assert people(db)[0][:3] == ("Ana López", "new@example.org", "+34612345678")
    assert find_member(db, "78") == find_member(db, "new@example.org")
    assert db.scalar(select(Person.search_text)) == db.scalar(
        select(Person.search_text).where(Person.search_text.contains("lopez"))
    )


def test_a_file_lifts_and_prolongs_a_tier_but_never_lowers_it(
    db: Session, club: Club, now: datetime, take: Take
) -> None:
    take("name,card,tier,tier_until\nAna,77,gold,2027-01-31\n")
    lower, _ = take("name,card,tier,tier_until\nAna,77,silver,2028-01-31\n")
    longer, _ = take("name,card,tier,tier_until\nAna,77,gold,2028-01-31\n")
    held = status_of(db, find_member(db, "77"), club_day(now, club.time_zone))
    assert (lower.same, longer.changed, held.key, held.until) == (1, 1, "gold", date(2028, 1, 31))


@pytest.mark.proves("F-47")
def test_f47_rows_of_people_that_cannot_be_used_are_said(db: Session, now: datetime, take: Take) -> None:
    for name, email in (("Ana", "ana@example.org"), ("Ben", "ben@example.org")):
        with transaction(db) as tx:
            person = NewPerson(
                full_name=name, language="en", source="counter", email=email, identifiers=(("card", name),)
            )
            open_account(tx, new_member(tx, person, None, date(2026, 1, 1), now))
    imported, wrong = take(
        "name,email,phone,language,birthday,member_number,card,joined,tier,tier_until,consent_email,consent_source\n"
        ",x@example.org,,,,,,,,,,\n"
        "X,no address,,,,,,,,,,\n"
        "X,x@example.org,12,,,,,,,,,\n"
        "X,x@example.org,,fr,,,,,,,,\n"
        "X,x@example.org,,,30.02.1980,,,,,,,\n"
        "X,x@example.org,,,2030-01-01,,,,,,,\n"
        "X,x@example.org,,,,12345,,,,,,\n"
        "X,x@example.org,,,,,,2030-01-01,,,,\n"
        "X,x@example.org,,,,,,,platinum,,,\n"
        "X,x@example.org,,,,,,,gold,2020-01-01,,\n"
        "X,x@example.org,,,,,,,,2030-01-01,,\n"
        "X,x@example.org,,,,,,,,,maybe,\n"
        "X,x@example.org,,,,,,,,,,form\n"
        "X,,612345678,,,,,,,,,\n"
        "X,ana@example.org,,,,,Ben,,,,,\n"
        "Zoe,zoe@example.org,,,,,,,,,,\n"
    )
    assert imported.counts == {"rows": 16, "new": 1, "changed": 0, "same": 0, "errors": 15}
    assert [(complaint.row, complaint.column) for complaint in wrong] == [
        (2, "name"), (3, "email"), (4, "phone"), (5, "language"), (6, "birthday"), (7, "birthday"),
        (8, "member_number"), (9, "joined"), (10, "tier"), (11, "tier_until"), (12, "tier"), (13, "consent_email"),
        (14, "consent_email"), (15, "email"), (16, "name"),
    ]  # fmt: skip
    assert [person[0] for person in people(db)] == ["Ana", "Ben", "Zoe"]


def test_a_lead_becomes_a_member_and_keeps_their_row(db: Session, now: datetime, club: Club, take: Take) -> None:
    with transaction(db) as tx:
        lead = new_person(
            tx, NewPerson(full_name="Lea", language="en", source="lead", email="l@example.org"), None, now
        )
    imported, _ = take("name,email\nLea,l@example.org\n")
    assert (imported.changed, find_member(db, "l@example.org")) == (1, lead)
    assert db.scalars(select(BALANCES.c.member_id)).all() == [lead]


def test_whoever_signs_in_keeps_their_address(db: Session, now: datetime, take: Take) -> None:
    with transaction(db) as tx:
        account = Account(email="a@example.org", email_key="a@example.org", language="en", created_at=now)
        tx.add(account)
        tx.flush()
        person = NewPerson(
            full_name="Ana", language="en", source="join", email="a@example.org", identifiers=(("card", "77"),)
        )
        open_account(tx, new_member(tx, person, account.id, date(2026, 1, 1), now))
    imported, wrong = take("name,email,card\nAna,other@example.org,77\n")
    assert (imported.errors, [complaint.column for complaint in wrong]) == (1, ["email"])
    assert people(db)[0][1] == "a@example.org"


def test_only_who_may_import_takes_people_in(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        import_members(db, tmp_path / "x.csv", None, Role.SHOP, now, Complaints(), lambda *_: None)

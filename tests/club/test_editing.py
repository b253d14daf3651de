"""Changing what is kept about somebody: field by field, never over a colleague's change, always with a trace."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry, AuditWords
from club.database import transaction
from club.errors import (
    AlreadyKnown,
    BadBirthday,
    BadPhone,
    ChangedMeanwhile,
    EmailTaken,
    IdentifierMissing,
    NameMissing,
    NotAllowed,
    NotFound,
    Refusal,
    SignsInWithAddress,
    SourceMissing,
    UnknownMember,
)
from club.members import editing
from club.members.editing import PersonData, data_of, edit_person
from club.members.finding import search
from club.members.models import find_member
from club.members.rules import NewPerson
from club.members.service import new_person
from club.permissions import PERMISSIONS, Permission, Role
from club.programme.rules import Club
from tests.people import SomebodyWithAccount, new_colleague, new_signed_up_member


@pytest.fixture
def clerk(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.SHOP).account_id


@pytest.fixture
def lea(db: Session, club: Club, now: datetime) -> int:
    """Known, without an account."""
    person = NewPerson(full_name="Lea Lead", language="es", source="import", email="lea@example.org")
    with transaction(db) as tx:
        return new_person(tx, person, None, now)


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


def edit(db: Session, person_id: int, by: int, now: datetime, role: Role = Role.SHOP, **changes: object) -> list[str]:
    seen = data_of(db, person_id)
    return edit_person(db, person_id, seen, replace(seen, **changes), by=by, role=role, now=now)  # type: ignore[arg-type]


def test_what_changes_is_written_found_and_kept_in_erasable_words(
    db: Session, lea: int, clerk: int, now: datetime
) -> None:
    changed = edit(
        db, lea, clerk, now, full_name=" Lea  Líder ", phone="600 111 222", email="lider@example.org", birth_day=29,
        birth_month=2,
    )  # fmt: skip
    assert changed == ["full_name", "email", "phone", "birth_month", "birth_day"]
    kept = data_of(db, lea)
    assert (kept.full_name, kept.phone, kept.birth_year) == ("Lea Líder", "+34600111222", None)
    assert [one.person_id for one in search(db, "lider", 5, members_only=False)] == [lea]
    assert search(db, "lead", 5, members_only=False) == []
    entry = db.scalars(select(AuditEntry).where(AuditEntry.act == "person.edited")).one()
    assert (entry.by, entry.subject_id, entry.numbers) == (clerk, lea, {"fields": 5})
    words = db.scalars(select(AuditWords).where(AuditWords.entry_id == entry.id)).one()
    assert words.person_id == lea
    assert words.words["before"] == {
        "full_name": "Lea Lead", "email": "lea@example.org", "phone": None, "birth_month": None, "birth_day": None,
    }  # fmt: skip


def test_the_same_again_changes_nothing_and_leaves_no_trace(db: Session, lea: int, clerk: int, now: datetime) -> None:
    assert edit(db, lea, clerk, now, full_name="Lea Lead") == []
    assert db.scalars(select(AuditEntry).where(AuditEntry.act == "person.edited")).all() == []


def test_a_colleagues_change_is_not_overwritten_unseen(db: Session, lea: int, clerk: int, now: datetime) -> None:
    seen = data_of(db, lea)
    edit(db, lea, clerk, now, phone="+34600111222")
    with pytest.raises(ChangedMeanwhile) as refused:
        edit_person(db, lea, seen, replace(seen, phone="+34600999999"), by=clerk, role=Role.SHOP, now=now)
    assert refused.value.fields == ("phone",)
    assert data_of(db, lea).phone == "+34600111222"
    assert editing.last_edit(db, lea) == now


def test_changes_of_different_fields_both_stay(db: Session, lea: int, clerk: int, now: datetime) -> None:
    seen = data_of(db, lea)
    edit(db, lea, clerk, now, phone="+34600111222")
    edit_person(db, lea, seen, replace(seen, call_name="Lea"), by=clerk, role=Role.SHOP, now=now)
    kept = data_of(db, lea)
    assert (kept.phone, kept.call_name) == ("+34600111222", "Lea")


def test_who_signs_in_with_an_address_changes_it_alone(
    db: Session, ana: SomebodyWithAccount, clerk: int, now: datetime
) -> None:
    assert ana.person_id is not None
    with pytest.raises(SignsInWithAddress):
        edit(db, ana.person_id, clerk, now, email="other@example.org", call_name="A")
    assert (data_of(db, ana.person_id).email, data_of(db, ana.person_id).call_name) == ("ana@example.org", "")
    assert edit(db, ana.person_id, clerk, now, call_name="Anita") == ["call_name"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"email": "ANA@example.org"}, EmailTaken),
        ({"full_name": " "}, NameMissing),
        ({"phone": "12"}, BadPhone),
        ({"birth_day": 31, "birth_month": 2}, BadBirthday),
        ({"birth_year": 1990}, BadBirthday),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    db: Session,
    lea: int,
    ana: SomebodyWithAccount,
    clerk: int,
    now: datetime,
    changes: dict[str, Any],
    refusal: type[Refusal],
) -> None:
    before = data_of(db, lea)
    with pytest.raises(refusal):
        edit(db, lea, clerk, now, call_name="L", **changes)
    assert data_of(db, lea) == before


@pytest.mark.proves("A-8.3.1")
def test_who_may_not_edit_is_refused_by_the_service(db: Session, lea: int, clerk: int, now: datetime) -> None:
    for role in (Role.EVENTS, Role.READ_ONLY):
        with pytest.raises(NotAllowed):
            edit(db, lea, clerk, now, role=role, call_name="L")
        with pytest.raises(NotAllowed):
            editing.know_by(db, lea, "card", "1", by=clerk, role=role, now=now)
        with pytest.raises(NotAllowed):
            editing.note_consent(db, lea, "email", is_given=True, how="phone", by=clerk, role=role, now=now)
    assert data_of(db, lea).call_name == ""


@pytest.mark.proves("A-8.2.3")
def test_contact_data_change_only_by_who_may_see_them(
    db: Session, lea: int, clerk: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PERMISSIONS, Role.SHOP, frozenset({Permission.EDIT_MEMBERS}))
    seen = data_of(db, lea, with_contact=False)
    assert (seen.email, seen.phone) == (None, None)
    wanted = replace(seen, email="evil@example.org", phone="+34600111222", call_name="L")
    assert edit_person(db, lea, seen, wanted, by=clerk, role=Role.SHOP, now=now) == ["call_name"]
    assert data_of(db, lea) == PersonData(
        full_name="Lea Lead", call_name="L", email="lea@example.org", phone=None, language="es", birth_year=None,
        birth_month=None, birth_day=None,
    )  # fmt: skip


def test_an_old_card_leads_to_its_owner_until_it_is_taken_away(
    db: Session, ana: SomebodyWithAccount, lea: int, clerk: int, now: datetime
) -> None:
    assert ana.person_id is not None
    for _ in range(2):
        editing.know_by(db, ana.person_id, "card", "old 12", by=clerk, role=Role.SHOP, now=now)
    assert find_member(db, "OLD12") == ana.person_id
    with pytest.raises(AlreadyKnown):
        editing.know_by(db, lea, "card", "Old12", by=clerk, role=Role.SHOP, now=now)
    for value in ("", "  ", "x" * 101):
        with pytest.raises(IdentifierMissing):
            editing.know_by(db, lea, "card", value, by=clerk, role=Role.SHOP, now=now)
    editing.forget_identifier(db, ana.person_id, "card", "OLD12", by=clerk, role=Role.SHOP, now=now)
    assert editing.identifiers_of(db, ana.person_id) == []
    with pytest.raises(UnknownMember):
        find_member(db, "OLD12")
    with pytest.raises(NotFound):
        editing.forget_identifier(db, ana.person_id, "card", "OLD12", by=clerk, role=Role.SHOP, now=now)


def test_answers_are_added_with_how_they_came_and_the_newest_holds(
    db: Session, lea: int, clerk: int, now: datetime
) -> None:
    editing.note_consent(db, lea, "email", is_given=True, how="paper", by=clerk, role=Role.SHOP, now=now)
    editing.note_consent(db, lea, "email", is_given=False, how="phone", by=clerk, role=Role.SHOP, now=now)
    said = editing.consents_of(db, lea)
    assert [(one.is_given, one.source, one.text_version) for one in said] == [
        (False, "staff:phone", "said"),
        (True, "staff:paper", "said"),
    ]
    assert [(one.channel, one.is_given) for one in editing.standing(said)] == [("email", False)]
    with pytest.raises(SourceMissing):
        editing.note_consent(db, lea, "email", is_given=True, how="", by=clerk, role=Role.SHOP, now=now)
    with pytest.raises(NotFound):
        editing.note_consent(db, lea, "pigeon", is_given=True, how="phone", by=clerk, role=Role.SHOP, now=now)
    assert len(editing.consents_of(db, lea)) == 2

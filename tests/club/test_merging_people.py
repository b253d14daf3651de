"""Who is no member is merged too, old names lead to the record that stays, and what both had open stands."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.access.models import login_for
from club.access.service import Asking, SignInTry, ask_for_link, sign_in
from club.accounts.models import Account
from club.accounts.service import set_password
from club.care.models import to_do
from club.care.rules import Direction, Entry, Kind, NewPromise, NewTask, ToDo
from club.care.service import add_promise, add_task, log
from club.catalogue.models import ProductTaken
from club.catalogue.service.stock.orders import take_of_limit
from club.contact.models import contacts_of
from club.database import transaction
from club.errors import (
    AlreadyKnown,
    EmailTaken,
    LimitReached,
    MemberStays,
    MergedOn,
    UndoTooLate,
    UnknownMember,
    WrongCredentials,
)
from club.insight.service import refresh
from club.joining.importing.known import changes_of, current
from club.joining.importing.rows import PersonRow
from club.joining.rules import WantsToJoin
from club.joining.service import ask_to_join, enrol_at_counter
from club.lost import service as lost
from club.lost.models import Wanted as WantedCases
from club.lost.models import cases, causes, counted
from club.lost.rules import Cause, Step, Why
from club.members.finding import search
from club.members.importing import known_by, owners
from club.members.models import Person, PersonIdentifier, find_member
from club.members.rules import NewPerson, former_email
from club.members.service import add_identifier, change_email, make_member, new_person
from club.merging import models
from club.merging.rules import Side, can_choose
from club.merging.service import Wanted, merge, undo
from club.permissions import Role
from club.points import service as points
from club.points.models import BALANCES
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.tiers.models import ladder_on
from tests.cart_world import Shelf
from tests.people import PASSWORD, mails_to, new_colleague, new_signed_up_member
from tests.tier_world import add_member, add_purchase

TODAY = date(2026, 6, 15)
ASKING = Asking(address="192.0.2.1")
OTHER_PASSWORD = "a quiet evening by the river"


@pytest.fixture
def eva(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.SUPPORT).account_id


def known(db: Session, now: datetime, name: str, source: str = "guest", **more: str) -> int:
    """Somebody whom the club knows and who is no member."""
    with transaction(db) as tx:
        person = NewPerson(full_name=name, language="es", source=source, **more)  # type: ignore[arg-type]
        return new_person(tx, person, None, now)


def bring_together(db: Session, stays: int, goes: int, by: int, now: datetime, **choices: Side) -> int:
    return merge(db, Wanted(stays, goes, "One human", choices), by, Role.SUPPORT, now)


def row_of(db: Session, person_id: int) -> dict[str, object]:
    db.rollback()
    return dict(db.execute(select(Person.__table__).where(Person.id == person_id)).one()._mapping)


def note(db: Session, person_id: int, by: int, now: datetime) -> None:
    call = Entry(kind=Kind.CALL, summary="Asked for a table", direction=Direction.OUT)
    log(db, person_id, call, by, Role.SUPPORT, now)


# --- who is no member


@pytest.mark.proves("R86", "R87")
def test_two_who_are_no_members_become_one_and_are_parted_again(db: Session, eva: int, now: datetime) -> None:
    guest = known(db, now, "Lea Lead", phone="+34911222333")
    lead = known(db, now, "LEAD Lea", "import", email="lea@example.org")
    note(db, lead, eva, now)
    before = [row_of(db, one) for one in (guest, lead)]
    assert [one.person_id for one in models.suggestions(db, guest)] == []
    merge_id = bring_together(db, guest, lead, eva, now)
    one = row_of(db, guest)
    assert (one["email"], one["phone"], one["member_number"]) == ("lea@example.org", "+34911222333", None)
    assert row_of(db, lead)["merged_into"] == guest
    assert len(contacts_of(db, guest, now)) == 1
    assert [found.person_id for found in search(db, "lea@example.org", 5, members_only=False)] == [guest]
    assert db.scalar(select(func.count()).select_from(BALANCES)) == 0
    with pytest.raises(UndoTooLate):
        undo(db, merge_id, eva, Role.SUPPORT, now + timedelta(days=30))
    undo(db, merge_id, eva, Role.SUPPORT, now + timedelta(days=29))
    assert [row_of(db, one) for one in (guest, lead)] == before
    assert len(contacts_of(db, lead, now)) == 1


@pytest.mark.proves("R87")
def test_a_guest_becomes_part_of_a_member_who_keeps_number_day_and_points(db: Session, eva: int, now: datetime) -> None:
    ana = new_signed_up_member(db, now)
    assert ana.person_id is not None
    guest = known(db, now, "Ana Garcia", phone="+34911222333")
    with transaction(db) as tx:
        earned = points.Earned(ana.person_id, "gift.earned", 1, 40, TODAY, TODAY, date(2027, 6, 15))
        points.earn(tx, earned, TODAY, now)
    before = [row_of(db, one) for one in (ana.person_id, guest)]
    with pytest.raises(MemberStays):
        bring_together(db, guest, ana.person_id, eva, now)
    merge_id = bring_together(db, ana.person_id, guest, eva, now, joined_on=Side.GOES)
    one = row_of(db, ana.person_id)
    assert (one["phone"], one["member_number"], one["joined_on"]) == ("+34911222333", ana.member_number, TODAY)
    assert db.scalar(select(BALANCES.c.active)) == 40
    assert not can_choose("joined_on", {"joined_on": TODAY}, {"joined_on": None})
    undo(db, merge_id, eva, Role.SUPPORT, now)
    assert [row_of(db, one) for one in (ana.person_id, guest)] == before
    assert db.scalars(select(BALANCES.c.member_id)).all() == [ana.person_id]


def test_who_joined_since_stays_a_member_when_the_merge_is_undone(db: Session, eva: int, now: datetime) -> None:
    guest, lead = known(db, now, "Lea Lead"), known(db, now, "Lead Lea", "import")
    merge_id = bring_together(db, guest, lead, eva, now)
    with transaction(db) as tx:
        make_member(tx, guest, TODAY)
        points.open_account(tx, guest)
    undo(db, merge_id, eva, Role.SUPPORT, now)
    assert (row_of(db, guest)["joined_on"], row_of(db, lead)["joined_on"]) == (TODAY, None)
    assert db.scalars(select(BALANCES.c.member_id)).all() == [guest]


def test_over_two_merges_of_people_who_are_no_members_the_last_is_undone_first(
    db: Session, eva: int, now: datetime
) -> None:
    one, two, three = (known(db, now, f"Lea {number}") for number in range(3))
    first = bring_together(db, two, one, eva, now)
    second = bring_together(db, three, two, eva, now)
    assert models.survivor_of(db, one) == three
    with pytest.raises(MergedOn):
        undo(db, first, eva, Role.SUPPORT, now)
    for merge_id in (second, first):
        undo(db, merge_id, eva, Role.SUPPORT, now)
    assert [row_of(db, person)["merged_into"] for person in (one, two, three)] == [None] * 3


# --- what named the record that went


@pytest.fixture
def ana(db: Session, eva: int, now: datetime) -> int:
    """One human under two addresses and phones, who signs in with both; the second record goes."""
    stays = new_signed_up_member(db, now, email="ana@example.org", phone="+34911222333")
    goes = new_signed_up_member(db, now, name="Ana G", email="old@example.net", phone="+34911222444")
    assert stays.person_id is not None
    assert goes.person_id is not None
    with transaction(db) as tx:
        add_identifier(tx, goes.person_id, "card", "OLD-1")
        set_password(tx, goes.account_id, OTHER_PASSWORD)
    assert bring_together(db, stays.person_id, goes.person_id, eva, now) == 1
    return stays.person_id


@pytest.mark.proves("R87")
def test_the_old_address_phone_number_and_card_lead_to_the_record_that_stays(
    db: Session, ana: int, eva: int, now: datetime
) -> None:
    number = db.scalar(select(PersonIdentifier.value).where(PersonIdentifier.kind == "number"))
    assert number is not None
    for key in ("old@example.net", "OLD@Example.net", "+34 911 222 444", "911222444", number, "old-1"):
        assert find_member(db, key) == ana, key
        assert [one.person_id for one in search(db, key, 5)] == [ana], key
    assert [one.person_id for one in search(db, "old@ex", 5)] == [ana]
    assert search(db, "old@example.net", 5, by_contact=False) == []
    for key in ("Old@example.net", number, "OLD-1"):
        assert known_by(db, [key])[key].person_id == ana
    whose = owners(db, numbers={number}, emails={"old@example.net"}, identifiers={"OLD-1"})
    assert {one.person_id for found in whose for one in found.values()} == {ana}
    again = NewPerson(full_name="Ana", language="es", source="counter", email="old@example.net")
    with pytest.raises(AlreadyKnown):
        enrol_at_counter(db, again, by=eva, role=Role.SHOP, now=now)


def test_parted_again_each_name_leads_to_its_own_record(db: Session, ana: int, eva: int, now: datetime) -> None:
    undo(db, 1, eva, Role.SUPPORT, now)
    other = find_member(db, "old@example.net")
    assert other != ana
    assert (find_member(db, "911222444"), find_member(db, "old-1")) == (other, other)
    assert db.scalars(select(PersonIdentifier.kind)).all() == ["card"]


def test_a_row_with_the_old_address_is_about_the_record_that_stays_and_leaves_its_address(
    db: Session, ana: int, now: datetime
) -> None:
    row = PersonRow(row=1, name="Ana García", email="old@example.net")
    assert changes_of(row, current(db, [ana])[ana], TODAY, ladder_on(db, TODAY)) is None


def test_nobody_else_takes_an_address_that_leads_somewhere(db: Session, ana: int, now: datetime) -> None:
    with pytest.raises(EmailTaken):
        known(db, now, "Somebody", email="old@example.net")
    with transaction(db) as tx:
        change_email(tx, ana, "old@example.net")
    assert row_of(db, ana)["email"] == "old@example.net"


def test_an_address_too_long_for_an_identifier_leads_there_too(db: Session, eva: int, now: datetime) -> None:
    long = f"{'a' * 60}@{'b' * 60}.example.org"
    stays, goes = known(db, now, "Lea", email="lea@example.org"), known(db, now, "Lea", email=long)
    bring_together(db, stays, goes, eva, now)
    assert len(former_email(long)) == 64
    assert [one.person_id for one in search(db, long, 5, members_only=False)] == [stays]


# --- signing in by an old name


def test_the_old_address_names_the_account_that_stays_and_takes_its_password(
    db: Session, ana: int, now: datetime
) -> None:
    own = login_for(db, "ana@example.org")
    assert own is not None
    for name in ("old@example.net", "+34911222444"):
        led = login_for(db, name)
        assert led is not None
        assert led.account_id == own.account_id
    entered = sign_in(db, SignInTry(identifier="old@example.net", password=PASSWORD), ASKING, now)
    assert entered.account_id == own.account_id
    with pytest.raises(WrongCredentials):
        sign_in(db, SignInTry(identifier="old@example.net", password=OTHER_PASSWORD), ASKING, now)


def test_the_address_of_a_guest_names_the_member_they_became_part_of(db: Session, eva: int, now: datetime) -> None:
    guest = known(db, now, "Ana", email="former@example.net")
    member = new_signed_up_member(db, now)
    assert member.person_id is not None
    bring_together(db, member.person_id, guest, eva, now)
    entered = sign_in(db, SignInTry(identifier="former@example.net", password=PASSWORD), ASKING, now)
    assert entered.account_id == member.account_id


def test_a_link_asked_for_with_the_old_address_goes_to_the_one_that_stands(
    db: Session, ana: int, now: datetime
) -> None:
    ask_for_link(db, "sign_in", "old@example.net", ASKING, now)
    assert [mail.act for mail in mails_to(db, "ana@example.org")] == ["signin.link"]
    assert [mail.act for mail in mails_to(db, "old@example.net")] == ["record.merged"]


def test_the_old_mailbox_hears_once_and_in_its_language_that_two_memberships_are_one(
    db: Session, ana: int, eva: int, now: datetime
) -> None:
    (told,) = mails_to(db, "old@example.net")
    assert (told.act, told.language, told.data["new"]) == ("record.merged", "en", "a…@example.org")
    assert mails_to(db, "ana@example.org") == []
    guest = known(db, now, "Ana", email="former@example.net")
    bring_together(db, ana, guest, eva, now)
    assert mails_to(db, "former@example.net") == []


def test_joining_with_the_old_address_opens_no_second_account(db: Session, ana: int, now: datetime) -> None:
    accounts = db.scalar(select(func.count()).select_from(Account))
    wants = WantsToJoin(
        full_name="Ana", email="old@example.net", password="seven grey herons at noon", language="es",
        accepts_terms=True,
    )  # fmt: skip
    ask_to_join(db, wants, ASKING, now)
    assert [mail.act for mail in mails_to(db, "ana@example.org")] == ["join.known"]
    assert [mail.act for mail in mails_to(db, "old@example.net")] == ["record.merged"]
    assert db.scalar(select(func.count()).select_from(Account)) == accounts


# --- what both had open


def test_open_tasks_and_promises_of_both_stand_and_part_again(db: Session, eva: int, now: datetime) -> None:
    one, other = known(db, now, "Lea"), known(db, now, "Lea L")
    for person_id in (one, other):
        task = NewTask(what=f"Call {person_id}", due_on=TODAY, owner_id=eva, person_id=person_id)
        add_task(db, task, eva, Role.SUPPORT, now)
        promise = NewPromise(
            what=f"A table {person_id}", due_on=TODAY, owner_id=eva, person_id=person_id, was_told=True
        )
        add_promise(db, promise, eva, Role.SUPPORT, now)
    merge_id = bring_together(db, one, other, eva, now)
    assert sorted(item.what for item in to_do(db, None, person_id=one)) == [ToDo.PROMISE] * 2 + [ToDo.TASK] * 2
    assert to_do(db, None, person_id=other) == []
    db.rollback()
    undo(db, merge_id, eva, Role.SUPPORT, now)
    assert [len(to_do(db, None, person_id=person_id)) for person_id in (one, other)] == [2, 2]


def test_of_two_open_cases_the_one_of_the_record_that_stays_goes_on(db: Session, eva: int, now: datetime) -> None:
    one, other = add_member(db), add_member(db)
    for member_id in (one, other):
        for number in range(3):
            add_purchase(db, member_id, date(2026, 1, 10) - timedelta(days=10 * number), 100_00)
        with transaction(db) as tx:
            points.open_account(tx, member_id)
    refresh(db, TODAY, now)
    lost.follow(db, TODAY, now)
    mine, theirs = (_open_cases(db)[person_id] for person_id in (one, other))
    why = Why(cause=Cause.SERVICE, words="Waited too long")
    lost.set_cause(db, theirs, Step.SUSPECTED, why, eva, Role.SUPPORT, now)
    merge_id = bring_together(db, one, other, eva, now)
    assert _open_cases(db) == {one: mine}
    assert sum(count for count, _worth in counted(db, TODAY).values()) == 1
    assert causes(db) == []
    refresh(db, TODAY, now)
    lost.follow(db, TODAY, now)
    assert _open_cases(db) == {one: mine}
    db.rollback()
    undo(db, merge_id, eva, Role.SUPPORT, now)
    assert _open_cases(db) == {one: mine, other: theirs}
    assert db.scalar(select(func.count()).where(Purchase.member_id == other)) == 3


def _open_cases(db: Session) -> dict[int, int]:
    db.rollback()
    return {case.person_id: case.id for case in cases(db, WantedCases("open"), TODAY, "-worth", 50, 0)}


def test_what_is_not_there_is_said(db: Session, eva: int, now: datetime) -> None:
    guest = known(db, now, "Lea")
    with pytest.raises(UnknownMember):
        bring_together(db, guest, 999, eva, now)


# --- what both had of what is limited


def had_of(db: Session, product_id: int) -> dict[int, int]:
    db.rollback()
    found = db.execute(
        select(ProductTaken.person_id, ProductTaken.quantity).where(ProductTaken.product_id == product_id)
    )
    return {row.person_id: row.quantity for row in found}


def test_what_both_had_counts_together_against_a_limit_and_apart_again(db: Session, eva: int, now: datetime) -> None:
    shelf = Shelf(db, now)
    wine, oil = (shelf.product_of(shelf.thing()) for _ in range(2))
    stays, goes = known(db, now, "Carmen"), known(db, now, "Carmen R.")
    with transaction(db) as tx:
        take_of_limit(tx, wine, stays, 2, 3)
        take_of_limit(tx, wine, goes, 3, 3)
        take_of_limit(tx, oil, goes, 1, 3)
    merge_id = bring_together(db, stays, goes, eva, now)
    assert (had_of(db, wine)[stays], had_of(db, oil)[stays]) == (5, 1)
    with pytest.raises(LimitReached), transaction(db) as tx:
        take_of_limit(tx, oil, stays, 3, 3)
    with transaction(db) as tx:
        take_of_limit(tx, oil, stays, 1, 3)
    undo(db, merge_id, eva, Role.SUPPORT, now)
    assert had_of(db, wine) == {stays: 2, goes: 3}
    assert had_of(db, oil) == {stays: 1, goes: 1}

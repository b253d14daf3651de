"""A request is kept alike for strangers and for people whom the club knows; sources and forms are kept by staff."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from club.access.service import Asking
from club.audit import AuditEntry
from club.care.models import Task
from club.database import transaction
from club.errors import (
    ChangedMeanwhile,
    ContactMissing,
    DateInFuture,
    FormAddressTaken,
    FormAddressWrong,
    FormFieldsMissing,
    FormTextMissing,
    NotAllowed,
    NothingWritten,
    TooManyTries,
)
from club.leads.models import LEADS, LeadConsent, form_at, leads_of, sources, the_source
from club.leads.rules import USUAL_FIELDS, Asks, Basis, FormContent, NewLead, NewSource, SourceKind
from club.leads.service import add_form, add_source, capture, change_form, change_source, own_source
from club.members.models import Consent, Person, the_person
from club.permissions import Role
from club.pipeline.models import PLACES
from club.pipeline.service import receive
from club.texts import Texts
from tests.people import mails_to, new_colleague, new_signed_up_member
from web.leads import host_of

ASKING = Asking(address="198.51.100.7", browser="test", former_cookie=None)
LUCIA = NewLead(full_name="Lucía Prats", language="es", source=SourceKind.FORM, email="lucia@example.org")


def people(db):
    return db.scalar(select(func.count()).select_from(Person))


def test_a_stranger_becomes_a_person_with_source_consent_and_words(db, club, now):
    with transaction(db) as tx:
        kept = capture(tx, replace(LUCIA, message="Wine for 60 guests", words_version="lead_form 1.1"), now)
    person = the_person(db, kept.person_id)
    assert (person.full_name, person.email, person.member_number, kept.is_first) == (
        "Lucía Prats", "lucia@example.org", None, True,
    )  # fmt: skip
    asked = leads_of(db, kept.person_id, 5)
    assert [(one.kind, one.message, one.reference) for one in asked] == [
        (SourceKind.FORM, "Wine for 60 guests", kept.reference)
    ]
    said = db.execute(select(Consent.purpose, Consent.channel, Consent.text_version, Consent.is_given)).all()
    assert [tuple(row) for row in said] == [("request", "email", "lead_form 1.1", True)]


def test_somebody_who_is_known_is_joined_and_nothing_of_theirs_changes(db, club, now):
    ana = new_signed_up_member(db, now, phone="+34912345678")
    with transaction(db) as tx:
        by_email = capture(tx, replace(LUCIA, full_name="A. G.", email="ANA@example.org", phone="+34600111222"), now)
        by_phone = capture(tx, replace(LUCIA, full_name="ana garcia", email="", phone="912 34 56 78"), now)
        of_family = capture(tx, replace(LUCIA, full_name="Pedro García", email="", phone="912 34 56 78"), now)
    assert (by_email.person_id, by_phone.person_id) == (ana.person_id, ana.person_id)
    assert of_family.person_id != ana.person_id  # families share a phone
    assert ana.person_id is not None
    person = the_person(db, ana.person_id)
    assert (person.full_name, person.phone) == ("Ana García", "+34912345678")
    assert people(db) == 2


def test_known_and_unknown_get_the_same_answer_mail_and_task(db, club, now):
    ana = new_signed_up_member(db, now)
    manager = new_colleague(db, now, Role.MANAGER)
    answers = [receive(db, replace(LUCIA, email=email), ASKING, "Call", now) for email in (ana.email, LUCIA.email)]
    assert [len(one.reference) for one in answers] == [7, 7]
    mails = [mails_to(db, email) for email in (ana.email, LUCIA.email)]
    assert [[(mail.act, mail.language, mail.data["name"]) for mail in found] for found in mails] == [
        [("lead.received", "es", "")], [("lead.received", "es", "")],
    ]  # fmt: skip
    tasks = db.execute(select(Task.owner_id, Task.due_on, Task.what).order_by(Task.id)).all()
    assert [tuple(row) for row in tasks] == [(manager.account_id, now.date().replace(day=16), "Call")] * 2
    assert db.scalars(select(PLACES.c.stage)).all() == ["prospect", "prospect"]


def test_a_request_that_comes_twice_is_kept_once(db, club, now):
    with transaction(db) as tx:
        first = capture(tx, replace(LUCIA, once="form:1"), now)
        again = capture(tx, replace(LUCIA, once="form:1"), now)
    assert (again.lead_id, again.was_kept_before) == (first.lead_id, True)
    assert db.scalar(select(func.count()).select_from(LEADS)) == 1


def test_characters_that_no_eye_sees_are_not_kept(db, club, now):
    odd = replace(LUCIA, campaign="fa\0ir", referrer="shop\0.example", message="Call\0 me", phone="600\0 100 200")
    with transaction(db) as tx:
        lead_id = capture(tx, odd, now).lead_id
    row = db.execute(select(LEADS.c.campaign, LEADS.c.referrer, LEADS.c.message).where(LEADS.c.id == lead_id)).one()
    assert tuple(row) == ("fair", "shop.example", "Call me")


@pytest.mark.parametrize(("referrer", "host"), [("https://a.example/x?y", "a.example"), ("http://[", ""), (None, "")])
def test_of_the_page_before_the_host_is_kept_and_nonsense_is_nobody(referrer, host):
    assert host_of(referrer) == host


def test_the_clubs_own_source_keeps_name_and_kind(db, club, now):
    who = new_colleague(db, now, Role.MARKETING)
    with transaction(db) as tx:
        source_id = own_source(tx, SourceKind.FORM, now)
    told = NewSource(kind=SourceKind.EVENT, name="Renamed", cost=900)
    change_source(db, source_id, 1, told, who.account_id, Role.MARKETING, now)
    found = the_source(db, source_id)
    assert (found.kind, found.name, found.cost) == (SourceKind.FORM, "", 900)


def test_asking_too_often_is_refused_and_writes_nothing(db, club, now):
    for _ in range(5):
        receive(db, LUCIA, ASKING, "Call", now)
    with pytest.raises(TooManyTries):
        receive(db, LUCIA, ASKING, "Call", now)
    assert db.scalar(select(func.count()).select_from(LEADS)) == 5


def test_without_a_way_to_be_reached_nothing_is_kept(db, club, now):
    with pytest.raises(ContactMissing):
        receive(db, replace(LUCIA, email=" "), ASKING, "Call", now)
    assert people(db) == 0


def test_staff_keep_sources_with_cost_and_basis(db, club, now):
    who = new_colleague(db, now, Role.MARKETING)
    fair = NewSource(kind=SourceKind.DIRECTORY, name="Trade list", cost=20_000, rows=400, basis=Basis.UNCLEAR)
    by_form = (fair, who.account_id, Role.MARKETING, now)
    source_id = add_source(db, *by_form, content=b"form")
    assert add_source(db, *by_form, content=b"form") == source_id
    with pytest.raises(DateInFuture):
        add_source(db, replace(fair, begun_on=date(2026, 6, 16)), who.account_id, Role.MARKETING, now)
    later = replace(fair, cost=25_000, begun_on=date(2026, 3, 1))
    change_source(db, source_id, 1, later, who.account_id, Role.MARKETING, now)
    with pytest.raises(ChangedMeanwhile):
        change_source(db, source_id, 1, fair, who.account_id, Role.MARKETING, now)
    with pytest.raises(NothingWritten):  # a basis that nobody can look up is none
        add_source(db, replace(fair, basis=Basis.PUBLIC), who.account_id, Role.MARKETING, now)
    with pytest.raises(NotAllowed):
        add_source(db, fair, who.account_id, Role.READ_ONLY, now)
    assert [(one.name, one.cost, one.rows, one.begun_on) for one in sources(db)] == [
        ("Trade list", 25_000, 400, date(2026, 3, 1))
    ]
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "lead_source").order_by(AuditEntry.id)).all()
    assert acts == ["source.added", "source.changed"]


def form_of(source_id: int, owner_id: int) -> FormContent:
    return FormContent(
        slug="spring-fair", name="Spring fair", title=Texts({"en": "Taste with us"}), words=Texts({}),
        thanks=Texts({}), consent=Texts({"en": "Call me."}), fields=USUAL_FIELDS, source_id=source_id, campaign="",
        owner_id=owner_id, is_kiosk=False, is_active=True,
    )  # fmt: skip


def test_a_form_keeps_every_version_of_the_words_that_people_agreed_to(db, club, now):
    who = new_colleague(db, now, Role.MARKETING)
    source_id = add_source(db, NewSource(kind=SourceKind.FORM, name="Web"), who.account_id, Role.MARKETING, now)
    content = form_of(source_id, who.account_id)
    form_id = add_form(db, content, who.account_id, Role.MARKETING, now)
    renamed = replace(content, name="Fair")
    change_form(db, form_id, 1, renamed, who.account_id, Role.MARKETING, now)
    assert form_at(db, "spring-fair").words_version == f"lead_form {form_id}.1"
    said = replace(renamed, consent=Texts({"en": "Call or write to me."}))
    change_form(db, form_id, 2, said, who.account_id, Role.MARKETING, now)
    assert form_at(db, "spring-fair").words_version == f"lead_form {form_id}.2"
    assert db.scalars(select(LeadConsent.words).order_by(LeadConsent.version)).all() == [
        {"en": "Call me."}, {"en": "Call or write to me."},
    ]  # fmt: skip
    with pytest.raises(FormAddressTaken):
        add_form(db, content, who.account_id, Role.MARKETING, now)
    with pytest.raises(NotAllowed):
        add_form(db, replace(content, slug="other"), who.account_id, Role.SHOP, now)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"slug": "Spring Fair!"}, FormAddressWrong),
        ({"fields": (Asks.MESSAGE,)}, FormFieldsMissing),
        ({"title": Texts({"es": "Cata"})}, FormTextMissing),
        ({"consent": Texts({})}, FormTextMissing),
    ],
)
def test_a_form_that_cannot_work_is_refused(wrong, refusal):
    with pytest.raises(refusal):
        replace(form_of(1, 1), **wrong).checked("en")

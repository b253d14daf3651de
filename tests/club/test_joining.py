"""The ways to become a member, without pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from club.access.service import Asking, SignInTry, sign_in
from club.accounts.models import Account
from club.accrual.models import EarningRule
from club.database import transaction
from club.errors import (
    AlreadyKnown,
    BadEmail,
    BadPhone,
    ContactMissing,
    EmailTaken,
    LinkExpired,
    NameMissing,
    NotAllowed,
    PasswordTooCommon,
    TermsNotAccepted,
    TooManyTries,
)
from club.joining.rules import TEXT_VERSION, WantsToJoin
from club.joining.service import (
    ask_again,
    ask_to_join,
    ask_with_old_link,
    claim,
    confirm,
    enrol_at_counter,
    invite_all,
    invite_to_claim,
)
from club.members.models import Consent, Person, the_member
from club.members.rules import NewPerson, checked_email, grouped
from club.members.service import change_email, make_member, new_person
from club.permissions import Role
from club.points.models import balance_of
from club.points.service import open_account
from club.texts import Texts
from tests.people import PASSWORD, mails_to, new_colleague, new_signed_up_member

HERE = Asking(address="192.0.2.7", browser="test")
ANA = WantsToJoin(full_name="Ana García", email="Ana@example.org", password=PASSWORD, language="es", accepts_terms=True)


def asked(db, now, wants=ANA):
    """The browser's reference and the token that was mailed."""
    reference = ask_to_join(db, wants, HERE, now).reference
    return reference, mails_to(db, wants.email)[-1].secret


def joined(db, now, wants=ANA):
    reference, token = asked(db, now, wants)
    return confirm(db, token, reference=reference, password="", asking=HERE, now=now)


@pytest.fixture
def welcome_bonus(db, club, now):
    with transaction(db) as tx:
        tx.execute(
            insert(EarningRule).values(
                kind="bonus",
                name=Texts({"en": "Welcome"}),
                points=200,
                act="join",
                starts_on=now.date(),
                created_at=now,
            )
        )


def test_nobody_is_a_member_before_the_mail_is_opened(db, club, now):
    asked(db, now)
    assert db.scalar(select(func.count()).select_from(Person)) == 0
    assert db.scalar(select(func.count()).select_from(Account)) == 0


def test_the_mails_button_makes_a_member_with_number_account_and_bonus(db, welcome_bonus, now):
    new = joined(db, now, replace(ANA, news=("email", "post"), code="LUIS25"))
    member = the_member(db, new.person_id)
    assert (member.full_name, member.email, member.language) == ("Ana García", "Ana@example.org", "es")
    assert member.member_number == new.member_number
    assert new.points == balance_of(db, new.person_id, now.date()).active == 200
    assert db.scalar(select(Person.source)) == "code:LUIS25"
    columns = (Consent.purpose, Consent.channel, Consent.is_given, Consent.source, Consent.language)
    given = db.execute(select(*columns).order_by(Consent.id))
    assert [tuple(row) for row in given] == [
        ("terms", "web", True, "join", "es"),
        ("privacy", "web", True, "join", "es"),
        ("news", "email", True, "join", "es"),
        ("news", "post", True, "join", "es"),
    ]
    assert set(db.scalars(select(Consent.text_version))) == {TEXT_VERSION}
    mail = mails_to(db, ANA.email)[-1]
    assert (mail.act, mail.language) == ("join.welcome", "es")
    assert mail.data == {"name": "Ana García", "number": grouped(new.member_number), "points": 200}
    sign_in(db, SignInTry(identifier=ANA.email, password=PASSWORD), HERE, now)


def test_a_link_makes_one_member_however_often_it_is_used(db, welcome_bonus, now):
    reference, token = asked(db, now)
    ask_again(db, reference, HERE, now + timedelta(minutes=1))
    second = mails_to(db, ANA.email)[-1].secret
    new = confirm(db, token, reference=reference, password="", asking=HERE, now=now)
    for again in (token, second):
        with pytest.raises(LinkExpired):
            confirm(db, again, reference=reference, password="", asking=HERE, now=now)
    assert balance_of(db, new.person_id, now.date()).active == 200
    assert db.scalar(select(func.count()).select_from(Person)) == 1


@pytest.mark.proves("F-30", "F-37")
def test_a_known_address_is_mailed_that_it_is_known_and_nothing_changes(db, club, now):
    ana = new_signed_up_member(db, now)
    ask_to_join(db, replace(ANA, email="ANA@example.org", password="another password here"), HERE, now)
    (mail,) = mails_to(db, ana.email)
    assert mail.act == "join.known"
    assert db.scalar(select(func.count()).select_from(Account)) == 1
    sign_in(db, SignInTry(identifier=ana.email, password=PASSWORD), HERE, now)


def test_whoever_typed_anothers_address_does_not_know_the_password_of_the_account(db, club, now):
    _, token = asked(db, now)
    with pytest.raises(PasswordTooCommon):
        confirm(db, token, reference=None, password="password", asking=HERE, now=now)
    confirm(db, token, reference=None, password="chosen by the owner", asking=HERE, now=now)
    sign_in(db, SignInTry(identifier=ANA.email, password="chosen by the owner"), HERE, now)


def test_an_imported_person_takes_their_place_by_joining(db, welcome_bonus, now):
    with transaction(db) as tx:
        person = NewPerson(full_name="A. García", language="en", source="import", email="ana@example.org")
        person_id = new_person(tx, person, None, now)
        number = make_member(tx, person_id, now.date() - timedelta(days=900))
        open_account(tx, person_id)
    new = joined(db, now)
    assert (new.person_id, new.member_number, new.points) == (person_id, number, 0)
    assert the_member(db, person_id).joined_on == now.date() - timedelta(days=900)


def test_a_mail_is_sent_again_once_a_minute_and_not_for_ever(db, club, now):
    reference, _ = asked(db, now)
    ask_again(db, reference, HERE, now)
    with pytest.raises(TooManyTries) as refusal:
        ask_again(db, reference, HERE, now + timedelta(seconds=20))
    assert refusal.value.wait_seconds == 40
    for minute in range(1, 4):
        ask_again(db, reference, HERE, now + timedelta(minutes=minute))
    with pytest.raises(TooManyTries):
        ask_again(db, reference, HERE, now + timedelta(minutes=5))
    assert len(mails_to(db, ANA.email)) == 5


def test_a_link_that_is_too_old_brings_a_new_one(db, club, now):
    _, token = asked(db, now)
    late = now + timedelta(days=2)
    with pytest.raises(LinkExpired):
        confirm(db, token, reference=None, password=PASSWORD, asking=HERE, now=late)
    ask_with_old_link(db, token, HERE, late)
    confirm(db, mails_to(db, ANA.email)[-1].secret, reference=None, password=PASSWORD, asking=HERE, now=late)
    with pytest.raises(LinkExpired):
        ask_with_old_link(db, token, HERE, late)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"full_name": " "}, NameMissing),
        ({"email": "ana at home"}, BadEmail),
        ({"password": "Garcia-Ana"}, PasswordTooCommon),
        ({"accepts_terms": False}, TermsNotAccepted),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_mailed(db, club, now, change, refusal):
    with pytest.raises(refusal):
        ask_to_join(db, replace(ANA, **({"full_name": "Ana Garcia"} | change)), HERE, now)
    assert mails_to(db, ANA.email) == []


# --- at the counter

AT_THE_COUNTER = NewPerson(full_name="Iván Petrov", language="ru", source="counter", phone="612 345 678")


def test_the_counter_enrols_with_a_name_and_a_phone(db, welcome_bonus, now):
    desk = new_colleague(db, now, Role.SHOP)
    enrolled = enrol_at_counter(db, AT_THE_COUNTER, news=("phone",), by=desk.account_id, role=Role.SHOP, now=now)
    member = the_member(db, enrolled.person_id)
    assert (member.phone, member.account_id, enrolled.points) == ("+34612345678", None, 200)
    assert member.member_number == enrolled.member_number
    with pytest.raises(AlreadyKnown) as refusal:
        enrol_at_counter(db, AT_THE_COUNTER, by=desk.account_id, role=Role.SHOP, now=now)
    assert refusal.value.member_number == grouped(enrolled.member_number)
    sister = replace(AT_THE_COUNTER, full_name="Olga Petrova")
    assert enrol_at_counter(db, sister, by=desk.account_id, role=Role.SHOP, now=now).person_id != enrolled.person_id


@pytest.mark.parametrize(
    ("newcomer", "refusal"),
    [
        (replace(AT_THE_COUNTER, phone=None), ContactMissing),
        (replace(AT_THE_COUNTER, phone="12"), BadPhone),
        (replace(AT_THE_COUNTER, full_name=""), NameMissing),
        (replace(AT_THE_COUNTER, email="x"), BadEmail),
    ],
)
def test_the_counter_refuses_what_cannot_be_right(db, club, now, newcomer, refusal):
    desk = new_colleague(db, now, Role.SHOP)
    with pytest.raises(refusal):
        enrol_at_counter(db, newcomer, by=desk.account_id, role=Role.SHOP, now=now)
    assert db.scalar(select(func.count()).select_from(Person)) == 0


@pytest.mark.proves("A-8.3.1")
def test_read_only_staff_enrol_and_invite_nobody(db, club, now):
    desk = new_colleague(db, now, Role.READ_ONLY)
    with pytest.raises(NotAllowed):
        enrol_at_counter(db, AT_THE_COUNTER, by=desk.account_id, role=Role.READ_ONLY, now=now)
    with pytest.raises(NotAllowed):
        invite_all(db, desk.account_id, Role.READ_ONLY, now)


# --- claiming


def test_an_invited_member_opens_an_account_and_keeps_the_place(db, welcome_bonus, now):
    desk = new_colleague(db, now, Role.SHOP)
    newcomer = replace(AT_THE_COUNTER, email="ivan@example.org")
    enrolled = enrol_at_counter(db, newcomer, by=desk.account_id, role=Role.SHOP, now=now)
    assert invite_all(db, None, None, now) == 1
    mail = mails_to(db, "ivan@example.org")[-1]
    assert (mail.act, mail.language, mail.data["number"]) == (
        "claim.invitation",
        "ru",
        grouped(enrolled.member_number),
    )
    wanted = {"password": PASSWORD, "ticked": (), "language": "ru", "asking": HERE, "now": now}
    with pytest.raises(TermsNotAccepted):
        claim(db, mail.secret, accepts_terms=False, **wanted)
    new = claim(db, mail.secret, accepts_terms=True, **wanted)
    assert new.person_id == enrolled.person_id
    assert balance_of(db, new.person_id, now.date()).active == 200
    with pytest.raises(LinkExpired):
        claim(db, mail.secret, accepts_terms=True, **wanted)
    assert invite_all(db, None, None, now) == 0
    with pytest.raises(EmailTaken):
        invite_to_claim(db, enrolled.person_id, None, None, now)
    sign_in(db, SignInTry(identifier=enrolled.member_number, password=PASSWORD), HERE, now)


def test_an_invitation_to_an_address_that_was_corrected_since_opens_nothing(db, club, now):
    desk = new_colleague(db, now, Role.SHOP)
    newcomer = replace(AT_THE_COUNTER, email="stranger@example.org")
    enrolled = enrol_at_counter(db, newcomer, by=desk.account_id, role=Role.SHOP, now=now)
    invite_to_claim(db, enrolled.person_id, None, None, now)
    mail = mails_to(db, "stranger@example.org")[-1]
    with transaction(db) as tx:
        change_email(tx, enrolled.person_id, "ivan@example.org")
    with pytest.raises(LinkExpired):
        claim(db, mail.secret, password=PASSWORD, accepts_terms=True, ticked=(), language="ru", asking=HERE, now=now)


@pytest.mark.parametrize("email", ["iv\0an@example.org", "ivan@exam\0ple.org", "ivan@example.o\x7frg"])
def test_an_address_with_a_control_character_is_none(email):
    with pytest.raises(BadEmail):
        checked_email(email)


def test_whoever_has_no_address_cannot_be_invited(db, club, now):
    desk = new_colleague(db, now, Role.SHOP)
    enrolled = enrol_at_counter(db, AT_THE_COUNTER, by=desk.account_id, role=Role.SHOP, now=now)
    with pytest.raises(ContactMissing):
        invite_to_claim(db, enrolled.person_id, desk.account_id, Role.SHOP, now)
    assert invite_all(db, None, None, now) == 0

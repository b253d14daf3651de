"""What a member says about themselves: kept once, guarded where gifts hang on it, rewarded once."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accounts.models import Account
from club.accrual.rules import AllRules, Bonus
from club.accrual.service import set_rules
from club.audit import AuditWords
from club.database import transaction
from club.delivery.addresses import save_own
from club.delivery.rules import Saved
from club.errors import BirthdayFixed, ChangedMeanwhile, TooManyInterests
from club.joining.models import FormerMember, mailbox_of
from club.members.models import Person
from club.members.service import change_email
from club.messages.models import Message
from club.messages.service import queue
from club.permissions import Role
from club.points.models import balance_of
from club.profile.models import profile_of
from club.profile.rules import About, Birthday, Names, is_change, may_change, seen_as, tidy_interests, with_patronymic
from club.profile.service import points_for_whole, reward_if_whole, save_about, save_birthday, save_names, save_phone
from tests.people import SomebodyWithAccount, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

MAY, JUNE = Birthday(year=1980, month=5, day=1), Birthday(year=None, month=6, day=16)


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


def move(db: Session, ana: SomebodyWithAccount, to: Birthday, now: datetime) -> None:
    assert ana.person_id is not None
    seen = seen_as(profile_of(db, ana.person_id).birthday)
    save_birthday(db, ana.person_id, seen, to, by=ana.account_id, now=now)


def test_saying_a_birthday_first_or_its_year_later_is_no_change_of_it() -> None:
    nothing = Birthday(year=None, month=None, day=None)
    assert not is_change(nothing, MAY, 0)
    assert not is_change(replace(MAY, year=None), MAY, 0)
    assert is_change(MAY, JUNE, 0)
    assert is_change(nothing, JUNE, 1), "taken away and said anew is one more"


@pytest.mark.proves("F-16")
def test_a_birthday_moves_twice_a_year_apart_and_then_no_more(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    assert ana.person_id is not None
    move(db, ana, MAY, now)
    move(db, ana, JUNE, now)
    with pytest.raises(BirthdayFixed) as lately:
        move(db, ana, MAY, now + timedelta(days=364))
    move(db, ana, MAY, now + timedelta(days=365))
    with pytest.raises(BirthdayFixed) as ever:
        move(db, ana, JUNE, now + timedelta(days=5000))
    assert (lately.value.until, ever.value.until) == (now + timedelta(days=365), None)
    assert profile_of(db, ana.person_id).birthday == MAY
    may_change(1, now, now + timedelta(days=365))


def test_interests_are_kept_once_each_in_their_order_and_ten_at_most() -> None:
    assert tidy_interests(["  Wine ", "wine", "", "Opera"]) == ("Wine", "Opera")
    assert tidy_interests([str(number) for number in range(10)])[-1] == "9"
    with pytest.raises(TooManyInterests):
        tidy_interests([str(number) for number in range(11)])


def test_a_whole_profile_brings_its_points_once_and_what_changed_stands_in_erasable_words(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    who, by = ana.person_id, ana.account_id
    assert who is not None
    bonus = Bonus(act="profile", points=150, starts_on=date(2026, 1, 1))
    set_rules(db, AllRules(bonuses=(bonus,)), None, Role.OWNER, now)
    known = profile_of(db, who)
    names = Names(full_name="Ana García", call_name="Ana", patronymic="", language="es")
    assert save_names(db, who, seen_as(known.names), names, by=by, now=now) == 0
    assert save_phone(db, who, seen_as(known.phone), "8 (912) 345-67-89", by=by, now=now) == 0
    move(db, ana, MAY, now)
    about = About(profession="Baker", interests=("Opera",))
    assert save_about(db, who, seen_as(known.about), about, by=by, now=now) == 0
    save_own(db, who, Saved(full_name="Ana García", country="ES", address="Calle Mayor 1", city="Madrid"))
    assert [reward_if_whole(db, who, now) for _ in range(2)] == [150, 0]
    emptied = About(profession="", interests=())
    assert save_about(db, who, seen_as(about), emptied, by=by, now=now) == 0
    assert save_about(db, who, seen_as(emptied), about, by=by, now=now) == 0
    assert (profile_of(db, who).phone, balance_of(db, who, now.date()).active) == ("+79123456789", 150)
    words = db.scalars(select(AuditWords.words).where(AuditWords.person_id == who)).all()
    named = {"before": {"call_name": "", "language": "en"}, "after": {"call_name": "Ana", "language": "es"}}
    assert named in words
    spoken = select(Person.language, Account.language).join(Account, Account.id == Person.account_id)
    assert tuple(db.execute(spoken.where(Person.id == who)).one()) == ("es", "es")


@pytest.mark.parametrize(
    ("full_name", "patronymic", "called"),
    [
        ("Соколова Александра Владимировна", "Владимировна", "Александра Владимировна"),
        ("Александра Владимировна Соколова", "владимировна", "Александра Владимировна"),
        ("Соколова Александра", "Владимировна", ""),
        ("Соколова Александра Владимировна", "", ""),
        ("Ильич", "Ильич", ""),
    ],
)
def test_russian_letters_greet_with_name_and_patronymic_where_both_are_known(full_name, patronymic, called):
    assert with_patronymic(full_name, patronymic) == called


@pytest.mark.proves("F-52")
def test_whoever_left_and_came_back_gets_nothing_for_the_profile_again_under_another_address_either(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    bea = new_signed_up_member(db, now, name="Bea", email="bea@example.org")
    assert ana.person_id is not None and bea.person_id is not None
    set_rules(
        db, AllRules(bonuses=(Bonus(act="profile", points=150, starts_on=date(2026, 1, 1)),)), None, Role.OWNER, now
    )
    with transaction(db) as tx:
        tx.add(FormerMember(mailbox=mailbox_of(ana.email), left_on=now.date()))
        queue(
            tx, "join.welcome", occurrence="joined", recipient=ana.email, language="en", person_id=ana.person_id,
            data={"name": "Ana", "number": "7F3K-92QD", "points": 0}, now=now,
        )  # fmt: skip
        change_email(tx, ana.person_id, "new@example.org")
    assert [points_for_whole(db, who, now) for who in (ana.person_id, bea.person_id)] == [0, 150]


def test_a_phone_that_opens_the_way_in_is_told_to_its_owner_once(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    who, by = ana.person_id, ana.account_id
    assert who is not None
    save_phone(db, who, seen_as(None), "+34612345678", by=by, now=now)
    save_phone(db, who, seen_as("+34612345678"), "612 345 678", by=by, now=now)
    told = db.execute(select(Message.act, Message.recipient)).all()
    assert [tuple(one) for one in told] == [("account.phone_changed", ana.email)]


def test_a_card_that_somebody_changed_since_it_was_shown_is_not_written_over(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    who, by = ana.person_id, ana.account_id
    assert who is not None
    seen = seen_as(profile_of(db, who).about)
    mine, other = About(profession="Baker", interests=()), About(profession="Pilot", interests=())
    save_about(db, who, seen, other, by=by, now=now)
    with pytest.raises(ChangedMeanwhile):
        save_about(db, who, seen, mine, by=by, now=now)
    assert profile_of(db, who).about == other

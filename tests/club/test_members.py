"""People: their numbers, names and contacts, and how they are found."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import BadBirthday, BadEmail, BadPhone, EmailTaken, NameMissing, Refusal, UnknownMember
from club.members import finding, models, rules, service
from club.members.rules import NewPerson
from club.programme.rules import Club

EMMA = NewPerson(full_name="Emma Núñez", language="es", source="counter", email="Emma@Example.org")


def _join(db: Session, person: NewPerson, now: datetime) -> int:
    with transaction(db) as tx:
        return service.new_member(tx, person, None, date(2026, 6, 1), now)


# --- the member number


def test_a_number_is_read_in_any_grouping_and_case() -> None:
    number = rules.new_number()
    typed = [number.lower(), rules.grouped(number), f" {number[:2]} {number[2:5]}-{number[5:]} ", "–".join(number)]
    assert [rules.number_typed(text) for text in typed] == [number] * 4


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    stem = next(number for number in iter(rules.new_number, None) if number is not None and {"0", "1"} <= set(number))
    assert rules.number_typed(stem.replace("0", "O").replace("1", "l")) == stem


@given(st.integers(0, 7), st.sampled_from(rules.ALPHABET))
def test_one_wrong_character_is_always_noticed(place: int, wrong: str) -> None:
    number = rules.new_number()
    changed = number[:place] + wrong + number[place + 1 :]
    assert (rules.number_typed(changed) is None) == (changed != number)


@pytest.mark.parametrize("text", ["", "7F3K", "7F3K-92Q", "ÄÄÄÄÄÄÄÄ", "٣٣٣٣٣٣٣٣", "emma@example.org"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert rules.number_typed(text) is None


# --- names and contacts


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Ёлкин", "елкин"), ("  José   NÚÑEZ ", "jose nunez"), ("Straße", "strasse"), ("Ǆ", "dz"), ("ﬁn", "fin")],
)
def test_names_are_folded_for_searching(text: str, folded: str) -> None:
    assert rules.fold(text) == folded


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("8 (912) 345-67-89", "ES", "+79123456789"),
        ("600 11 12 22", "ES", "+34600111222"),
        ("+34 600 111 222", "RU", "+34600111222"),
        ("0034600111222", "ES", "+34600111222"),
    ],
)
def test_a_phone_is_kept_in_one_form(typed: str, country: str, number: str) -> None:
    assert rules.phone_typed(typed, country) == number


@pytest.mark.parametrize("typed", ["", "12", "phone", "+34 1", "9" * 40])
def test_what_nobody_can_call_is_refused(typed: str) -> None:
    with pytest.raises(BadPhone):
        rules.phone_typed(typed, "ES")


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(None, 2, 30), (2025, 2, 29), (2030, 1, 1), (1850, 1, 1), (1990, None, None), (None, 5, None)],
)
def test_a_birthday_that_cannot_be_is_refused(year: int | None, month: int | None, day: int | None) -> None:
    with pytest.raises(BadBirthday):
        rules.check_birthday(year, month, day, date(2026, 6, 15))


def test_a_leap_day_without_a_year_is_a_birthday() -> None:
    rules.check_birthday(None, 2, 29, date(2026, 6, 15))


# --- taking people in


def test_a_new_member_gets_a_number_and_is_found_by_everything_that_is_known(
    db: Session, club: Club, now: datetime
) -> None:
    person = replace(EMMA, phone="600 111 222", call_name="Em", identifiers=(("card", "29 001"), ("external", "crm-7")))
    emma = _join(db, person, now)
    number = models.the_member(db, emma).member_number
    assert number is not None
    ways = [rules.grouped(number).lower(), "EMMA@EXAMPLE.ORG", "600111222", "+34 600 11 12 22", "29001", "CRM-7"]
    assert [models.find_member(db, way) for way in ways] == [emma] * len(ways)
    by_words = ["nunez", "emm núñ", "em", "emma@exam", "600 111"]
    assert [[found.person_id for found in finding.search(db, words, 5)] for words in by_words] == [[emma]] * 5


def test_nobody_is_found_by_what_belongs_to_nobody(db: Session, club: Club, now: datetime) -> None:
    _join(db, EMMA, now)
    for text in ("", "   ", "%", "_", "emma2", "0" * 8, "nobody@example.org", "+34 600 999 999", "\\"):
        assert finding.search(db, text, 5) == []
        with pytest.raises(UnknownMember):
            models.find_member(db, text)


def test_a_shared_phone_names_nobody_but_the_search_shows_both(db: Session, club: Club, now: datetime) -> None:
    both = [_join(db, NewPerson(full_name=name, language="es", source="join", phone="600111222"), now) for name in "AB"]
    with pytest.raises(UnknownMember):
        models.find_member(db, "600111222")
    assert [found.person_id for found in finding.search(db, "600111222", 5)] == both


def test_an_address_belongs_to_one_person_however_it_is_written(db: Session, club: Club, now: datetime) -> None:
    _join(db, EMMA, now)
    with pytest.raises(EmailTaken):
        _join(db, replace(EMMA, full_name="Another", email=" EMMA@example.ORG "), now)
    assert [found.full_name for found in finding.search(db, "emma@example", 5)] == ["Emma Núñez"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"full_name": "  "}, NameMissing),
        ({"full_name": "x" * 201}, NameMissing),
        ({"email": "emma"}, BadEmail),
        ({"phone": "12"}, BadPhone),
        ({"birth_month": 2, "birth_day": 31}, BadBirthday),
    ],
)
def test_what_cannot_be_a_person_is_refused(
    db: Session, club: Club, now: datetime, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        _join(db, replace(EMMA, **changes), now)  # type: ignore[arg-type]
    assert finding.search(db, "emma@example", 5) == []


def test_somebody_known_becomes_a_member_once(db: Session, club: Club, now: datetime) -> None:
    with transaction(db) as tx:
        lead = service.new_person(tx, EMMA, None, now)
    assert finding.search(db, "emma", 5) == []
    with transaction(db) as tx:
        numbers = [service.make_member(tx, lead, date(2026, 6, day)) for day in (1, 2)]
    assert numbers[0] == numbers[1]
    assert models.the_member(db, lead).joined_on == date(2026, 6, 1)
    assert [found.person_id for found in finding.search(db, numbers[0], 5)] == [lead]


def test_a_changed_address_is_the_one_that_is_found(db: Session, club: Club, now: datetime) -> None:
    emma = _join(db, EMMA, now)
    with transaction(db) as tx:
        service.change_email(tx, emma, "new@club.example")
    assert models.find_member(db, "NEW@club.example") == emma
    assert finding.search(db, "emma@example.org", 5) == []


def test_searching_asks_the_database_at_most_three_times(
    db: Session, club: Club, now: datetime, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for number in range(30):
        _join(db, NewPerson(full_name=f"Emma {number}", language="es", source="join"), now)
    with count_queries() as queries:
        assert len(finding.search(db, "emma", 10)) == 10
    assert len(queries) <= 3

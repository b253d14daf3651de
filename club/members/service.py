"""Taking people in and keeping what is known about them. Points and consents follow in `joining`."""

from datetime import date, datetime

from sqlalchemy import delete, exists, insert, or_, select, update

from club.clock import club_day
from club.database import Transaction
from club.errors import EmailTaken, UnknownMember
from club.members.models import (
    FORMER_EMAIL,
    FORMER_NUMBER,
    FORMER_PHONE,
    Consent,
    Person,
    PersonIdentifier,
    PersonWord,
    person_named_by_email,
)
from club.members.models import find_member as find_member  # noqa: PLC0414 - the name other subjects use
from club.members.rules import (
    LONGEST_CALL_NAME,
    LONGEST_WORD,
    NewPerson,
    check_birthday,
    checked_email,
    checked_name,
    email_key,
    email_word,
    identifier_key,
    new_number,
    phone_typed,
    search_text,
    words_known,
)
from club.programme.models import the_club


def new_person(tx: Transaction, person: NewPerson, account_id: int | None, now: datetime) -> int:
    """Write somebody who is no member (yet) and return their id. Raises what the rules refuse, and `EmailTaken`."""
    return _write(tx, person, account_id=account_id, number=None, joined_on=None, now=now)


def new_member(tx: Transaction, person: NewPerson, account_id: int | None, joined_on: date, now: datetime) -> int:
    """Write a new member with a new number and return their id; the caller opens the points account."""
    return _write(tx, person, account_id=account_id, number=free_number(tx), joined_on=joined_on, now=now)


def make_member(tx: Transaction, person_id: int, joined_on: date) -> str:
    """Give somebody whom the club knows already a member number; returns it, also when they have one."""
    number = tx.execute(select(Person.member_number).where(Person.id == person_id).with_for_update()).one_or_none()
    if number is None:
        raise UnknownMember
    if number[0] is not None:
        return str(number[0])
    fresh = free_number(tx)
    tx.execute(update(Person).where(Person.id == person_id).values(member_number=fresh, joined_on=joined_on))
    refresh_search_text(tx, person_id)
    return fresh


def give_account(tx: Transaction, person_id: int, account_id: int) -> None:
    """Let somebody sign in with this account."""
    tx.execute(update(Person).where(Person.id == person_id).values(account_id=account_id))


def change_email(tx: Transaction, person_id: int, email: str) -> None:
    """Set a person's address; raises `BadEmail` and `EmailTaken`."""
    tidy = checked_email(email)
    _refuse_taken(tx, tidy, but=person_id)
    tx.execute(update(Person).where(Person.id == person_id).values(email=tidy, email_key=email_key(tidy)))
    refresh_search_text(tx, person_id)


def record_consent(
    tx: Transaction,
    person_id: int,
    *,
    purpose: str,
    channel: str,
    is_given: bool,
    text_version: str,
    language: str,
    source: str,
    now: datetime,
) -> None:
    """Keep one yes or no for ever."""
    tx.execute(
        insert(Consent).values(
            person_id=person_id,
            purpose=purpose,
            channel=channel,
            is_given=is_given,
            text_version=text_version,
            language=language,
            source=source,
            at=now,
        )
    )


def add_identifier(tx: Transaction, person_id: int, kind: str, value: str) -> None:
    """Know a person by an external id or an old card as well."""
    tx.execute(insert(PersonIdentifier).values(kind=kind, value=identifier_key(value), person_id=person_id))
    refresh_search_text(tx, person_id)


def free_number(tx: Transaction) -> str:
    """A member number that nobody has."""
    while True:
        number = new_number()
        former = select(PersonIdentifier.value).where(
            PersonIdentifier.kind == FORMER_NUMBER, PersonIdentifier.value == number
        )
        if not tx.scalar(select(or_(exists().where(Person.member_number == number), former.exists()))):
            return number


def refresh_search_text(tx: Transaction, person_id: int) -> None:
    """Make a person findable by what their row says now."""
    row = tx.execute(
        select(Person.full_name, Person.call_name, Person.email, Person.phone, Person.member_number).where(
            Person.id == person_id
        )
    ).one()
    known_by = PersonIdentifier.kind, PersonIdentifier.value
    identifiers = tx.execute(select(*known_by).where(PersonIdentifier.person_id == person_id)).all()
    text = search_text(
        full_name=row.full_name,
        call_name=row.call_name,
        email=row.email,
        phone=row.phone,
        number=row.member_number,
        identifiers=[identifier.value for identifier in identifiers],
    )
    tx.execute(update(Person).where(Person.id == person_id).values(search_text=text))
    wanted = words_known(full_name=row.full_name, call_name=row.call_name, email=row.email, phone=row.phone)
    wanted |= {email_word(one.value)[:LONGEST_WORD] for one in identifiers if one.kind == FORMER_EMAIL}
    wanted |= {one.value for one in identifiers if one.kind == FORMER_PHONE}
    known = set(tx.scalars(select(PersonWord.word).where(PersonWord.person_id == person_id)))
    for word in known - wanted:
        tx.execute(delete(PersonWord).where(PersonWord.person_id == person_id, PersonWord.word == word))
    _add_words(tx, person_id, wanted - known)


def _write(
    tx: Transaction,
    person: NewPerson,
    *,
    account_id: int | None,
    number: str | None,
    joined_on: date | None,
    now: datetime,
) -> int:
    club = the_club(tx)
    full_name, call_name = checked_name(person.full_name), " ".join(person.call_name.split())[:LONGEST_CALL_NAME]
    email = checked_email(person.email) if person.email else None
    phone = phone_typed(person.phone, club.country) if person.phone else None
    check_birthday(person.birth_year, person.birth_month, person.birth_day, club_day(now, club.time_zone))
    if email is not None:
        _refuse_taken(tx, email)
    identifiers = [(kind, identifier_key(value)) for kind, value in person.identifiers]
    person_id = tx.execute(
        insert(Person)
        .values(
            account_id=account_id,
            member_number=number,
            full_name=full_name,
            call_name=call_name,
            email=email,
            email_key=email_key(email) if email else None,
            phone=phone,
            language=person.language,
            birth_year=person.birth_year,
            birth_month=person.birth_month,
            birth_day=person.birth_day,
            joined_on=joined_on,
            source=person.source,
            search_text=search_text(
                full_name=full_name,
                call_name=call_name,
                email=email,
                phone=phone,
                number=number,
                identifiers=[value for _, value in identifiers],
            ),
            created_at=now,
        )
        .returning(Person.id)
    ).scalar_one()
    for kind, value in identifiers:
        tx.execute(insert(PersonIdentifier).values(kind=kind, value=value, person_id=person_id))
    words = words_known(full_name=full_name, call_name=call_name, email=email, phone=phone)
    _add_words(tx, person_id, words)
    return person_id


def _add_words(tx: Transaction, person_id: int, words: set[str]) -> None:
    if words:
        tx.execute(insert(PersonWord), [{"word": word, "person_id": person_id} for word in sorted(words)])


def _refuse_taken(tx: Transaction, email: str, but: int | None = None) -> None:
    owner = person_named_by_email(tx, email)
    if owner is not None and owner.person_id != but:
        raise EmailTaken

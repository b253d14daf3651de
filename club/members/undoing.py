"""People as they were before a file: steps for taking back an import."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Table, delete, exists, func, insert, or_, select, update

from club.database import Transaction
from club.intake.bulk import chosen
from club.members.models import Consent, Person, PersonIdentifier
from club.members.rules import email_key
from club.members.service import refresh_search_text

PEOPLE: Table = Person.__table__  # type: ignore[assignment]  # a mapped class has a Table
NOBODY = "—"
SOURCE = "undone"
NEWS, EMAIL = "news", "email"


def with_own_ties(tx: Transaction, ids: Sequence[int]) -> set[int]:
    """Those who sign in, or whose record was brought together with another one."""
    other = PEOPLE.alias("other")
    is_target = exists().where(other.c.merged_into == PEOPLE.c.id)
    tied = or_(PEOPLE.c.account_id.is_not(None), PEOPLE.c.merged_into.is_not(None), is_target)
    return set(tx.scalars(select(PEOPLE.c.id).where(PEOPLE.c.id.in_(chosen(tx, ids, BigInteger())), tied)))


def empty_people(tx: Transaction, ids: Sequence[int]) -> None:
    """Make them nobody: no name, no contact, no member. For rows that the ledger or a consent names for ever."""
    tx.execute(
        update(PEOPLE)
        .where(PEOPLE.c.id.in_(chosen(tx, ids, BigInteger())))
        .values(
            member_number=None, joined_on=None, full_name=NOBODY, call_name="", email=None, email_key=None, phone=None,
            birth_year=None, birth_month=None, birth_day=None, search_text="", source=SOURCE,
        )
    )  # fmt: skip


def last_answers(tx: Transaction, ids: Sequence[int]) -> dict[int, bool]:
    """What they last said about news by e-mail."""
    last = (
        select(func.max(Consent.id))
        .where(Consent.person_id.in_(chosen(tx, ids, BigInteger())), Consent.purpose == NEWS, Consent.channel == EMAIL)
        .group_by(Consent.person_id)
    )
    rows = tx.execute(select(Consent.person_id, Consent.is_given).where(Consent.id.in_(last)))
    return {row.person_id: row.is_given for row in rows}


def answer_again(tx: Transaction, answers: Mapping[int, bool], now: datetime) -> None:
    """Write down the answer that holds again; answers are only ever added."""
    asked = select(PEOPLE.c.id, PEOPLE.c.language).where(PEOPLE.c.id.in_(chosen(tx, answers, BigInteger())))
    languages = {row.id: row.language for row in tx.execute(asked)}
    rows = [
        {
            "person_id": person_id, "purpose": NEWS, "channel": EMAIL, "is_given": is_given,
            "text_version": "imported", "language": languages[person_id], "source": "import undone", "at": now,
        }
        for person_id, is_given in sorted(answers.items())
    ]  # fmt: skip
    if rows:
        tx.execute(insert(Consent), rows)


def give_back_values(
    tx: Transaction,
    person_id: int,
    before: Mapping[str, object],
    after: Mapping[str, object],
    identifiers: Sequence[tuple[str, str]],
) -> bool:
    """Give back the values of before where those of after still stand; whether all of them could be given back."""
    row = tx.execute(select(PEOPLE).where(PEOPLE.c.id == person_id).with_for_update()).mappings().one()
    values = {name: value for name, value in before.items() if row[name] == after[name]}
    is_whole = len(values) == len(before)
    if values.get("email") is not None and _is_taken(tx, str(values["email"]), person_id):
        values.pop("email")
        is_whole = False
    if "email" in values:
        values["email_key"] = None if values["email"] is None else email_key(str(values["email"]))
    if values:
        tx.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(values))
    for kind, value in identifiers:
        tx.execute(
            delete(PersonIdentifier).where(
                PersonIdentifier.kind == kind,
                PersonIdentifier.value == value,
                PersonIdentifier.person_id == person_id,
            )
        )
    refresh_search_text(tx, person_id)
    return is_whole


def _is_taken(tx: Transaction, email: str, person_id: int) -> bool:
    taken = select(PEOPLE.c.id).where(PEOPLE.c.email_key == email_key(email), PEOPLE.c.id != person_id)
    return tx.scalar(taken) is not None

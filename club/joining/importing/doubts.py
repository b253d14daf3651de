"""Rows that would make somebody new and look like somebody known: the same phone, or the same name and birthday."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Row, Select, String, and_, column, exists, select, values
from sqlalchemy.orm import Session

from club.intake.bulk import chosen
from club.intake.complaints import Complaint
from club.intake.models import ImportChange
from club.joining.importing.rows import PersonRow
from club.members.models import Person, PersonWord
from club.members.rules import fold, words_known

SAME_PHONE = "somebody known has this phone; add their number, address or card to the row, or take it in as new"
SAME_NAME_AND_BIRTHDAY = (
    "somebody known has this name and birthday; add their number, address or card to the row, or take it in as new"
)
_SHOWN = (Person.id, Person.full_name, Person.member_number)
_Found = Row[*tuple[Any, ...]]


def doubts_about(db: Session, rows: Sequence[PersonRow], run_id: int | None) -> list[Complaint]:
    """A line for every row in doubt. Whoever came with this very import is no reason for doubt."""
    by_phone = _with_phones(db, {row.phone for row in rows if row.phone}, run_id)
    by_birthday = _with_birthdays(db, [row for row in rows if row.birthday], run_id)
    doubts = []
    for row in rows:
        if row.phone in by_phone:
            known = by_phone[row.phone]
            doubts.append(Complaint(row.row, "phone", f"{row.name}: {_said(known)}", SAME_PHONE))
        elif row.row in by_birthday:
            known = by_birthday[row.row]
            doubts.append(Complaint(row.row, "birthday", f"{row.name}: {_said(known)}", SAME_NAME_AND_BIRTHDAY))
    return doubts


def _with_phones(db: Session, phones: set[str], run_id: int | None) -> dict[str | None, _Found]:
    if not phones:
        return {}
    known = select(Person.phone, *_SHOWN).where(Person.phone.in_(chosen(db, phones))).order_by(Person.id.desc())
    return {row.phone: row for row in db.execute(_before(known, run_id))}


def _with_birthdays(db: Session, rows: Sequence[PersonRow], run_id: int | None) -> dict[int, _Found]:
    """Row number → somebody with its birthday and its whole name, found by the longest word of the name."""
    wanted = [
        (row.row, word, row.birthday[1], row.birthday[2], row.birthday[0])
        for row in rows
        if row.birthday and (word := _longest_word(row.name))
    ]
    if not wanted:
        return {}
    columns = (column("row_number", Integer), column("word", String), column("month", Integer), column("day", Integer))
    asked = values(*columns, name="asked").data([row[:4] for row in wanted]).cte("asked")
    query = (
        select(asked.c.row_number, Person.birth_year, *_SHOWN)
        .select_from(asked)
        .join(PersonWord, PersonWord.word == asked.c.word)
        .join(
            Person,
            and_(
                Person.id == PersonWord.person_id,
                Person.birth_month == asked.c.month,
                Person.birth_day == asked.c.day,
            ),
        )
    )
    names = {row.row: fold(row.name) for row in rows}
    years = {row[0]: row[4] for row in wanted}
    return {
        found.row_number: found
        for found in db.execute(_before(query, run_id))
        if fold(found.full_name) == names[found.row_number]
        and (found.birth_year is None or years[found.row_number] in {None, found.birth_year})
    }


def _before(query: Select[*tuple[Any, ...]], run_id: int | None) -> Select[*tuple[Any, ...]]:
    """Without the people who came with this import."""
    made = exists().where(
        ImportChange.person_id == Person.id, ImportChange.import_id == (run_id or 0), ImportChange.kind == "made"
    )
    return query.where(~made)


def _longest_word(name: str) -> str:
    return max(sorted(words_known(full_name=name, call_name="", email=None, phone=None)), key=len, default="")


def _said(known: _Found) -> str:
    return " ".join(part for part in (known.full_name, known.member_number) if part)

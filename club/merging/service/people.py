"""The two records themselves: chosen values, numbers, sign-in; and back."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import delete, insert, or_, select, update

from club.accounts.browsers import end_sessions
from club.accounts.models import Account, staff_role
from club.database import Transaction
from club.errors import ContactTakenSince, StaffAccount
from club.members.models import FORMER_EMAIL, FORMER_NUMBER, FORMER_PHONE, Person, PersonIdentifier, PersonWord
from club.members.rules import former_email
from club.members.service import refresh_search_text
from club.merging.models import Merge
from club.merging.rules import FIELDS, Side, can_choose, fixed_email, usual_side
from club.merging.service.rows import BEGUN, SWITCHED_OFF, as_kept, ids_of, keys_of, remember

_PEOPLE = Person.__table__.c
COLUMNS = ("id", "account_id", "member_number", *(column for columns in FIELDS.values() for column in columns))
_DAYS = ("joined_on",)
Values = Mapping[str, object]


def read(tx: Transaction, person_id: int) -> dict[str, object]:
    """What one record says, as a merge keeps it."""
    row = tx.execute(select(*(_PEOPLE[name] for name in COLUMNS)).where(Person.id == person_id)).one()
    return as_kept(dict(row._mapping))


def chosen_values(stays: Values, goes: Values, choices: Mapping[str, Side]) -> dict[str, object]:
    """The columns of the record that stays after the merge: field by field from one of the two."""
    sides = {name: usual_side(name, stays, goes) for name in FIELDS}
    sides |= {name: side for name, side in choices.items() if can_choose(name, stays, goes)}
    fixed = fixed_email(stays["account_id"] is not None, goes["account_id"] is not None)
    if fixed is not None and (stays if fixed is Side.STAYS else goes)["email"]:
        sides["email"] = fixed
    values = {
        column: (stays if sides[name] is Side.STAYS else goes)[column]
        for name, columns in FIELDS.items()
        for column in columns
    }
    return values | {"account_id": stays["account_id"] or goes["account_id"]}


def join(
    tx: Transaction, merge_id: int, stays: Values, goes: Values, choices: Mapping[str, Side], now: datetime
) -> None:
    """Empty the record that goes, then write the other one. Raises `StaffAccount`."""
    stays_id, goes_id = _id(stays), _id(goes)
    values = chosen_values(stays, goes, choices)
    emptied: dict[str, object] = {
        "member_number": None, "joined_on": None, "email": None, "email_key": None, "phone": None,
        "search_text": "", "merged_into": stays_id, "merged_at": now,
    }  # fmt: skip
    if stays["account_id"] is None:
        emptied["account_id"] = None
    else:
        _switch_off(tx, merge_id, goes["account_id"], now)
    tx.execute(update(Person).where(Person.id == goes_id).values(emptied))
    tx.execute(delete(PersonWord).where(PersonWord.person_id == goes_id))
    tx.execute(update(Person).where(Person.id == stays_id).values(_typed(values)))
    _lead_here(tx, merge_id, stays_id, former_names(stays, goes, values))
    refresh_search_text(tx, stays_id)


def former_names(stays: Values, goes: Values, values: Values) -> list[tuple[str, str]]:
    """(kind, value) of all that named one of the two and stands on neither from now on: number, addresses, phones."""
    found = [(FORMER_NUMBER, str(goes["member_number"]))] if goes["member_number"] is not None else []
    for record in (stays, goes):
        if record["email"] is not None and record["email_key"] != values["email_key"]:
            found.append((FORMER_EMAIL, former_email(str(record["email"]))))
        if record["phone"] is not None and record["phone"] != values["phone"]:
            found.append((FORMER_PHONE, str(record["phone"])))
    return list(dict.fromkeys(found))


def _lead_here(tx: Transaction, merge_id: int, stays_id: int, names: list[tuple[str, str]]) -> None:
    """Keep them as identifiers; a phone that leads to somebody of the same household already goes on leading there."""
    for kind, value in names:
        own = PersonIdentifier.kind == kind, PersonIdentifier.value == value
        if tx.scalar(select(PersonIdentifier.value).where(*own)) is None:
            tx.execute(insert(PersonIdentifier).values(kind=kind, value=value, person_id=stays_id))
            remember(tx, merge_id, BEGUN, PersonIdentifier.__tablename__, "person_id", [(kind, value)])


def part(tx: Transaction, found: Merge) -> None:
    """Both records as they were, but for what was changed on the one that stayed. Raises `ContactTakenSince`."""
    stays, goes = found.survivor_before, found.loser_before
    for kind, value in keys_of(tx, found.id, BEGUN, PersonIdentifier.__tablename__, "person_id"):
        tx.execute(delete(PersonIdentifier).where(PersonIdentifier.kind == kind, PersonIdentifier.value == value))
    now_stays = read(tx, found.survivor_id)
    merged = chosen_values(stays, goes, _sides(found))
    unchanged = [
        columns
        for columns in (*FIELDS.values(), ("account_id",))
        if all(now_stays[column] == merged[column] for column in columns)
    ]
    back = {column: stays[column] for columns in unchanged for column in columns}
    tx.execute(update(Person).where(Person.id == found.survivor_id).values(_typed(back)))
    _refuse_taken(tx, found.loser_id, goes)
    own = {column: goes[column] for column in COLUMNS if column != "id"}
    tx.execute(
        update(Person)
        .where(Person.id == found.loser_id)
        .values({**_typed(own), "merged_into": None, "merged_at": None})
    )
    for account_id in ids_of(tx, found.id, SWITCHED_OFF, Account.__tablename__):
        tx.execute(update(Account).where(Account.id == account_id).values(disabled_at=None))


def make_findable(tx: Transaction, *person_ids: int) -> None:
    """By what their rows say now, numbers that moved back included."""
    for person_id in person_ids:
        refresh_search_text(tx, person_id)


def _switch_off(tx: Transaction, merge_id: int, account_id: object, now: datetime) -> None:
    """Of two ways to sign in one stays; the other is switched off until the merge is undone."""
    if not isinstance(account_id, int):
        return
    if staff_role(tx, account_id) is not None:
        raise StaffAccount
    off = update(Account).where(Account.id == account_id, Account.disabled_at.is_(None)).values(disabled_at=now)
    if tx.execute(off.returning(Account.id)).one_or_none() is not None:
        remember(tx, merge_id, SWITCHED_OFF, Account.__tablename__, "id", [(account_id,)])
    end_sessions(tx, account_id)


def _sides(found: Merge) -> dict[str, Side]:
    """What was chosen, as the merge kept it beside the values of the record that stayed."""
    kept = found.survivor_before.get("choices")
    return {str(name): Side(side) for name, side in kept.items()} if isinstance(kept, dict) else {}


def _refuse_taken(tx: Transaction, goes_id: int, goes: Values) -> None:
    own = [
        _PEOPLE[name] == goes[name] for name in ("member_number", "email_key", "account_id") if goes[name] is not None
    ]
    if not own:
        return
    taken = select(Person.id).where(Person.id != goes_id, or_(*own))
    if tx.execute(taken.limit(1)).first():
        raise ContactTakenSince


def _typed(values: Values) -> dict[str, object]:
    """Values as the columns take them: days from their text."""
    return {
        name: date.fromisoformat(value) if name in _DAYS and isinstance(value, str) else value
        for name, value in values.items()
    }


def _id(values: Values) -> int:
    found = values["id"]
    assert isinstance(found, int)
    return found

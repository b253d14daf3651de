"""What every act on a conversation begins and ends with: its lock, the next state, the mail."""

from dataclasses import dataclass, fields
from datetime import datetime
from secrets import choice

from sqlalchemy import insert, select, update

from club.audit import record
from club.database import Transaction
from club.errors import NotFound, OwnMembership
from club.members.household import is_household
from club.members.models import the_person
from club.members.rules import ALPHABET
from club.messages.models import address_state
from club.messages.service import queue
from club.support.models import SupportCase, SupportEntry
from club.support.rules import Kind, State

_NUMBER_LETTERS = 7
ADDRESSEE = "support:"
"""Before the id of a case: who a mail goes to that nobody known asked for."""


@dataclass(frozen=True)
class Held:
    """A case, locked until the transaction ends."""

    id: int
    number: str
    person_id: int | None
    sender: str
    subject: str
    language: str
    state: State
    owner_id: int | None
    opened_at: datetime
    answer_by: datetime | None
    first_answer_at: datetime | None
    was_asked: bool
    reopened: int
    rating: str
    version: int


_COLUMNS = tuple(getattr(SupportCase, field.name) for field in fields(Held))


def hold(tx: Transaction, case_id: int) -> Held:
    """Lock a case, before anything else that the act needs; raises `NotFound`."""
    row = tx.execute(select(*_COLUMNS).where(SupportCase.id == case_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    values = row._asdict()
    return Held(**{**values, "state": State(values["state"])})


def change(tx: Transaction, case_id: int, **values: object) -> None:
    """Write what is different now."""
    tx.execute(update(SupportCase).where(SupportCase.id == case_id).values(**values))


def write(
    tx: Transaction,
    case_id: int,
    kind: Kind,
    words: str,
    now: datetime,
    *,
    by: int | None = None,
    mail_id: str | None = None,
    form_key: bytes | None = None,
    left_out: str = "",
) -> int:
    """Add words to a case and return their id."""
    row = {
        "case_id": case_id, "kind": kind.value, "at": now, "by": by, "words": words, "mail_id": mail_id,
        "form_key": form_key, "left_out": left_out,
    }  # fmt: skip
    entry_id: int = tx.execute(insert(SupportEntry).values(row).returning(SupportEntry.id)).scalar_one()
    return entry_id


def case_with_key(tx: Transaction, form_key: bytes) -> int | None:
    """The case that this form was about, if it came before."""
    return tx.scalar(select(SupportEntry.case_id).where(SupportEntry.form_key == form_key))


def refuse_own(tx: Transaction, by: int, held: Held) -> None:
    """Nobody answers their own questions, or gives themselves points; raises `OwnMembership`."""
    if held.person_id is not None and is_household(tx, by, held.person_id):
        raise OwnMembership


def new_number(tx: Transaction) -> str:
    """A number that no case has."""
    while True:
        number = "H" + "".join(choice(ALPHABET) for _ in range(_NUMBER_LETTERS))
        if tx.scalar(select(SupportCase.id).where(SupportCase.number == number)) is None:
            return number


@dataclass(frozen=True)
class _Reader:
    """Whom a mail goes to; an empty address: nobody."""

    name: str
    recipient: str
    language: str


def tell(tx: Transaction, held: Held, act: str, occurrence: str, now: datetime, **data: object) -> bool:
    """A mail to whoever asked, in their language; False where no address is known, or none that takes mail."""
    reader = _reader(tx, held)
    if not reader.recipient:
        return False
    queue(
        tx,
        act,
        occurrence=f"support:{held.id}:{occurrence}",
        recipient=reader.recipient,
        language=reader.language,
        person_id=held.person_id,
        addressee=None if held.person_id else f"{ADDRESSEE}{held.id}",
        data={"name": reader.name, "number": held.number, **data},
        now=now,
    )
    return address_state(tx, reader.recipient, now) is None


def is_reached(tx: Transaction, held: Held, now: datetime) -> bool:
    """Whether mails reach whoever asked: an address is known, and nothing is known against it."""
    reader = _reader(tx, held)
    return bool(reader.recipient) and address_state(tx, reader.recipient, now) is None


def _reader(tx: Transaction, held: Held) -> _Reader:
    if held.person_id is None:
        return _Reader("", held.sender, held.language)
    person = the_person(tx, held.person_id)
    return _Reader(person.addressed_as, person.email or "", person.language)


def note(tx: Transaction, held: Held, act: str, by: int | None, now: datetime, **numbers: int | bool | None) -> None:
    """Leave an audit row at the case."""
    record(
        tx, act, "support", held.id, by=by, now=now, why="", person_id=held.person_id, words=None, **numbers
    )  # fmt: skip

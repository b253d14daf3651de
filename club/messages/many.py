"""One message to many people: their rows in the outbox are written by one statement, whoever they are."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, String, Text, cast, func, literal, null, select, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.database import Transaction, UtcDateTime, is_sqlite
from club.messages.acts import ACTS
from club.messages.models import Message
from club.messages.rules import Cause

_ONCE = ["act", "step", "addressee", "occurrence"]
_GONE = {"state": "given_up", "cause": Cause.CANCELLED.value, "secret": None, "waits_for": ""}


def queue_many(
    tx: Transaction,
    act: str,
    readers: Select[Any],
    data: Mapping[str, object],
    *,
    occurrence: str,
    due_at: datetime,
    now: datetime,
) -> int:
    """Leave a message for each of the readers and say how many are new; who has this occurrence gets no second one.

    `readers` has the columns `person_id`, `email`, `language`, `name` and `secret`, and may have `more`: an object of
    JSON, as text, with what is each reader's own. Consent, cap and quiet hours are
    looked at when a message is due, as they are for every one; its address is judged then too.
    """
    who = readers.subquery()
    missing = ACTS[act].needs - data.keys() - {"name"}
    if missing and "more" not in who.c:
        raise ValueError(f"{act} needs {sorted(missing)}")
    values: dict[str, ColumnElement[Any]] = {
        "act": literal(act),
        "step": literal(1),
        "addressee": literal("person:") + cast(who.c.person_id, String),
        "occurrence": literal(occurrence),
        "person_id": who.c.person_id,
        "recipient": who.c.email,
        "language": who.c.language,
        "data": _with_more(tx, with_name(tx, data, who.c.name), who.c.get("more")),
        "secret": who.c.secret if ACTS[act].has_token else cast(null(), Text),
        "state": literal("queued"),
        "tries": literal(0),
        "next_try_at": literal(due_at, UtcDateTime()),
        "waits_for": literal(""),
        "message_id": random_key(tx),
        "last_error": literal(""),
        "created_at": literal(now, UtcDateTime()),
    }
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    rows = select(*(column.label(name) for name, column in values.items())).where(who.c.email.is_not(None))
    statement = insert(Message).from_select(list(values), rows, include_defaults=False)
    once = statement.on_conflict_do_nothing(index_elements=_ONCE)
    return tx.connection().execute(once, execution_options={"preserve_rowcount": True}).rowcount


def withdraw(tx: Transaction, acts: Sequence[str], begins: str, person_id: int | None = None) -> int:
    """Messages that still wait under an occurrence that begins so are not sent any more: to one person, or to all."""
    waits = [Message.act.in_(acts), Message.state == "queued", Message.occurrence.startswith(begins, autoescape=True)]
    if person_id is not None:
        waits.append(Message.person_id == person_id)
    return tx.connection().execute(update(Message).where(*waits).values(_GONE)).rowcount


def withdraw_exactly(tx: Transaction, act: str, occurrence: str) -> int:
    """The same for one occurrence, to whomever."""
    waits = (Message.act == act, Message.state == "queued", Message.occurrence == occurrence)
    return tx.connection().execute(update(Message).where(*waits).values(_GONE)).rowcount


def random_key(db: Session) -> ColumnElement[str]:
    """32 hexadecimal digits that nobody can guess, another for each row: 128 random bits, of a UUID 122."""
    if is_sqlite(db):
        return func.lower(func.hex(func.randomblob(16)))
    return func.replace(cast(func.gen_random_uuid(), Text), "-", "")


def with_name(db: Session, data: Mapping[str, object], name: ColumnElement[str]) -> ColumnElement[Any]:
    """The data of one reader: what all have in common, and how to address them."""
    common = json.dumps(dict(data))[:-1] + (", " if data else "") + '"name": '
    if is_sqlite(db):
        return type_coerce(literal(common) + func.json_quote(name) + literal("}"), JSON)
    return cast(literal(common, Text) + cast(func.to_json(name), Text) + literal("}", Text), JSON)


def _with_more(db: Session, said: ColumnElement[Any], more: ColumnElement[Any] | None) -> ColumnElement[Any]:
    """What is one reader's own beside what all are told."""
    if more is None:
        return said
    if is_sqlite(db):
        return type_coerce(func.json_patch(said, more), JSON)
    return cast(cast(said, JSONB).op("||")(cast(more, JSONB)), JSON)

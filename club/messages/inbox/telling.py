"""One message to many inboxes, without mails: written by one statement, put into words when it is opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.database import Transaction, UtcDateTime, is_sqlite
from club.messages.acts import ACTS
from club.messages.inbox.models import INBOX, ONCE
from club.messages.many import with_name
from club.messages.models import MessageText


def tell(
    tx: Transaction,
    act: str,
    readers: Select[*tuple[Any, ...]],
    data: Mapping[str, object] | None = None,
    *,
    occurrence: str = "",
    now: datetime,
) -> int:
    """Put a message into the inbox of each of the readers; how many are new. Nobody gets an occurrence twice.

    `readers` has the columns `person_id`, `language` and `name`; where each has their own it has `data` too, a whole
    JSON object, and `occurrence`. A mail of the same act and occurrence, before or after, is the same message.
    """
    topic = ACTS[act].topic
    if topic is None:
        raise ValueError(f"{act} does not stand in the inbox")
    who = readers.subquery()
    has_own_data, has_own_occurrence = "data" in who.c, "occurrence" in who.c
    missing = frozenset() if has_own_data else ACTS[act].needs - (data or {}).keys() - {"name"}
    if missing:
        raise ValueError(f"{act} needs {sorted(missing)}")
    values: dict[str, ColumnElement[Any]] = {
        "person_id": who.c.person_id,
        "act": literal(act),
        "step": literal(1),
        "occurrence": who.c.occurrence if has_own_occurrence else literal(occurrence),
        "topic": literal(topic.value),
        "language": who.c.language,
        "data": who.c.data if has_own_data else with_name(tx, data or {}, who.c.name),
        "text_version": _version(act, who.c.language),
        "at": literal(now, UtcDateTime()),
        "is_collected": literal(False),
    }
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    rows = select(*(column.label(name) for name, column in values.items())).where(who.c.person_id.is_not(None))
    once = insert(INBOX).from_select(list(values), rows, include_defaults=False)
    statement = once.on_conflict_do_nothing(index_elements=ONCE)
    return tx.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _version(act: str, language: ColumnElement[str]) -> ColumnElement[int]:
    """The version of the club's own words that holds now; 0: the shipped words."""
    texts = MessageText.__table__.c
    newest = select(func.max(texts.version)).where(texts.act == act, texts.language == language).scalar_subquery()
    return func.coalesce(newest, 0)

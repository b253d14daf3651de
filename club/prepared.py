"""Statements that PostgreSQL keeps prepared between requests, and those whose plan is made for what was typed.

psycopg prepares what it saw five times on a connection, and lets go of all of it at a ROLLBACK: a statement could then
have been undone that the others rest on. A request that only read would end so; see docs/decisions/0005.
"""

from contextlib import suppress
from typing import Any, Self

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

KEPT = 400
"""Statements that a connection keeps prepared: those of the pages and of the common acts."""

LAST_WORDS = 60
"""Characters in which a statement names the page of a list that it is about."""

_MAY_HAVE_WRITTEN = "club_may_have_written"


class Cursor(psycopg.Cursor[Any]):
    """Has a statement planned anew, for these very values, where it asks for that."""

    planned_anew = False

    def execute(self, *given: Any, **named: Any) -> Self:
        """As psycopg does."""
        if self.planned_anew:
            named["prepare"] = False
        return super().execute(*given, **named)


def keep_prepared(engine: Engine) -> None:
    """End what only read with COMMIT, so that its statements stay prepared."""
    event.listen(engine, "connect", _keep_many)
    event.listen(engine, "before_cursor_execute", _before_statement)
    event.listen(engine, "commit", _forget_what_was_noted)
    event.listen(engine, "rollback", _end_reading)


def _keep_many(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.prepared_max = KEPT


def _before_statement(
    connection: Connection, cursor: object, statement: str, parameters: object, context: Any, many: bool
) -> None:
    if isinstance(cursor, Cursor):
        is_page = " OFFSET " in statement[-LAST_WORDS:]  # of a list, whose best plan depends on its filters
        cursor.planned_anew = is_page or context.execution_options.get("planned_anew", False)
    reads = statement.startswith("SELECT") or (statement.startswith("WITH") and not context.is_text)
    if not reads or context.isinsert or context.isupdate or context.isdelete:
        connection.info[_MAY_HAVE_WRITTEN] = True


def _forget_what_was_noted(connection: Connection) -> None:
    connection.info.pop(_MAY_HAVE_WRITTEN, None)


def _end_reading(connection: Connection) -> None:
    """Afterwards there is nothing left that the rollback could undo."""
    if not connection.info.pop(_MAY_HAVE_WRITTEN, False):
        with suppress(psycopg.Error):  # a connection that broke: the rollback says so
            connection.connection.commit()

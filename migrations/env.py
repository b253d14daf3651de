"""Runs the one history of the schema on SQLite and on PostgreSQL.

On SQLite a table is rebuilt to be altered: foreign keys are off meanwhile and checked afterwards, or rows of other
tables would be deleted with the old table. Two migrators at once: the second waits.
"""

from typing import Literal

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool, text

from club.database import TextsColumn, UtcDateTime
from club.tables import metadata

MIGRATION_LOCK = 7_203_419


def plain_type(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Write plain column types into migration files, so that old files do not depend on today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, TextsColumn):
        return "sa.JSON()"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=plain_type,
        compare_type=True,
        compare_server_default=False,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        run(connection)
        if engine.dialect.name == "sqlite":
            _check_foreign_keys(connection)
    engine.dispose()


def _prepare_sqlite(connection, record) -> None:  # type: ignore[no-untyped-def]
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=120000", "foreign_keys=OFF", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise RuntimeError(f"the migration would leave rows without their parents: {broken}")


migrate()

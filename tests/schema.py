"""What a database consists of, as plain values, so that two of them can be compared."""

import re

from sqlalchemy import Connection, Engine, inspect, text

Described = dict[str, dict[str, object]]

_POSTGRES_TRIGGERS = """
SELECT tgname, pg_get_triggerdef(oid) || pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal
"""
_POSTGRES_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_SQLITE_PARTS = "SELECT name, sql FROM sqlite_master WHERE type = '{}' AND sql IS NOT NULL"


def described(engine: Engine, *, with_triggers: bool = True) -> Described:
    """Tables with columns and constraints, indexes with their conditions, triggers with what they do."""
    with engine.connect() as connection:
        found = {f"table {name}": _table(connection, name) for name in inspect(connection).get_table_names()}
        del found["table alembic_version"]
        found["indexes"] = _named(connection, _indexes(connection))
        found["triggers"] = _named(connection, _triggers(connection)) if with_triggers else {}
        found["never reused"] = dict.fromkeys(_autoincremented(connection), True)
    return found


def _table(connection: Connection, name: str) -> dict[str, object]:
    look = inspect(connection)
    return {
        "columns": {c["name"]: (str(c["type"]), c["nullable"], str(c["default"])) for c in look.get_columns(name)},
        "key": look.get_pk_constraint(name)["constrained_columns"],
        "foreign keys": sorted(
            (str(f["name"]), f["constrained_columns"], f["referred_table"]) for f in look.get_foreign_keys(name)
        ),
        "uniques": sorted((str(u["name"]), u["column_names"]) for u in look.get_unique_constraints(name)),
        "checks": sorted((str(c["name"]), _one_line(c["sqltext"])) for c in look.get_check_constraints(name)),
    }


def _indexes(connection: Connection) -> str:
    return _SQLITE_PARTS.format("index") if connection.dialect.name == "sqlite" else _POSTGRES_INDEXES


def _triggers(connection: Connection) -> str:
    return _SQLITE_PARTS.format("trigger") if connection.dialect.name == "sqlite" else _POSTGRES_TRIGGERS


def _named(connection: Connection, statement: str) -> dict[str, object]:
    rows = {str(name): _one_line(sql) for name, sql in connection.execute(text(statement))}
    return {name: sql for name, sql in rows.items() if "alembic" not in name}


def _autoincremented(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    tables = connection.execute(text(_SQLITE_PARTS.format("table")))
    return sorted(name for name, sql in tables if "AUTOINCREMENT" in sql)


def _one_line(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).replace('"', "").strip()

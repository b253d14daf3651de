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
        found = _tables(connection)
        found["indexes"] = _named(connection, _indexes(connection))
        found["triggers"] = _named(connection, _triggers(connection)) if with_triggers else {}
        found["never reused"] = dict.fromkeys(_autoincremented(connection), True)
    return found


def _tables(connection: Connection) -> Described:
    """All tables, a question for each kind of part."""
    look = inspect(connection)
    columns, keys, foreign = look.get_multi_columns(), look.get_multi_pk_constraint(), look.get_multi_foreign_keys()
    uniques, checks = look.get_multi_unique_constraints(), look.get_multi_check_constraints()
    return {
        f"table {table[1]}": {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], str(c["default"])) for c in columns[table]},
            "key": keys[table]["constrained_columns"],
            "foreign keys": sorted(
                (str(f["name"]), f["constrained_columns"], f["referred_table"]) for f in foreign[table]
            ),
            "uniques": sorted((str(u["name"]), u["column_names"]) for u in uniques[table]),
            "checks": sorted((str(c["name"]), _one_line(c["sqltext"])) for c in checks[table]),
        }
        for table in columns
        if table[1] != "alembic_version"
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

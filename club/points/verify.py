"""What must hold in the ledger at every moment, each as one question to the database that has no answers.

Every check is one statement, so it sees one moment even while others write. The ids are those of the requirements.
"""

from dataclasses import dataclass

from sqlalchemy import TextClause, bindparam, func, select, text
from sqlalchemy.orm import Session

from club.database import is_sqlite
from club.points.checks import CHECKS
from club.points.models import BALANCES, MOVEMENTS

SHOWN_ROWS = 20
"""So many rows of a failing check are shown."""

APPEND_ONLY = ("points_movement", "points_lot_entry")
COUNTED_TABLES = (
    "points_movement",
    "points_lot",
    "points_lot_entry",
    "points_hold",
    "points_balance",
    "purchase",
    "purchase_line",
    "correction",
    "correction_line",
)


@dataclass(frozen=True)
class Violation:
    """A row that must not be there."""

    invariant: str
    what: str
    row: dict[str, object]

    def __str__(self) -> str:
        return f"{self.invariant} {self.what}: " + ", ".join(f"{name} {value}" for name, value in self.row.items())


@dataclass(frozen=True)
class Counts:
    """How much was looked at."""

    members: int
    movements: int


_TRIGGERS_ON_SQLITE = text("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN :tables")
_TRIGGERS_ON_POSTGRESQL = text("""
SELECT class.relname, pg_get_triggerdef(one.oid)
FROM pg_trigger AS one JOIN pg_class AS class ON class.oid = one.tgrelid
WHERE NOT one.tgisinternal AND one.tgenabled <> 'D' AND class.relname IN :tables
""")

_FRACTIONS_ON_SQLITE = text("""
SELECT one.name, col.name FROM sqlite_master AS one JOIN pragma_table_info(one.name) AS col
WHERE one.type = 'table' AND one.name IN :tables
  AND (col.type LIKE '%REAL%' OR col.type LIKE '%FLO%' OR col.type LIKE '%DOUB%' OR col.type LIKE '%NUM%'
    OR col.type LIKE '%DEC%')
""")
_FRACTIONS_ON_POSTGRESQL = text("""
SELECT class.relname, col.attname
FROM pg_attribute AS col
JOIN pg_class AS class ON class.oid = col.attrelid
JOIN pg_type AS kind ON kind.oid = col.atttypid
WHERE class.relnamespace = CAST(current_schema() AS regnamespace) AND class.relname IN :tables
  AND col.attnum > 0 AND NOT col.attisdropped AND kind.typname IN ('numeric', 'float4', 'float8', 'money')
""")


def violations(db: Session) -> list[Violation]:
    """Everything that is wrong in the ledger; at most 20 rows of each kind. Writes nothing."""
    _take_as_long_as_needed(db)
    found = [*_unprotected(db), *_not_integers(db)]
    for check in CHECKS:
        rows = db.execute(text(f"{check.rows} LIMIT {SHOWN_ROWS}")).mappings()
        found += [Violation(check.invariant, check.what, dict(row)) for row in rows]
    db.rollback()
    return found


def counts(db: Session) -> Counts:
    """How many members and movements there are."""
    members = db.execute(select(func.count()).select_from(BALANCES)).scalar_one()
    movements = db.execute(select(func.count()).select_from(MOVEMENTS)).scalar_one()
    return Counts(members, movements)


def _unprotected(db: Session) -> list[Violation]:
    """I-02: a table of the log whose triggers are gone or switched off."""
    triggers: TextClause = _TRIGGERS_ON_SQLITE if is_sqlite(db) else _TRIGGERS_ON_POSTGRESQL
    rows = db.execute(triggers.bindparams(bindparam("tables", expanding=True)), {"tables": APPEND_ONLY}).all()
    return [
        Violation("I-02", "a table of the log can be changed", {"table": table, "act": act})
        for table in APPEND_ONLY
        for act in ("UPDATE", "DELETE")
        if not any(name == table and act in definition.upper().split(" ON ")[0] for name, definition in rows)
    ]


def _not_integers(db: Session) -> list[Violation]:
    """I-13: a column of these tables that could hold parts of a point or of a cent, or a value that does."""
    wide: TextClause = _FRACTIONS_ON_SQLITE if is_sqlite(db) else _FRACTIONS_ON_POSTGRESQL
    rows = db.execute(wide.bindparams(bindparam("tables", expanding=True)), {"tables": COUNTED_TABLES})
    found = [Violation("I-13", "a column can hold fractions", {"table": row[0], "column": row[1]}) for row in rows]
    if is_sqlite(db):
        found += [
            Violation("I-13", "a value is no integer", {"table": table.name, "row": key})
            for table in (MOVEMENTS, BALANCES)
            for key in db.scalars(text(_fractions_in(table.name, [c.name for c in table.c if c.name in _AMOUNTS])))
        ]
    return found


_AMOUNTS = ("active", "pending", "held", "debt", "issued", "redeemed", "expired", "reversed", "adjusted")


def _fractions_in(table: str, columns: list[str]) -> str:
    """SQLite lets a value of any type into any column."""
    broken = " OR ".join(f"typeof({column}) <> 'integer'" for column in columns)
    return f"SELECT member_id FROM {table} WHERE {broken} LIMIT {SHOWN_ROWS}"  # noqa: S608 - our own table names


def _take_as_long_as_needed(db: Session) -> None:
    if not is_sqlite(db):
        db.execute(text("SET LOCAL statement_timeout = 0"))

"""The floors: the same rows put in, the same rows changed, by the plainest statements that do it."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime
from typing import Any

import psycopg
from sqlalchemy import JSON, Connection, CursorResult, Date, Table, bindparam, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.types import TypeEngine

from club.clock import ONE_DAY, add_months
from club.database import TextsColumn, UtcDateTime
from club.tables import metadata
from club.tiers.rules import Ladder

# --- the rows of an import, once more

Insert = Callable[[Table, Sequence[Sequence[Any]]], None]


def write_again(source: str, target: str) -> dict[str, Any]:
    """Put all rows of one database into an empty one: executemany on SQLite, COPY on PostgreSQL, one transaction."""
    return (_again_sqlite if source.startswith("sqlite") else _again_postgres)(make_url(source), make_url(target))


def _again_sqlite(source: URL, target: URL) -> dict[str, Any]:
    with closing(sqlite3.connect(source.database or "")) as reading:
        rows = {table: reading.execute(_all_of(table)).fetchall() for table in metadata.sorted_tables}
    with closing(sqlite3.connect(target.database or "", isolation_level=None)) as writing:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            writing.execute(f"PRAGMA {pragma}")

        def insert(table: Table, given: Sequence[Sequence[Any]]) -> None:
            marks = ", ".join("?" * len(table.columns))
            writing.executemany(f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})", given)

        begun = time.perf_counter()
        writing.execute("BEGIN IMMEDIATE")
        written = _write(rows, insert)
        writing.execute("COMMIT")
        return {"seconds": time.perf_counter() - begun, "rows": written}


def _again_postgres(source: URL, target: URL) -> dict[str, Any]:
    with psycopg.connect(_address(source)) as reading:
        rows = {table: reading.execute(_all_of(table).encode()).fetchall() for table in metadata.sorted_tables}
    with psycopg.connect(_address(target)) as writing:

        def insert(table: Table, given: Sequence[Sequence[Any]]) -> None:
            copying = f"COPY {table.name} ({_names(table)}) FROM STDIN"
            with writing.cursor() as cursor, cursor.copy(copying.encode()) as copy:
                for row in given:
                    copy.write_row(row)

        begun = time.perf_counter()
        written = _write(rows, insert)
        writing.commit()
        return {"seconds": time.perf_counter() - begun, "rows": written}


def _write(rows: dict[Table, list[Any]], insert: Insert) -> int:
    for table, given in rows.items():
        if given:
            insert(table, given)
    return sum(map(len, rows.values()))


def _all_of(table: Table) -> str:
    """JSON as it is written, so that nothing is parsed on the way."""
    columns = (
        f'CAST("{column.name}" AS TEXT)' if isinstance(column.type, JSON | TextsColumn) else f'"{column.name}"'
        for column in table.columns
    )
    return f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY 1"


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _address(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


# --- tiers and expiry of everybody


def count_rungs(connection: Connection, ladder: Ladder, day: date) -> None:
    """How many members reach which rung, whatever they hold: the least that can be asked of everybody."""
    sums = _standing(ladder, "person", "person.id", "")
    _say(connection, f"SELECT standing, COUNT(*) FROM ({sums}) AS s GROUP BY standing", **_window(day)).all()


def count_moves(connection: Connection, ladder: Ladder, day: date) -> None:
    """How many members go from where to where, and what they bought: the question of a preview."""
    sums = _standing(ladder, "person", "person.id", "SUM(net_amount) AS spend,")
    moves = (
        f"SELECT position, standing, COUNT(*), SUM(spend) FROM ({sums}) AS s LEFT JOIN tier_status AS term"
        " ON term.member_id = s.member_id AND term.ended_on IS NULL GROUP BY position, standing"
    )
    _say(connection, moves, **_window(day)).all()


def place_everybody(connection: Connection, ladder: Ladder, day: date, now: datetime) -> int:
    """The first terms of a club: one row for everybody above the first rung."""
    sums = _standing(ladder, "person", "person.id", "")
    placing = f"{_TERMS} SELECT member_id, {_key(ladder)}, {_NEW_TERM} FROM ({sums}) AS s WHERE standing > 0"
    return _say(connection, placing, **_window(day), **_new_term(ladder, day, now)).rowcount


def renew_due(connection: Connection, ladder: Ladder, day: date, now: datetime) -> int:
    """Whose term ends and who meets its rung gets another one; the others are in their days of grace."""
    due = "tier_status JOIN person ON person.id = tier_status.member_id AND ended_on IS NULL AND until <= :last"
    sums = _standing(ladder, due, "person.id, tier_status.id, position", "tier_status.id AS status_id, position,")
    met = f"SELECT * FROM ({sums}) AS s WHERE standing >= position"
    _say(connection, f"CREATE TEMPORARY TABLE bench_due AS {met}", **_window(day))
    ending = "UPDATE tier_status SET ended_on = :day WHERE id IN (SELECT status_id FROM bench_due)"
    _say(connection, ending, day=day)
    beginning = f"{_TERMS} SELECT member_id, {_key(ladder)}, {_NEW_TERM} FROM bench_due"
    renewed = _say(connection, beginning, **_new_term(ladder, day, now)).rowcount
    _say(connection, "DROP TABLE bench_due")
    return renewed


def expire_lots(connection: Connection, day: date, now: datetime) -> int:
    """One movement and one entry a lot, the balances, the lots."""
    due = "lot.active > 0 AND lot.expires_on <= :day"
    expired = _say(
        connection,
        "INSERT INTO points_movement (member_id, kind, cause_id, dated_on, posted_at, active, pending, held, debt,"
        " issued, redeemed, expired, reversed, adjusted)"
        " SELECT member_id, 'lot.expired', id, expires_on, :now, -active, 0, 0, 0, 0, 0, active, 0, 0"
        f" FROM points_lot AS lot WHERE {due}",
        day=day,
        now=now,
    ).rowcount
    for statement in (
        "INSERT INTO points_lot_entry (movement_id, lot_id, pending, active, held)"
        " SELECT movement.id, lot.id, 0, -lot.active, 0 FROM points_lot AS lot JOIN points_movement AS movement"
        f" ON movement.kind = 'lot.expired' AND movement.cause_id = lot.id WHERE {due}",
        "UPDATE points_balance SET active = points_balance.active - change.active FROM"
        f" (SELECT member_id, SUM(active) AS active FROM points_lot AS lot WHERE {due} GROUP BY member_id) AS change"
        " WHERE points_balance.member_id = change.member_id",
        f"UPDATE points_lot AS lot SET active = 0 WHERE {due}",
    ):
        _say(connection, statement, day=day)
    return expired


def make_figures(connection: Connection, day: date) -> int:
    """One row a member from one walk over the purchases, and the sums of every day, by the plainest statements."""
    _say(connection, "DELETE FROM member_figures")
    bought = (
        "SELECT member_id, COUNT(*) AS purchases, SUM(net_amount) AS spend, COUNT(DISTINCT bought_on) AS days,"
        " SUM(CASE WHEN bought_on > :year THEN net_amount ELSE 0 END) AS spend_year, MIN(bought_on) AS first,"
        " MAX(bought_on) AS last FROM purchase WHERE net_amount > 0 AND bought_on <= :day GROUP BY member_id"
    )
    written = _say(
        connection,
        "INSERT INTO member_figures (member_id, as_of, purchases, spend, spend_year, worth, buying_days,"
        " first_bought_on, last_bought_on, place) SELECT id, :day, COALESCE(purchases, 0), COALESCE(spend, 0),"
        " COALESCE(spend_year, 0), 0, COALESCE(days, 0), first, last, 'none'"
        f" FROM person LEFT JOIN ({bought}) AS b ON b.member_id = person.id WHERE joined_on IS NOT NULL",
        day=day,
        year=add_months(day, -12),
    ).rowcount
    for statement in (
        "SELECT bought_on, SUM(amount) FROM purchase GROUP BY bought_on",
        "SELECT dated_on, SUM(issued), SUM(redeemed), SUM(expired) FROM points_movement GROUP BY dated_on",
    ):
        _say(connection, statement).all()
    return written


_TERMS = "INSERT INTO tier_status (member_id, rung_key, position, version_id, since, until, how, recorded_at)"
_NEW_TERM = "standing, (SELECT MAX(id) FROM ladder_version), :since, :until, 'reached', :now"
_TYPES: dict[type, TypeEngine[Any]] = {date: Date(), datetime: UtcDateTime()}


def _say(connection: Connection, statement: str, **values: date | datetime | None) -> CursorResult[Any]:
    typed = [bindparam(name, value, _TYPES.get(type(value), Date())) for name, value in values.items()]
    return connection.execute(text(statement).bindparams(*typed))


def _standing(ladder: Ladder, members: str, groups: str, more: str) -> str:
    ways = " ".join(
        f"WHEN SUM(net_amount) >= {rung.spend} OR COUNT(CASE WHEN net_amount > 0 THEN 1 END) >= {rung.purchases}"
        f" THEN {place}"
        for place, rung in reversed(list(enumerate(ladder.rungs)))
        if place
    )
    return (
        f"SELECT person.id AS member_id, {more} CASE {ways} ELSE 0 END AS standing FROM {members} LEFT JOIN purchase"
        " ON purchase.member_id = person.id AND bought_on >= :first AND bought_on <= :last"
        f" WHERE joined_on IS NOT NULL GROUP BY {groups}"
    )


def _key(ladder: Ladder) -> str:
    keys = " ".join(f"WHEN {place} THEN '{rung.key}'" for place, rung in enumerate(ladder.rungs))
    return f"CASE standing {keys} END"


def _window(day: date) -> dict[str, date]:
    return {"first": add_months(day, -12) + ONE_DAY, "last": day}


def _new_term(ladder: Ladder, day: date, now: datetime) -> dict[str, date | datetime | None]:
    return {"since": day, "until": ladder.term_end(1, day), "now": now}

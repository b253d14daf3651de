"""A club of any size, written by the database itself from numbers: nothing is random, everything adds up."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Date, Engine, String, bindparam, text
from sqlalchemy.types import TypeEngine

from club.clock import ONE_DAY, add_months, month_end
from club.database import UtcDateTime

POINTS_PER_EURO = 2
VALIDITY_MONTHS = 24


def last_expiry(today: date) -> date:
    """The end of the last month that is over: in that night the oldest month of points expires."""
    return today.replace(day=1) - ONE_DAY


def first_day(today: date) -> date:
    """The first day of purchases: of the points of its month the night of `last_expiry` is the last day."""
    return add_months(last_expiry(today), -VALIDITY_MONTHS).replace(day=1)


def fill(engine: Engine, members: int, purchases: int, today: date, now: datetime) -> None:
    """Write members, purchases, movements, lots and balances into a migrated club that is set up and empty."""
    with engine.begin() as connection:
        _days(connection, today)
        _series(connection, max(members, purchases))
        for statement in (_PERSONS, _WORDS, _PURCHASES, _MOVEMENTS, _LOTS, _BALANCES):
            _say(connection, statement, members=members, purchases=purchases, first=first_day(today), now=now)
        _set_sequences(connection)
        for table in ("bench_series", "bench_day"):
            connection.execute(text(f"DROP TABLE {table}"))
    learn(engine)


def learn(engine: Engine) -> None:
    """What autovacuum does on PostgreSQL by itself. SQLite is left without statistics, as the program leaves it."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _days(connection: Connection, today: date) -> None:
    connection.execute(text("CREATE TEMPORARY TABLE bench_day (n INTEGER PRIMARY KEY, day DATE, expires_on DATE)"))
    first = first_day(today)
    days = [first + timedelta(days=n) for n in range((today - first).days)]
    connection.execute(
        text("INSERT INTO bench_day VALUES (:n, :day, :expires_on)").bindparams(
            bindparam("day", type_=Date), bindparam("expires_on", type_=Date)
        ),
        [{"n": n, "day": day, "expires_on": month_end(add_months(day, VALIDITY_MONTHS))} for n, day in enumerate(days)],
    )


def _series(connection: Connection, length: int) -> None:
    connection.execute(text("CREATE TEMPORARY TABLE bench_series (n BIGINT PRIMARY KEY)"))
    if connection.dialect.name == "sqlite":
        numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :length) SELECT n FROM c"
    else:
        numbers = "SELECT n FROM generate_series(1, :length) AS c(n)"
    connection.execute(text(f"INSERT INTO bench_series {numbers}"), {"length": length})


_PERSONS = """
INSERT INTO person (id, member_number, full_name, call_name, email, email_key, phone, language, joined_on, source,
  search_text, created_at)
SELECT n, 'B' || n, 'Member ' || n, '', 'b' || n || '@example.org', 'b' || n || '@example.org',
  '+34' || (600000000 + n), 'en', :first, 'bench', 'member ' || n, :now
FROM bench_series WHERE n <= :members
"""
_WORDS = """
INSERT INTO person_word (word, person_id)
SELECT 'member', id FROM person UNION ALL SELECT '' || id, id FROM person
  UNION ALL SELECT '@' || email_key, id FROM person UNION ALL SELECT phone, id FROM person
"""
"""By which people are found; see club/members/rules.py."""

_SPREAD = "((s.n * 7919) % 1000003)"
_AMOUNT = "500 + (s.n * 69621) % 20000"
_PURCHASES = f"""
INSERT INTO purchase (id, member_id, channel, reference, bought_on, amount, tax, points, qualifying_points,
  net_amount, net_points, net_qualifying_points, recorded_at)
SELECT n, member_id, 'till', 'B' || n, day, amount, 0, points, points, amount, points, points, :now
FROM (
  SELECT s.n AS n, 1 + ({_SPREAD} * {_SPREAD} / 1000003) * :members / 1000003 AS member_id, d.day AS day,
    {_AMOUNT} AS amount, ({_AMOUNT}) * {POINTS_PER_EURO} / 100 AS points
  FROM bench_series AS s JOIN bench_day AS d ON d.n = (s.n * 48271) % (SELECT COUNT(*) FROM bench_day)
  WHERE s.n <= :purchases
) AS made
"""
"""A tenth of the members makes about a third of the purchases; amounts from 5 to 205 euros."""

_WHY = json.dumps({"points": POINTS_PER_EURO, "per_amount": 100, "multiplier_percent": 100, "rung_key": "member"})
_MOVEMENTS = f"""
INSERT INTO points_movement (id, member_id, kind, cause_id, dated_on, posted_at, active, pending, held, debt,
  issued, redeemed, expired, reversed, adjusted, why)
SELECT id, member_id, 'purchase.earned', id, bought_on, :now, points, 0, 0, 0, -points, 0, 0, 0, 0,
  '{_WHY.replace(":", chr(92) + ":")}'
FROM purchase
"""
_LOTS = """
INSERT INTO points_lot (id, member_id, movement_id, points, pending, active, held, earned_on, activates_on, expires_on)
SELECT p.id, p.member_id, p.id, p.points, 0, p.points, 0, p.bought_on, p.bought_on, d.expires_on
FROM purchase AS p JOIN bench_day AS d ON d.day = p.bought_on
"""
_BALANCES = """
INSERT INTO points_balance (member_id, active, pending, held, debt)
SELECT person.id, COALESCE(sums.points, 0), 0, 0, 0
FROM person LEFT JOIN (SELECT member_id, SUM(points) AS points FROM purchase GROUP BY member_id) AS sums
  ON sums.member_id = person.id
"""


def _say(connection: Connection, statement: str, **values: Any) -> None:
    types: dict[type, TypeEngine[Any]] = {date: Date(), datetime: UtcDateTime(), int: BigInteger()}
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    typed: list[BindParameter[Any]] = [bindparam(name, value, types[type(value)]) for name, value in used.items()]
    connection.execute(text(statement).bindparams(*typed))


def _set_sequences(connection: Connection) -> None:
    """SQLite raises its own; PostgreSQL was not asked for these ids."""
    if connection.dialect.name == "sqlite":
        return
    for table in ("person", "purchase", "points_movement", "points_lot"):
        name = bindparam("name", table, String())
        newest = f"SELECT setval(pg_get_serial_sequence(:name, 'id'), (SELECT MAX(id) FROM {table}))"
        connection.execute(text(newest).bindparams(name))

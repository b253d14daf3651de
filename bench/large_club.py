"""A club of any size, written by the database itself from numbers: nothing is random, everything adds up."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from club.clock import add_months, month_end

DAYS = 700
"""Purchases are spread over so many days, so that none of their points has expired yet."""

POINTS_PER_EURO = 2


def fill(engine: Engine, members: int, purchases: int, today: date) -> None:
    """Write members, purchases, movements, lots and balances into a migrated club that is set up and empty."""
    with engine.begin() as connection:
        _days(connection, today)
        _series(connection, max(members, purchases))
        moment = datetime.combine(today, datetime.min.time(), UTC).isoformat(sep=" ")
        _persons(connection, members, today, moment)
        _purchases(connection, members, purchases, moment)
        _ledger(connection, moment)
        connection.execute(text("DROP TABLE bench_series"))
        connection.execute(text("DROP TABLE bench_day"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _days(connection: Connection, today: date) -> None:
    connection.execute(text("CREATE TEMPORARY TABLE bench_day (n INTEGER PRIMARY KEY, day DATE, expires_on DATE)"))
    days = [today - timedelta(days=n) for n in range(DAYS)]
    connection.execute(
        text("INSERT INTO bench_day VALUES (:n, :day, :expires_on)"),
        [
            {"n": n, "day": day.isoformat(), "expires_on": month_end(add_months(day, 24)).isoformat()}
            for n, day in enumerate(days)
        ],
    )


def _series(connection: Connection, length: int) -> None:
    connection.execute(text("CREATE TEMPORARY TABLE bench_series (n BIGINT PRIMARY KEY)"))
    if connection.dialect.name == "sqlite":
        numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :length) SELECT n FROM c"
    else:
        numbers = "SELECT n FROM generate_series(1, :length) AS c(n)"
    connection.execute(text(f"INSERT INTO bench_series {numbers}"), {"length": length})


def _persons(connection: Connection, members: int, today: date, moment: str) -> None:
    connection.execute(
        text(
            "INSERT INTO person (id, member_number, full_name, call_name, email, email_key, language, joined_on, source,"
            " search_text, created_at) "
            "SELECT n, 'B' || n, 'Member ' || n, '', 'b' || n || '@example.org', 'b' || n || '@example.org', 'es',"
            " CAST(:joined AS DATE), 'bench', 'member ' || n, CAST(:moment AS TIMESTAMP) FROM bench_series WHERE n <= :members"
            if connection.dialect.name != "sqlite"
            else "INSERT INTO person (id, member_number, full_name, call_name, email, email_key, language, joined_on, source,"
            " search_text, created_at) "
            "SELECT n, 'B' || n, 'Member ' || n, '', 'b' || n || '@example.org', 'b' || n || '@example.org', 'es',"
            " :joined, 'bench', 'member ' || n, :moment FROM bench_series WHERE n <= :members"
        ),
        {"members": members, "joined": (today - timedelta(days=DAYS)).isoformat(), "moment": moment},
    )


def _purchases(connection: Connection, members: int, purchases: int, moment: str) -> None:
    """A tenth of the members makes about a third of the purchases; amounts from 5 to 205 euros."""
    spread = "((s.n * 7919) % 1000003)"
    moment_value = ":moment" if connection.dialect.name == "sqlite" else "CAST(:moment AS TIMESTAMPTZ)"
    connection.execute(
        text(
            "INSERT INTO purchase (id, member_id, channel, reference, bought_on, amount, tax, points, qualifying_points,"
            " net_amount, net_points, net_qualifying_points, recorded_at) "
            "SELECT n, member_id, 'till', 'B' || n, day, amount, 0, points, points, amount, points, points,"
            f" {moment_value} FROM (SELECT s.n AS n, 1 + ({spread} * {spread} / 1000003) * :members / 1000003 AS member_id,"
            " d.day AS day, 500 + (s.n * 69621) % 20000 AS amount,"
            f" (500 + (s.n * 69621) % 20000) * {POINTS_PER_EURO} / 100 AS points"
            f" FROM bench_series s JOIN bench_day d ON d.n = (s.n * 48271) % {DAYS} WHERE s.n <= :purchases) AS made"
        ).bindparams(members=members, purchases=purchases, moment=moment)
    )


def _ledger(connection: Connection, moment: str) -> None:
    moment_value = ":moment" if connection.dialect.name == "sqlite" else "CAST(:moment AS TIMESTAMPTZ)"
    connection.execute(
        text(
            "INSERT INTO points_movement (id, member_id, kind, cause_id, dated_on, posted_at, active, pending, held, debt,"
            " issued, redeemed, expired, reversed, adjusted) "
            f"SELECT id, member_id, 'purchase.earned', id, bought_on, {moment_value}, points, 0, 0, 0, -points, 0, 0, 0, 0"
            " FROM purchase"
        ),
        {"moment": moment},
    )
    connection.execute(
        text(
            "INSERT INTO points_lot (id, member_id, movement_id, points, pending, active, held, earned_on, activates_on,"
            " expires_on) SELECT p.id, p.member_id, p.id, p.points, 0, p.points, 0, p.bought_on, p.bought_on, d.expires_on"
            " FROM purchase p JOIN bench_day d ON d.day = p.bought_on"
        )
    )
    connection.execute(
        text(
            "INSERT INTO points_balance (member_id, active, pending, held, debt) "
            "SELECT person.id, COALESCE(sums.points, 0), 0, 0, 0 FROM person LEFT JOIN"
            " (SELECT member_id, SUM(points) AS points FROM purchase GROUP BY member_id) AS sums ON sums.member_id = person.id"
        )
    )
    if connection.dialect.name == "postgresql":
        for table in ("person", "purchase", "points_movement", "points_lot"):
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"))

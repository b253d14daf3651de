"""R-23, R-24: the history goes up, down and up again, side by side and half way, and what stands is always the same."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, Index, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from club import night
from club.accounts.service import new_account
from club.catalogue.models import Price, Product, StockMovement, Variant
from club.database import Transaction, make_engine, sessions, transaction
from club.leads.models import LeadConsent, LeadForm, LeadSource
from club.members.models import Consent
from club.orders.models import Order, OrderMove
from club.papers.models import Paper, PaperDownload, PaperFile, PaperSeries
from club.pipeline.models import StageMove
from club.programme.legal import LegalText
from club.tables import APPEND_ONLY, metadata
from club.texts import Texts
from migrations import history, standing
from tests.databases import ROOT, Databases
from tests.night_world import LAST, build, closing
from tests.schema import Described, described

NOTHING: Described = {"indexes": {}, "triggers": {}, "never reused": {}}
_UPGRADE = "import sys; from migrations import history; history.upgrade(sys.argv[1])"
_UPGRADE_AND_DIE = """
import os, signal, sys
from sqlalchemy import Engine, event
from migrations import history
left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, *_):
    global left
    left -= "CREATE TABLE" in statement
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

history.upgrade(sys.argv[1])
"""


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    engine = create_engine(url, poolclass=NullPool)
    yield engine
    engine.dispose()


def schema_at(url: str) -> Described:
    with connected(url) as engine:
        return described(engine)


def revision_at(url: str) -> str | None:
    with connected(url) as engine, engine.connect() as connection:
        return history.revision_of(connection)


@pytest.fixture
def empty(databases: Databases) -> Iterator[str]:
    """A database without tables."""
    with databases.one_more(is_migrated=False) as url:
        yield url


@pytest.fixture
def filled(databases: Databases) -> Iterator[str]:
    """A migrated database with members, ledger, tiers, mails and audit."""
    with databases.one_more() as url:
        fill(url)
        yield url


def fill(url: str) -> None:
    engine = make_engine(url)
    with sessions(engine)() as db:
        build(db, members=30)
    assert night.run(sessions(engine), LAST, closing(LAST)).is_whole
    engine.dispose()


# --- what stands is what the code says


def test_the_tables_of_the_code_are_those_of_the_history(database_url: str) -> None:
    history.check(database_url)


def test_every_check_has_a_name_and_stands_in_the_database(database_url: str) -> None:
    checks = [
        (table.name, constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    ]
    assert all(name for _, name in checks)
    there = schema_at(database_url)
    assert set(checks) == {
        (table.removeprefix("table "), name)
        for table, parts in there.items()
        if table.startswith("table ")
        for name, _ in parts["checks"]  # type: ignore[attr-defined]  # a list of pairs
    }


def test_every_part_that_alembic_does_not_compare_is_there_too(databases: Databases, empty: str) -> None:
    """Checks with their conditions, partial indexes, AUTOINCREMENT: as `create_all` would make them."""
    with databases.one_more() as migrated, connected(empty) as engine:
        metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        made = described(engine, with_triggers=False)
        with connected(migrated) as other:
            assert described(other, with_triggers=False) == made
    partial = [
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if isinstance(index, Index) and index.dialect_options["sqlite"]["where"] is not None
    ]
    assert partial
    conditions = made["indexes"]
    assert all("WHERE" in str(conditions[str(name)]) for name in partial)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_ids_are_never_reused_where_the_code_says_so(database_url: str) -> None:
    wanted = {table.name for table in metadata.tables.values() if table.dialect_options["sqlite"]["autoincrement"]}
    assert wanted
    assert set(schema_at(database_url)["never reused"]) == wanted


# --- append-only


def sell_something(tx: Transaction, now: datetime) -> None:
    """A product with a price, of which one arrived, and an order."""
    product = Product(
        name=Texts({"en": "Wine"}), short=Texts({}), description=Texts({}), slugs=Texts({"en": "wine"}), state="draft",
        tax_class="standard", takes_tier_discount=True, options=[], made_at=now, changed_at=now,
    )  # fmt: skip
    tx.add(product)
    tx.flush()
    variant = Variant(
        product_id=product.id, position=1, sku="W-1", sku_key="W1", choices={}, choice_key="", content=0,
        weight_grams=0, sold_in=1, is_active=True,
    )  # fmt: skip
    tx.add(variant)
    tx.flush()
    tx.add(Price(product_id=product.id, kind="base", min_quantity=1, amount=1000, from_on=now.date(), set_at=now))
    tx.add(StockMovement(variant_id=variant.id, at=now, reason="arrival", quantity=1, on_hand_after=1))
    order = Order(
        number="A1B2C3D4", key="unguessable", state="pending_payment", cart_id=1, language="en", currency="EUR",
        pay_by="card", delivery="pickup", method_name=Texts({}), country="ES", goods=0, discount=0, points=0,
        points_value=0, delivery_price=0, delivery_tax=0, delivery_tax_rate=0, tax=0, total=0, paid=0, refunded=0,
        placed_at=now,
    )  # fmt: skip
    tx.add(order)
    tx.flush()
    tx.add(OrderMove(order_id=order.id, at=now, kind="placed", actor="buyer", numbers={}))
    print_something(tx, order.id, now)
    ask_something(tx, now)


def print_something(tx: Transaction, order_id: int, now: datetime) -> None:
    """A paper of the order, its file, and somebody who took it away."""
    series = PaperSeries(prefix="R2026-", next_number=2, last_at=now)
    tx.add(series)
    tx.flush()
    paper = Paper(
        series_id=series.id, position=1, number="R2026-00001", kind="order_receipt", cause="order:1", order_id=order_id,
        issued_at=now, language="en", currency="EUR", net=0, tax=0, total=0, content_hash="0" * 64,
    )  # fmt: skip
    tx.add(paper)
    tx.flush()
    tx.add(PaperFile(paper_id=paper.id, name="a.pdf", file_hash="0" * 64, size=1, press="typst", made_at=now))
    tx.add(PaperDownload(paper_id=paper.id, at=now, actor="buyer"))


def ask_something(tx: Transaction, now: datetime) -> None:
    """A form with its words of consent, and somebody who moved on."""
    owner_id = new_account(tx, "owner@example.org", "en", None, now)
    source = LeadSource(kind="form", name="Web", begun_on=now.date(), cost=0, basis="asked", licence="", made_at=now)
    tx.add(source)
    tx.flush()
    form = LeadForm(
        slug="web", name="Web", title=Texts({}), words=Texts({}), thanks=Texts({}), fields=["email"], campaign="",
        source_id=source.id, owner_id=owner_id, is_kiosk=False, is_active=True, made_at=now,
    )  # fmt: skip
    tx.add(form)
    tx.flush()
    tx.add(LeadConsent(form_id=form.id, version=1, words=Texts({"en": "Call me."}), at=now))
    tx.add(StageMove(person_id=1, before="prospect", after="buyer", on=now.date(), days=3, how="rule"))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_rows_of_the_ledger_the_audit_and_the_consents_are_never_changed_nor_deleted(
    filled: str, now: datetime, table: str
) -> None:
    consent = Consent(
        person_id=1, purpose="news", channel="email", is_given=True, text_version="1", language="en", source="test",
        at=now,
    )  # fmt: skip
    with connected(filled) as engine, sessions(engine)() as db:
        with transaction(db) as tx:
            tx.add(consent)
            tx.add(LegalText(kind="terms", version=1, language="en", body="Terms", published_at=now))
            sell_something(tx, now)
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(DBAPIError, match=f"{table} is append-only"):
                db.execute(text(statement))
            db.rollback()


# --- up and down


def test_r23_down_and_up_again_at_every_revision_leaves_the_same_tables(filled: str, empty: str) -> None:
    below, last = {}, NOTHING
    for revision in reversed(_newest_first()):
        below[revision] = last
        history.upgrade(empty, revision)
        last = schema_at(empty)
    assert schema_at(filled) == last
    for revision in _newest_first():
        history.downgrade(filled, f"{revision}-1")
        assert schema_at(filled) == below[revision], revision
        history.upgrade(filled, revision)
        assert schema_at(filled) == last, revision
        history.downgrade(filled, f"{revision}-1")
        last = below[revision]


def test_r23_down_to_nothing_and_up_again_on_a_filled_database(filled: str) -> None:
    fresh = schema_at(filled)
    history.downgrade(filled, "base")
    assert schema_at(filled) == NOTHING
    history.upgrade(filled)
    assert schema_at(filled) == fresh
    fill(filled)


def test_r23_rows_outlive_an_upgrade(filled: str) -> None:
    before = _rows(filled)
    history.upgrade(filled)
    assert _rows(filled) == before
    assert before["points_movement"] > 50


def test_files_carry_a_running_number_and_there_is_one_line_of_them() -> None:
    numbers = list(reversed(_newest_first()))
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    assert history.newest() == standing.newest() == numbers[-1]
    assert all(history.is_known(number) for number in numbers)
    assert not history.is_known("9999")


def _newest_first() -> list[str]:
    scripts = ScriptDirectory(str(ROOT / "migrations")).walk_revisions()
    return [script.revision for script in scripts]


def _rows(url: str) -> dict[str, int]:
    with connected(url) as engine, engine.connect() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in metadata.tables}


# --- side by side, and half way


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def ended_well(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def test_r24_two_migrators_at_once_both_end_well(databases: Databases, empty: str) -> None:
    for process in [start(_UPGRADE, empty) for _ in range(2)]:
        ended_well(process)
    with databases.one_more() as fresh:
        assert schema_at(empty) == schema_at(fresh)


def test_r24_a_migrator_waits_for_the_one_that_is_at_work(empty: str) -> None:
    with connected(empty) as engine, engine.connect() as first:
        _begin_as_a_migrator_does(first)
        second = start(_UPGRADE, empty)
        time.sleep(3)
        assert second.poll() is None
        first.rollback()
        ended_well(second)
    assert revision_at(empty) == history.newest()


def _begin_as_a_migrator_does(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(7203419)"))


@pytest.mark.parametrize("tables", [1, 20])
def test_r24_a_migration_killed_half_way_leaves_nothing_and_is_run_again(
    databases: Databases, empty: str, tables: int
) -> None:
    killed = start(_UPGRADE_AND_DIE, empty, str(tables))
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert revision_at(empty) is None
    ended_well(start(_UPGRADE, empty))
    with databases.one_more() as fresh:
        assert schema_at(empty) == schema_at(fresh)

"""The tests' own tools do what they promise."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from club.database import transaction
from club.programme.rules import Club
from tests.conftest import Counted
from tests.databases import Databases
from tests.network import OutgoingCall


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_begins_with_an_empty_migrated_database(db: Session, club: Club, time: str) -> None:
    assert db.execute(text("SELECT count(*) FROM programme")).scalar_one() == 1
    assert db.execute(text("SELECT min(id), max(id) FROM audit_entry")).one() == (1, 1)


def test_a_second_database_is_a_whole_one_and_gone_afterwards(databases: Databases, engine: Engine) -> None:
    with databases.one_more() as url:
        assert url != databases.url
        assert "person" in inspect(engine).get_table_names()


def test_queries_are_counted(db: Session, count_queries: Callable[[], AbstractContextManager[Counted]]) -> None:
    with count_queries() as queries:
        db.execute(text("SELECT 1"))
        db.execute(text("SELECT 2"))
    db.execute(text("SELECT 3"))
    assert queries.statements == ["SELECT 1", "SELECT 2"]


def test_another_machine_cannot_be_reached() -> None:
    with pytest.raises(OutgoingCall), socket.socket() as there:
        there.connect(("192.0.2.1", 80))
    with pytest.raises(OutgoingCall):
        socket.getaddrinfo("example.org", 80)


def test_nothing_is_called_while_a_transaction_is_open(db: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as here:
        address = here.getsockname()
        socket.create_connection(address).close()
        with pytest.raises(OutgoingCall), transaction(db), socket.socket() as there:
            there.connect(address)

"""O-02: what the program says about itself to whoever watches it."""

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from club.database import make_engine
from club.settings import Settings
from web import health


@pytest.fixture(scope="session")
def own_files(instance_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of these tests' own."""
    folder = tmp_path_factory.mktemp("health")
    packed = instance_path / "fonts"
    if packed.exists():
        shutil.copytree(packed, folder / "fonts")
    return folder


@pytest.fixture
def settings(settings: Settings, own_files: Path) -> Settings:
    """A program with files of its own, and a worker that has just shown that it lives."""
    own = replace(settings, instance_path=own_files)
    own.heartbeat_file.touch()
    return own


@pytest.fixture
def real_time(settings: Settings) -> None:
    """The beat is a file's age, so the file is as young as the program's clock says."""
    os.utime(settings.heartbeat_file, (time.time(), time.time()))


@pytest.fixture
def nobodys_port() -> Iterator[int]:
    """A port of this machine where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def ready(client: FlaskClient) -> tuple[int, dict[str, bool]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.get_json()


def test_all_is_there(app: Flask, client: FlaskClient, real_time: None) -> None:
    assert ready(client) == (200, {"ready": True, "database": True, "worker": True, "disk": True})


def test_the_worker_was_not_seen_for_a_minute(app: Flask, client: FlaskClient, settings: Settings) -> None:
    long_ago = time.time() - 61
    os.utime(settings.heartbeat_file, (long_ago, long_ago))
    assert ready(client) == (503, {"ready": False, "database": True, "worker": False, "disk": True})
    settings.heartbeat_file.unlink()
    assert ready(client)[0] == 503


def test_the_tables_are_not_those_of_this_version(
    app: Flask, client: FlaskClient, engine: Engine, real_time: None
) -> None:
    with engine.begin() as connection:
        own = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        assert ready(client) == (503, {"ready": False, "database": False, "worker": True, "disk": True})
    finally:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :own"), {"own": own})


def test_the_database_is_gone_and_within_five_seconds_it_is_said_while_the_process_lives(
    app: Flask, client: FlaskClient, real_time: None, nobodys_port: int
) -> None:
    gone = make_engine(f"postgresql+psycopg://club@127.0.0.1:{nobodys_port}/club")
    app.extensions["club_engine"], real = gone, app.extensions["club_engine"]
    started = time.monotonic()
    try:
        assert ready(client) == (503, {"ready": False, "database": False, "worker": True, "disk": True})
        assert client.get("/healthz").status_code == 200
    finally:
        app.extensions["club_engine"] = real
        gone.dispose()
    assert time.monotonic() - started < 5


def test_redis_is_asked_only_if_it_is_set(
    app: Flask, client: FlaskClient, settings: Settings, real_time: None, nobodys_port: int
) -> None:
    app.extensions["club_settings"] = replace(settings, redis_url=f"redis://127.0.0.1:{nobodys_port}/0")
    started = time.monotonic()
    code, said = ready(client)
    assert (code, said["redis"]) == (503, False)
    assert time.monotonic() - started < 5


def test_that_the_process_lives_is_said_without_the_database(
    app: Flask, client: FlaskClient, count_queries: Callable[[], AbstractContextManager[Sized]]
) -> None:
    with count_queries() as queries:
        assert client.get("/healthz").get_json() == {"alive": True}
    assert len(queries) == 0


def test_the_disk_is_full(app: Flask, client: FlaskClient, real_time: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 10**18)
    assert ready(client) == (503, {"ready": False, "database": True, "worker": True, "disk": False})

"""R-26: a backup taken while the club is at work holds all that was acknowledged; a broken one is refused in words."""

import io
import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import NullPool

from club.database import make_engine, sessions, transaction
from club.messages.models import Message
from club.messages.service import queue
from club.settings import Mode, Settings
from commands.db import db_group
from migrations import history
from tests.databases import Databases

Place = Callable[[], AbstractContextManager["Club"]]


@dataclass(frozen=True)
class Club:
    """One installed program with its own database and its own files."""

    url: str
    instance: Path

    def run(self, *arguments: str) -> Result:
        app = Flask("operator")
        app.extensions["club_settings"] = Settings(
            mode=Mode.TEST, instance_path=self.instance, database_url=self.url, secret_key="x" * 40
        )
        app.cli.add_command(db_group)
        return app.test_cli_runner().invoke(args=["db", *arguments])

    def said(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.exit_code == 0, done.output
        return done.output

    def refusal(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.exit_code == 1, done.output
        assert done.output.startswith("Error: ")
        return done.output

    @property
    def uploads(self) -> Path:
        return self.instance / "uploads"

    def put(self, *occurrences: str) -> None:
        """One transaction."""
        engine = make_engine(self.url)
        with sessions(engine)() as db, transaction(db) as tx:
            for occurrence in occurrences:
                queue(
                    tx, "password.changed", occurrence=occurrence, recipient="ana@example.org", language="en",
                    addressee="account:1", data={"name": "Ана"}, now=datetime.now(UTC),
                )  # fmt: skip
        engine.dispose()

    def occurrences(self) -> list[str]:
        engine = make_engine(self.url)
        with sessions(engine)() as db:
            found = list(db.scalars(select(Message.occurrence).order_by(Message.id)))
        engine.dispose()
        return found


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Place:
    @contextmanager
    def empty_place() -> Iterator[Club]:
        with databases.one_more(is_migrated=False) as url:
            yield Club(url, tmp_path / f"instance{len(list(tmp_path.iterdir()))}")

    return empty_place


@pytest.fixture
def club(databases: Databases, tmp_path: Path) -> Iterator[Club]:
    with databases.one_more() as url:
        yield Club(url, tmp_path / "instance")


@pytest.fixture
def archive(club: Club, tmp_path: Path) -> Path:
    """A backup of two messages and one upload."""
    club.put("1", "2")
    club.uploads.mkdir(parents=True)
    (club.uploads / "logo.png").write_bytes(b"a picture")
    file = tmp_path / "club.tar"
    club.said("backup", str(file))
    return file


def test_a_backup_brings_database_and_uploads_to_another_place(club: Club, archive: Path, place: Place) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(".")] == []
    with place() as other:
        said = other.said("restore", str(archive))
        assert "2 rows and 1 uploads" in said
        assert other.occurrences() == ["1", "2"]
        assert (other.uploads / "logo.png").read_bytes() == b"a picture"
        assert _append_only_holds(other.url)
        other.put("3")
        assert other.occurrences() == ["1", "2", "3"]
        other.said("check")
    assert club.occurrences() == ["1", "2"]


def _append_only_holds(url: str) -> bool:
    engine = create_engine(url, poolclass=NullPool)
    kind = engine.dialect.name
    with engine.connect() as connection:
        ask = (
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
            if kind == "sqlite"
            else "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
        )
        return bool(connection.scalar(text(ask)))


@dataclass
class WriteLoad:
    """Clerks who write pairs, one transaction each, and note what was acknowledged."""

    club: Club
    acknowledged: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def write(self, clerk: int) -> None:
        engine = make_engine(self.club.url)
        with sessions(engine)() as db:
            for number in range(100_000):
                if self.stop.is_set():
                    break
                pair = [f"{clerk}-{number}-a", f"{clerk}-{number}-b"]
                with transaction(db) as tx:
                    for occurrence in pair:
                        queue(
                            tx, "password.changed", occurrence=occurrence, recipient="ana@example.org", language="en",
                            addressee="account:1", data={"name": ""}, now=datetime.now(UTC),
                        )  # fmt: skip
                self.acknowledged.extend(pair)
        engine.dispose()

    @contextmanager
    def running(self) -> Iterator[None]:
        clerks = [threading.Thread(target=self.write, args=(clerk,)) for clerk in range(3)]
        for clerk in clerks:
            clerk.start()
        try:
            yield
        finally:
            self.stop.set()
            for clerk in clerks:
                clerk.join()


def test_r26_all_that_was_acknowledged_before_a_backup_is_in_it_and_no_transaction_is_halved(
    club: Club, place: Place, tmp_path: Path
) -> None:
    load = WriteLoad(club)
    with load.running():
        _wait_for(lambda: len(load.acknowledged) > 100)
        before = set(load.acknowledged)
        club.said("backup", str(tmp_path / "club.tar"))
        taken = len(load.acknowledged)
        _wait_for(lambda: len(load.acknowledged) > taken + 20)
    with place() as other:
        other.said("restore", str(tmp_path / "club.tar"))
        restored = set(other.occurrences())
    assert before <= restored
    assert {pair[:-1] + "b" for pair in restored} | {pair[:-1] + "a" for pair in restored} == restored
    assert restored < set(load.acknowledged)


def _wait_for(condition: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(600):
        if condition():
            return
        waited.wait(0.05)
    raise AssertionError("nobody wrote")


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.7, 0.99])
def test_r26_a_backup_that_is_cut_short_is_refused_and_nothing_changes(
    club: Club, archive: Path, place: Place, tmp_path: Path, share: float
) -> None:
    short = tmp_path / "short.tar"
    whole = archive.read_bytes().rstrip(b"\0")
    short.write_bytes(whole[: int(len(whole) * share)])
    assert "not a whole backup" in club.refusal("restore", str(short), "--replace")
    assert club.occurrences() == ["1", "2"]
    with place() as other:
        other.refusal("restore", str(short))
        assert not other.uploads.exists()


def test_r26_one_changed_byte_is_noticed(club: Club, archive: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.tar"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    assert "damaged" in club.refusal("restore", str(changed), "--replace")


def test_z12_a_copied_database_file_is_refused(club: Club, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        copy.execute("CREATE TABLE t (x)")
    assert "a copied file lacks what was written last" in club.refusal("restore", str(tmp_path / "copy.sqlite"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\3\4" + b"\0" * 600, b"\0" * 10240])
def test_a_foreign_file_is_refused_in_words(club: Club, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign").write_bytes(content)
    assert "not a whole backup" in club.refusal("restore", str(tmp_path / "foreign"))


def test_a_file_that_is_not_there_is_refused_in_words(club: Club, tmp_path: Path) -> None:
    assert "cannot be read" in club.refusal("restore", str(tmp_path / "nothing.tar"))


def test_a_part_that_would_lie_outside_is_refused(club: Club, archive: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    _rewrite(archive, evil, names={"uploads/logo.png": "uploads/../../outside.png"})
    assert "does not belong" in club.refusal("restore", str(evil), "--replace")


def test_a_backup_of_a_newer_version_or_the_other_kind_of_database_is_refused(
    club: Club, archive: Path, tmp_path: Path
) -> None:
    newer, foreign = tmp_path / "newer.tar", tmp_path / "foreign.tar"
    _rewrite(archive, newer, manifest={"schema": "9999"})
    assert "newer version" in club.refusal("restore", str(newer), "--replace")
    _rewrite(archive, foreign, manifest={"database": "another"})
    assert "comes from another" in club.refusal("restore", str(foreign), "--replace")


def test_a_backup_whose_rows_are_not_the_named_ones_is_refused(club: Club, archive: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.tar"
    _rewrite(archive, fewer, manifest={"rows": {"message": 3}})
    assert "rows that it names" in club.refusal("restore", str(fewer), "--replace")


def _rewrite(
    source: Path, target: Path, *, names: dict[str, str] | None = None, manifest: dict[str, object] | None = None
) -> None:
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            part = old.extractfile(member)
            assert part is not None
            content = part.read()
            if member.name == "manifest.json":
                said = json.loads(content) | (manifest or {})
                said["files"] = {(names or {}).get(name, name): digest for name, digest in said["files"].items()}
                content = json.dumps(said).encode()
            entry = tarfile.TarInfo((names or {}).get(member.name, member.name))
            entry.size = len(content)
            new.addfile(entry, io.BytesIO(content))


def test_a_club_is_overwritten_only_when_asked_and_then_wholly(club: Club, archive: Path) -> None:
    club.put("3")
    (club.uploads / "later.png").write_bytes(b"later")
    assert "give --replace" in club.refusal("restore", str(archive))
    assert club.occurrences() == ["1", "2", "3"]
    club.said("restore", str(archive), "--replace")
    assert club.occurrences() == ["1", "2"]
    assert [path.name for path in club.uploads.iterdir()] == ["logo.png"]
    assert [path.name for path in club.instance.iterdir() if path.name.startswith(".")] == []


def test_a_running_program_goes_on_after_a_restore(club: Club, archive: Path) -> None:
    engine = make_engine(club.url)
    with sessions(engine)() as db:
        db.scalar(select(func.count()).select_from(Message))
        db.rollback()
        club.put("3")
        club.said("restore", str(archive), "--replace")
        assert db.scalar(select(func.count()).select_from(Message)) == 2
    engine.dispose()


def test_a_backup_never_overwrites_a_file(club: Club, archive: Path) -> None:
    kept = archive.read_bytes()
    assert "never overwrites" in club.refusal("backup", str(archive))
    assert archive.read_bytes() == kept


def test_there_is_nothing_to_back_up_before_the_first_upgrade(place: Place, tmp_path: Path) -> None:
    with place() as nothing:
        said = nothing.refusal("backup", str(tmp_path / "nothing.tar"))
    assert "there is no database" in said or "no tables of the club" in said
    assert not (tmp_path / "nothing.tar").exists()


def test_an_older_backup_is_brought_up_to_date(club: Club, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(history, "upgrade", asked.append)
    club.said("restore", str(archive), "--replace")
    assert asked == [club.url]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_missing_postgresql_program_is_said(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("club.backups.dumps._POSTGRES_PROGRAMS", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "pg_dump is not on this machine" in club.refusal("backup", str(tmp_path / "club.tar"))

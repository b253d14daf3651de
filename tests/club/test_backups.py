"""Backups by the worker: when one is due, that it can be put back, what is kept, and what a failure says."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, select, update
from sqlalchemy.pool import NullPool

from club.backups.dumps import dumps_for
from club.backups.models import BackupRun, last_good, latest
from club.backups.rules import LEASE, Keep, Kept, Trouble, is_due, to_remove
from club.backups.service import Place, ask_for_backup, back_up
from club.backups.taking import Sources, look_through
from club.database import sessions, transaction
from club.errors import BadBackup, NotAllowed
from club.members.models import Person
from club.permissions import Permission, Role
from club.settings import Mode, Settings, UnsafeSettings
from commands.db import _restored
from tests.people import browser_of, new_colleague, new_signed_up_member
from worker import Work

pytestmark = pytest.mark.usefixtures("club")
MADRID = "Europe/Madrid"


@pytest.fixture
def place(database_url, tmp_path):
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "logo.png").write_bytes(b"a picture")
    return Place(Sources(dumps_for(database_url), uploads), tmp_path / "backups", Keep())


@pytest.fixture
def owner(db, now):
    return new_colleague(db, now, Role.OWNER)


def made(db, place, now, *, at_night=True):
    db.rollback()
    return back_up(db, place, now, at_night=at_night, clock=lambda: now + timedelta(seconds=2))


# --- when


@pytest.mark.parametrize(
    ("local", "last_start", "last_good", "expected"),
    [
        ((15, 10), None, None, True),
        ((15, 2), None, (14, 4), False),
        ((15, 2), None, (13, 4), True),
        ((15, 3), None, (14, 4), True),
        ((15, 9), None, (15, 3), False),
        ((15, 9), (15, 8), (14, 3), True),
        ((15, 9), (15, 9), (14, 3), False),
    ],
)
def test_a_backup_is_due_once_a_night_and_tried_again_after_an_hour(local, last_start, last_good, expected):
    def moment(day_hour):
        day, hour = day_hour
        return datetime(2026, 6, day, hour, tzinfo=UTC) - timedelta(hours=2)

    start, good = (None if given is None else moment(given) for given in (last_start, last_good))
    assert is_due(start, good, moment(local), MADRID) is expected


def test_seven_days_four_weeks_and_twelve_months_are_kept():
    start = datetime(2025, 1, 1, 2, 30, tzinfo=UTC)
    there = [Kept(number, start + timedelta(days=number)) for number in range(500)]
    gone = {one.run_id for one in to_remove(there, Keep(7, 4, 12), MADRID)}
    kept = [one.made_at.date() for one in there if one.run_id not in gone]
    assert len(kept) == 7 + 2 + 11, "two weeks and eleven months lie before the seven days"
    assert kept[-7:] == [there[number].made_at.date() for number in range(493, 500)]
    assert to_remove(there[:7], Keep(7, 4, 12), MADRID) == []
    assert to_remove([Kept(1, start)], Keep(1, 0, 0), MADRID) == []


def test_many_of_one_day_leave_the_newest():
    start = datetime(2025, 1, 1, 9, tzinfo=UTC)
    there = [Kept(number, start + timedelta(minutes=number)) for number in range(5)]
    assert [one.run_id for one in to_remove(there, Keep(), MADRID)] == [3, 2, 1, 0]


@pytest.mark.parametrize("given", ["7", "a,b,c", "0,1,1", "7,4,-1"])
def test_a_setting_that_keeps_nothing_is_refused(given):
    environ = {"CLUB_MODE": "test", "CLUB_SECRET_KEY": "x" * 40, "CLUB_BACKUP_KEEP": given}
    with pytest.raises(UnsafeSettings, match="CLUB_BACKUP_KEEP"):
        Settings.from_environment(environ, None)
    assert Settings.from_environment({**environ, "CLUB_BACKUP_KEEP": "3, 2, 1"}, None).backup_keep == (3, 2, 1)


# --- made and put back


@pytest.mark.proves("R-26", "DB-07")
def test_a_backup_of_the_worker_makes_another_place_the_same_club(databases, db, place, now, tmp_path):
    new_signed_up_member(db, now)
    done = made(db, place, now)
    good = last_good(db)
    db.rollback()
    assert (done.trouble, done.file, good.file) == (None, good.file, "club-20260615-100000.backup")
    file = place.folder / good.file
    assert good.size_bytes == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    new_signed_up_member(db, now, email="later@example.org")
    with databases.one_more() as elsewhere:
        manifest = _restored(dumps_for(elsewhere), tmp_path / "elsewhere" / "uploads", file, may_replace=True)
        engine = create_engine(elsewhere, poolclass=NullPool)
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(Person)) == 1
        engine.dispose()
    assert (tmp_path / "elsewhere" / "uploads" / "logo.png").read_bytes() == b"a picture"
    assert sum(manifest.rows.values()) == latest(db, 1)[0].rows


def test_the_night_makes_one_and_a_second_look_none(db, place, now):
    assert made(db, place, now) is not None
    assert made(db, place, now + timedelta(hours=2)) is None
    assert made(db, place, now + timedelta(days=1)) is not None
    assert len(list(place.folder.iterdir())) == 2


def test_a_demonstration_makes_one_only_when_asked(db, place, now, owner):
    assert made(db, place, now, at_night=False) is None
    assert ask_for_backup(db, owner.account_id, Role.OWNER, now) is True
    assert ask_for_backup(db, owner.account_id, Role.OWNER, now) is False
    assert made(db, place, now, at_night=False).trouble is None
    assert latest(db, 1)[0].asked_by == owner.account_id


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_ask_for_one(db, now, role):
    with pytest.raises(NotAllowed):
        ask_for_backup(db, 1, role, now)
    assert Permission.EDIT_PROGRAMME


def test_what_is_too_old_leaves_the_folder_and_stays_in_the_list(db, place, now):
    small = replace(place, keep=Keep(2, 0, 0))
    for day in range(4):
        assert made(db, small, now + timedelta(days=day)).trouble is None
    assert sorted(path.name[5:13] for path in place.folder.iterdir()) == ["20260617", "20260618"]
    assert [run.removed_at is None for run in latest(db, 9)] == [True, True, False, False]


# --- trouble


@pytest.mark.proves("R-26")
def test_a_damaged_dump_is_found_by_looking_through(db, place, now, monkeypatch):
    made(db, place, now)
    file = place.folder / last_good(db).file
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(BadBackup):
        look_through(place.sources, file)


@pytest.mark.proves("R-26")
def test_rows_that_are_missing_in_the_dump_are_found(db, place, now, tmp_path):
    dump = tmp_path / "dump"
    db.rollback()
    _, rows = place.sources.dumps.take(dump)
    place.sources.dumps.look_through(dump, rows)
    with pytest.raises(BadBackup, match="rows"):
        place.sources.dumps.look_through(dump, {**rows, "programme": 2})


def test_a_backup_that_fails_says_why_without_a_path_and_is_tried_again(db, place, now, monkeypatch):
    if place.sources.dumps.kind == "postgresql":
        monkeypatch.setattr("club.backups.dumps._POSTGRES_PROGRAMS", "/nowhere")
        monkeypatch.setattr("shutil.which", lambda _: None)
        expected = Trouble.PROGRAM
    else:
        place.folder.mkdir()
        (place.folder / "club-20260615-100000.backup").write_text("in the way")
        expected = Trouble.OTHER
    assert made(db, place, now).trouble is expected
    run = latest(db, 1)[0]
    assert (run.is_good, run.trouble) == (False, expected)
    assert str(place.folder) not in (run.detail or "")
    assert last_good(db) is None
    assert made(db, place, now + timedelta(minutes=30)) is None
    monkeypatch.undo()
    assert made(db, place, now + timedelta(hours=2)).trouble is None


def test_a_folder_that_cannot_be_written_is_a_failed_row(db, place, now, tmp_path):
    (tmp_path / "a file").write_text("")
    assert made(db, replace(place, folder=tmp_path / "a file" / "backups"), now).trouble is Trouble.DISK
    assert latest(db, 1)[0].is_good is False


def test_a_run_whose_worker_died_does_not_stand_in_the_way(db, place, now):
    made(db, place, now)
    with transaction(db) as tx:
        tx.execute(update(BackupRun).values(finished_at=None, is_good=None))
    assert made(db, place, now + timedelta(minutes=5)) is None
    after = now + LEASE + timedelta(minutes=1)
    assert made(db, place, after).trouble is None
    assert [run.trouble for run in latest(db, 2)] == [None, Trouble.INTERRUPTED]


def test_a_file_that_is_in_the_way_is_never_removed(db, place, now):
    place.folder.mkdir()
    file = place.folder / "club-20260615-100000.backup"
    file.write_text("somebody's only backup")
    assert made(db, place, now).trouble is not None
    assert file.read_text() == "somebody's only backup"


def test_what_killed_workers_left_behind_is_cleared_once_it_is_old(db, place, now):
    place.folder.mkdir()
    for name in (".backup-old", ".looked-old", ".backup-new"):
        (place.folder / name).mkdir()
        (place.folder / name / "dump").write_text("everybody's data")
    (place.folder / ".club-1.backup.77.part").write_text("half")
    (place.folder / "notes.txt").write_text("the operator's own")
    for name in (".backup-old", ".looked-old", ".club-1.backup.77.part", "notes.txt"):
        old = (now - LEASE - timedelta(minutes=1)).timestamp()
        os.utime(place.folder / name, (old, old))
    os.utime(place.folder / ".backup-new", (now.timestamp(), now.timestamp()))
    assert made(db, place, now).trouble is None
    left = sorted(path.name for path in place.folder.iterdir())
    assert left == [".backup-new", "club-20260615-100000.backup", "notes.txt"]


# --- the worker and the page


def test_the_worker_makes_what_was_asked_for_on_the_page(app, db, engine, now, owner, settings, tmp_path):
    office = browser_of(app, db, owner, now, second_factor=True)
    assert "There is no good backup yet" in office.get("/admin/settings/backups").text
    assert office.post("/admin/settings/backups/now").status_code == 303
    assert "Waits for the worker" in office.get("/admin/settings/backups").text
    assert office.post("/admin/settings/backups/now").status_code == 303
    db.rollback()
    assert db.scalar(select(func.count()).select_from(BackupRun)) == 1
    db.rollback()
    worker = Work(replace(settings, mode=Mode.DEMO, backup_path=tmp_path / "kept"), sessions(engine))
    worker.back_up()
    page = office.get("/admin/settings/backups").text
    assert ("Last good backup" in page, "Good" in page, str(tmp_path) in page) == (True, True, False)
    assert re_file(page) == [path.name for path in (tmp_path / "kept").iterdir()]
    worker.back_up()
    assert len(list((tmp_path / "kept").iterdir())) == 1


def re_file(page):
    return sorted({word for word in page.replace("<", " ").replace(">", " ").split() if word.endswith(".backup")})


def test_a_failure_is_said_in_words_on_the_page(app, db, now, owner):
    office = browser_of(app, db, owner, now, second_factor=True)
    for trouble in Trouble:
        with transaction(db) as tx:
            tx.add(BackupRun(asked_at=now, started_at=now, finished_at=now, is_good=False, trouble=trouble, file="x"))
    page = office.get("/admin/settings/backups").text
    assert page.count("Failed") == len(Trouble)
    assert "pg_dump is missing" in page

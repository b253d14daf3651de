"""Who writes to one SQLite file: in the order of asking, and never kept out for good."""

from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from threading import Thread

import pytest

from club import turns
from club.turns import turn_at

MOST_LOOKS = 100_000


def write(database: Path, name: str, wrote: list[str]) -> Thread:
    """Somebody who wants to write, and says so as soon as it is their turn."""

    def work() -> None:
        with turn_at(database):
            wrote.append(name)

    thread = Thread(target=work)
    thread.start()
    return thread


def stands_first(database: Path) -> bool:
    """Whether somebody stands at the head of the row."""
    with database.with_name(f"{database.name}-row").open("ab") as row:
        try:
            flock(row, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return True
        flock(row, LOCK_UN)
        return False


def test_whoever_asked_first_writes_first(tmp_path: Path) -> None:
    database, wrote = tmp_path / "club.sqlite", list[str]()
    with turn_at(database):
        second = write(database, "second", wrote)
        assert any(stands_first(database) for _ in range(MOST_LOOKS))
        others = [second, write(database, "third", wrote)]
        assert wrote == []
    for thread in others:
        thread.join()
    assert wrote == ["second", "third"]


def test_whoever_waited_too_long_goes_on_and_asks_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0)
    wrote: list[str] = []
    with turn_at(tmp_path / "club.sqlite"):
        write(tmp_path / "club.sqlite", "impatient", wrote).join()
        assert wrote == ["impatient"]


def test_a_turn_ends_with_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(KeyError), turn_at(tmp_path / "club.sqlite"):
        raise KeyError
    wrote: list[str] = []
    write(tmp_path / "club.sqlite", "next", wrote).join()
    assert wrote == ["next"]


def test_who_may_not_open_the_files_of_the_turns_writes_without_one(tmp_path: Path) -> None:
    database, wrote = tmp_path / "club.sqlite", list[str]()
    database.with_name(f"{database.name}-row").mkdir()  # as with a file of another user: it cannot be opened
    write(database, "all the same", wrote).join()
    assert wrote == ["all the same"]

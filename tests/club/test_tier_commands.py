"""`flask tiers`: what an operator types and reads."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from club.programme.rules import Club
from club.tiers.models import ladder_on
from tests.tier_world import add_member, add_purchase, rung, terms

FILE = {
    "rungs": [
        {"key": "member", "name": {"en": "Member", "es": "Miembro", "ru": "Базовый"}},
        {"key": "gold", "name": {"en": "Gold", "es": "Oro", "ru": "Золото"}, "spend_cents": 150_000, "purchases": 12},
    ]
}

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, club: Club) -> Run:
    return lambda *args: app.test_cli_runner().invoke(args=["tiers", *args])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps(FILE, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_ladder_is_set_from_today_and_shown_with_its_defaults(run: Run, file: Path) -> None:
    said = run("set", str(file))

    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("2 rungs from 2026-06-15. A purchase looks at its member at once")
    shown = json.loads(run("show", "--json").stdout)
    assert shown["window"] == "last_12_months"
    assert shown["rungs"][1] == {
        "key": "gold",
        "name": {"en": "Gold", "es": "Oro", "ru": "Золото"},
        "spend_cents": 150_000,
        "purchases": 12,
        "qualifying_points": 0,
        "by_invitation": False,
        "multiplier_percent": 100,
        "discount_percent": 0,
    }
    assert "gold" in run("show").stdout


def test_what_is_shown_can_be_set(run: Run, file: Path, tmp_path: Path) -> None:
    run("set", str(file))
    again = tmp_path / "again.json"
    again.write_text(run("show", "--json").stdout, encoding="utf-8")

    said = run("set", str(again), "--from", "2027-01-01")

    assert (
        said.stdout
        == "2 rungs from 2027-01-01. The night of that day looks at everybody; until then nothing changes.\n"
    )
    assert run("show", "--json").stdout == run("show", "--json", "--on", "2027-01-01").stdout


def test_reassess_prints_one_object(run: Run, file: Path, db: Session) -> None:
    quiet, busy = add_member(db), add_member(db)
    add_purchase(db, busy, date(1998, 6, 1), 2000_00)
    run("set", str(file))

    said = [run("reassess", "--as-of", "1998-06-30", "--json") for _ in range(2)]

    by_rung = {"member": 1, "gold": 1}
    assert [json.loads(one.stdout) for one in said] == [
        {"members": 2, "up": 1, "down": 0, "by_rung": by_rung},
        {"members": 2, "up": 0, "down": 0, "by_rung": by_rung},
    ]
    assert terms(db, quiet) == []
    assert terms(db, busy) == [("gold", date(1998, 6, 30), date(1999, 6, 30), "reached", None)]
    assert run("reassess").stdout.startswith("As of 2026-06-15: 2 members, 0 up, 1 down")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b'{"rungs": [{"key": "\xff"}]}', "is no JSON"),
        (b'{"validity_months": 1' + b"0" * 5000 + b"}", "is no JSON"),
        (b'{"rungs": [], "validity_months": NaN}', "rungs"),
        (b"[]", "the file is no object in braces"),
        (b'{"rungs": [{"key": "m", "name": {"en": "M"}, "spend_cents": 1}]}', "asks nothing"),
    ],
)
def test_a_file_that_is_no_ladder_is_refused_in_words_and_changes_nothing(
    run: Run, file: Path, db: Session, content: bytes, why: str
) -> None:
    file.write_bytes(content)

    said = run("set", str(file))

    assert said.exit_code == 1
    assert said.stdout == ""
    assert why in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert ladder_on(db, date(2026, 6, 15)).version_id is None


@pytest.mark.parametrize("day", ["30.06.1998", "1998-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_cannot_be_meant_is_refused(run: Run, day: str) -> None:
    assert run("reassess", "--as-of", day).exit_code == 2


def test_a_club_without_a_ladder_says_so(run: Run) -> None:
    assert "none is set" in run("show").stdout
    assert rung("member").key in run("show").stdout

"""The operator's commands: what they print, for people and for machines."""

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.programme.rules import Club
from club.purchases.models import Purchase


@pytest.fixture
def runner(app: Flask, club: Club) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "till.csv").write_text(
        "member;date;amount;shop\n00002;31.03.2026;12,50;Norte\n00003;31.03.2026;viel;Sur\n", encoding="utf-8"
    )
    (tmp_path / "people.csv").write_text("name,card,email\nAna,00002,ana@example.org\nBen,,\n", encoding="utf-8")
    (tmp_path / "points.csv").write_text("member,points,expires\n00002,70,\n00009,1,\n", encoding="utf-8")
    return tmp_path


def test_purchases_by_machine(runner: FlaskCliRunner, folder: Path, db: Session) -> None:
    done = runner.invoke(args=["purchases", "import", str(folder / "till.csv"), "--create-members", "--json"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "rows": 2, "new": 1, "same": 0, "errors": 1, "members_created": 1, "amount_cents": 1250,
    }  # fmt: skip


def test_purchases_for_people(runner: FlaskCliRunner, folder: Path, db: Session) -> None:
    errors = folder / "errors.csv"
    args = ["purchases", "import", str(folder / "till.csv"), "--create-members", "--errors", str(errors)]
    dry = runner.invoke(args=[*args, "--dry-run"])
    assert "Nothing was changed." in dry.stdout
    assert db.scalar(select(func.count()).select_from(Purchase)) == 0
    db.rollback()
    done = runner.invoke(args=args)
    assert done.exit_code == 0
    assert "UTF-8, semicolons" in done.stdout
    assert "Not read: shop." in done.stdout
    assert "2 rows: 1 new, 0 known already, 1 not usable; 1 members made." in done.stdout
    assert "bought, EUR" in done.stdout
    assert done.stderr.startswith("row 3, amount: 'viel' write the amount in digits")
    assert errors.read_text(encoding="utf-8-sig").splitlines() == [
        "row,column,value,what to do",
        '3,amount,viel,"write the amount in digits, as the rest of the file does: 1234,50"',
    ]


def test_people_and_their_points_by_machine(runner: FlaskCliRunner, folder: Path, db: Session) -> None:
    people = runner.invoke(args=["members", "import", str(folder / "people.csv"), "--json"])
    assert json.loads(people.stdout) == {"rows": 2, "new": 1, "changed": 0, "same": 0, "errors": 1}
    points = runner.invoke(args=["points", "import", str(folder / "points.csv"), "--json"])
    assert json.loads(points.stdout) == {"rows": 2, "new": 1, "same": 0, "errors": 1, "points": 70}
    balance = runner.invoke(args=["points", "balance", "00002", "--json"])
    assert json.loads(balance.stdout)["active"] == 70
    assert db.scalars(select(Person.full_name)).all() == ["Ana"]


def test_people_and_their_points_for_people(runner: FlaskCliRunner, folder: Path) -> None:
    people = runner.invoke(args=["members", "import", str(folder / "people.csv")])
    assert "2 rows: 1 new, 0 changed, 0 the same, 1 not usable." in people.stdout
    points = runner.invoke(args=["points", "import", str(folder / "points.csv")])
    assert "2 rows: 1 new with 70 points, 0 known already, 1 not usable." in points.stdout
    assert "row 3, member: '00009' no member has this number" in points.stderr


@pytest.mark.parametrize("group", ["purchases", "members", "points"])
def test_a_file_that_is_no_table_is_refused_in_words(runner: FlaskCliRunner, tmp_path: Path, group: str) -> None:
    (tmp_path / "x.csv").write_bytes(b"PK\x03\x04\0\0")
    done = runner.invoke(args=[group, "import", str(tmp_path / "x.csv")])
    assert done.exit_code == 1
    assert "Error: The file cannot be used" in done.stderr
    assert "Excel" in done.stderr


def test_nobody_imports_on_behalf_of_a_stranger(runner: FlaskCliRunner, folder: Path, db: Session) -> None:
    done = runner.invoke(args=["purchases", "import", str(folder / "till.csv"), "--by", "x@example.org"])
    assert done.exit_code == 2
    assert db.scalar(select(func.count()).select_from(Purchase)) == 0

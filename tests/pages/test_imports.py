"""Importing in the browser: from the file to the result and back, without JavaScript."""

import io
import re
from collections.abc import Callable, Sized
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from club.accrual import service as accrual
from club.accrual.rules import AllRules, BaseRate
from club.database import sessions
from club.imports.models import the_run
from club.imports.rules import State
from club.imports.service import Hands, arriving, take_up
from club.intake import table
from club.permissions import Role
from club.programme.rules import Club
from tests.imports_world import figures
from tests.people import browser_of, new_colleague

TILL = "Fecha;Cliente;Importe;Ticket;Nota\n01/06/2026;ana@example.org;12,50;T1;x\n02/06/2026;berta;7,00;T2;y\n"


@pytest.fixture
def manager(app: Flask, db: Session, club: Club, now: datetime) -> FlaskClient:
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2026, 1, 1)),))
    accrual.set_rules(db, rules, None, Role.OWNER, now)
    return browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)


@pytest.fixture
def hands(app: Flask, engine: Engine, now: datetime) -> Hands:
    folder: Path = app.extensions["club_settings"].uploads_path
    return Hands(sessions(engine), folder, lambda: now)


def bring(client: FlaskClient, content: bytes, kind: str = "purchases", name: str = "till.csv") -> TestResponse:
    return client.post("/admin/imports/new", data={"kind": kind, "file": (io.BytesIO(content), name)})


def run_id_of(answer: TestResponse) -> int:
    return int(re.search(r"/imports/(\d+)", answer.location).group(1))


def chosen(page: str) -> dict[str, str]:
    """What the form shows as chosen: every select with its selected option."""
    found = {}
    for name, body in re.findall(r'<select[^>]*name="(column_\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        selected = re.search(r'<option selected value="([^"]*)"', body)
        found[name] = selected.group(1) if selected else "-"
    return found


def work(hands: Hands) -> None:
    while take_up(hands):
        pass


def test_a_file_goes_from_upload_to_result_and_back(
    manager: FlaskClient, db: Session, hands: Hands, now: datetime
) -> None:
    before = figures(db)
    uploaded = bring(manager, TILL.encode())
    assert uploaded.status_code == 303
    run_id = run_id_of(uploaded)
    columns = manager.get(f"/admin/imports/{run_id}/columns").text
    assert "Nota" in columns
    values = chosen(columns)
    assert {name: values[name] for name in ("column_date", "column_member", "column_amount", "column_reference")} == {
        "column_date": "0", "column_member": "1", "column_amount": "2", "column_reference": "3",
    }  # fmt: skip

    tried = manager.post(
        f"/admin/imports/{run_id}/columns", data={**values, "creates_members": "y", "channel": "till", "decimal": ""}
    )
    assert tried.status_code == 303
    assert "Waits for its trial" in manager.get(tried.location).text
    work(hands)
    trial = manager.get(tried.location).text
    assert "Import 2 rows" in trial
    assert "Nota" in trial
    assert figures(db) == before

    assert manager.post(f"/admin/imports/{run_id}/start", data={"rows": "2"}).status_code == 303
    work(hands)
    result = manager.get(f"/admin/imports/{run_id}").text
    assert "Taken in" in result
    assert "Take the import back" in result
    assert figures(db) != before

    assert manager.post(f"/admin/imports/{run_id}/undo").status_code == 303
    work(hands)
    assert "All that came with this file was taken back." in manager.get(f"/admin/imports/{run_id}").text
    assert figures(db) == before


def test_the_button_names_the_number_and_another_number_starts_nothing(
    manager: FlaskClient, db: Session, hands: Hands
) -> None:
    run_id = run_id_of(bring(manager, TILL.encode()))
    page = manager.get(f"/admin/imports/{run_id}/columns").text
    manager.post(f"/admin/imports/{run_id}/columns", data={**chosen(page), "creates_members": "y"})
    work(hands)
    refused = manager.post(f"/admin/imports/{run_id}/start", data={"rows": "1"})
    assert refused.status_code == 422
    assert "moved on" in refused.text
    assert the_run(db, run_id).state is State.TRIED


def test_a_file_with_many_errors_stops_until_it_is_said_that_the_others_are_enough(
    manager: FlaskClient, db: Session, hands: Hands
) -> None:
    run_id = run_id_of(bring(manager, (TILL + "03/06/2026;berta;x;T3;z\n").encode()))
    page = manager.get(f"/admin/imports/{run_id}/columns").text
    manager.post(f"/admin/imports/{run_id}/columns", data={**chosen(page), "creates_members": "y"})
    work(hands)
    assert "Take in the others all the same" in manager.get(f"/admin/imports/{run_id}").text
    refused = manager.post(f"/admin/imports/{run_id}/start", data={"rows": "2"})
    assert refused.status_code == 422
    assert the_run(db, run_id).state is State.TRIED
    db.rollback()
    taken = manager.post(f"/admin/imports/{run_id}/start", data={"rows": "2", "accepts_errors": "y"})
    assert taken.status_code == 303
    assert the_run(db, run_id).state is State.WAITING


@pytest.mark.proves("F-46")
def test_f46_rows_that_cannot_be_used_are_told_in_words_and_no_cell_is_a_formula(
    manager: FlaskClient, hands: Hands
) -> None:
    run_id = run_id_of(bring(manager, (TILL + '03/06/2026;"=HYPERLINK(""x"")";5;T3;z\n').encode()))
    page = manager.get(f"/admin/imports/{run_id}/columns").text
    manager.post(f"/admin/imports/{run_id}/columns", data=chosen(page))
    work(hands)
    trial = manager.get(f"/admin/imports/{run_id}").text
    assert "There is nothing to take in." in trial
    assert "Nobody has this number, address or id." in trial
    rows = manager.get(f"/admin/imports/{run_id}/wrong.csv").get_data(as_text=True)
    assert "Nobody has this number" in rows
    assert ",\"'=HYPERLINK" in rows


BAD = [
    (b"PK\x03\x04 a workbook", "It is an Excel workbook"),
    (b"", "It is empty"),
    (b"\xef\xbb\xbf", "It is empty"),
    (b"member,date,amount\n", "It has no rows"),
    (b"member,date,amount\nx,\x00,1\n", "It is no text"),
    (",".join(f"c{n}" for n in range(1000)).encode() + b"\n1\n", "more than 200 columns"),
    (b'member,date,amount\n"x,2026-01-01,1\n', "cannot be read"),
    (b"member,date,amount\n" + b"x" * 11_000 + b"\n", "longer than a million letters"),
]


@pytest.mark.proves("F-47")
@pytest.mark.parametrize(("content", "words"), BAD, ids=[words for _, words in BAD])
def test_f47_a_hostile_file_is_refused_in_words_and_nothing_is_kept(
    manager: FlaskClient, hands: Hands, content: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "LONGEST_LINE", 10_000)
    there = set((hands.folder / "imports").glob("*")) if (hands.folder / "imports").exists() else set()
    refused = bring(manager, content)
    assert refused.status_code == 422
    assert words in refused.text
    assert set((hands.folder / "imports").glob("*")) == there


def test_a_file_that_is_too_large_is_refused_in_words(
    manager: FlaskClient, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "LARGEST_BYTES", 100_000)
    refused = bring(manager, TILL.encode() + b"x" * 200_000)
    assert refused.status_code == 422
    assert "Split it into parts." in refused.text
    assert not list((hands.folder / "imports").glob("arriving*"))


def test_a_name_that_is_a_path_leads_nowhere(manager: FlaskClient, db: Session, hands: Hands) -> None:
    run_id = run_id_of(bring(manager, TILL.encode(), name="../../etc/passwd"))
    assert (hands.folder / "imports" / f"{run_id}.csv").exists()
    assert "/" not in the_run(db, run_id).file_name
    assert not (hands.folder.parent / "etc").exists()


def test_the_list_asks_few_questions(
    manager: FlaskClient, count_queries: Callable[[], AbstractContextManager[Sized]]
) -> None:
    for _ in range(3):
        bring(manager, TILL.encode())
    with count_queries() as queries:
        page = manager.get("/admin/imports").text
    assert page.count("till.csv") == 3
    assert len(queries) <= 6


def test_nobody_without_the_right_imports(app: Flask, db: Session, manager: FlaskClient, now: datetime) -> None:
    run_id = run_id_of(bring(manager, TILL.encode()))
    shop = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    assert bring(shop, TILL.encode()).status_code == 403
    for path in ("columns", "start", "stop", "undo", "go-on"):
        assert shop.post(f"/admin/imports/{run_id}/{path}").status_code == 403
    assert the_run(db, run_id).state is State.UPLOADED

"""A till file from upload to result and back, in a browser, with scripts and without."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.database import make_engine, sessions
from club.imports.service import Hands as Worker
from club.imports.service import take_up
from club.members.models import Person
from club.permissions import Role
from club.purchases.models import Purchase
from tests.browser.people import AT_WORK, Hands
from tests.browser.server import LiveServer


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@pytest.fixture
def till(live_db: Session, tmp_path: Path) -> Path:
    member = live_db.scalars(select(Person.member_number).where(Person.member_number.is_not(None)).limit(1)).one()
    path = tmp_path / "till.csv"
    path.write_text(f"Fecha;Cliente;Importe;Vendedor\n01.02.2026;{member};19,90;Eva\n02.02.2026;{member};5,00;Eva\n")
    return path


def count(db: Session) -> int:
    db.rollback()
    found = db.scalar(select(func.count(Purchase.id))) or 0
    db.rollback()
    return found


def test_a_file_is_imported_in_four_clicks_and_taken_back_in_one(
    page: Page,
    enter: Callable[[str], int],
    speak: Callable[[str], None],
    live_server: LiveServer,
    live_db: Session,
    till: Path,
) -> None:
    enter(AT_WORK[Role.MANAGER])
    speak("en")
    engine = make_engine(live_server.database_url)
    worker = Worker(sessions(engine), live_server.settings().uploads_path, lambda: datetime.now(UTC))
    before = count(live_db)
    hands = Hands(page)
    page.goto("/admin/imports")
    hands.click(page.get_by_role("link", name="Import a file"))
    page.get_by_label("File", exact=True).set_input_files(till)
    hands.click(page.get_by_role("button", name="Upload the file"))
    expect(page.get_by_label("Member", exact=True)).to_have_value("1")
    hands.click(page.get_by_role("button", name="Try the file"))
    expect(page.get_by_text("Waits for its trial")).to_be_visible()
    take_up(worker)
    page.reload()
    hands.click(page.get_by_role("button", name="Import 2 rows"))
    assert hands.clicks == 4
    take_up(worker)
    page.reload()
    expect(page.get_by_text("Taken in", exact=True)).to_be_visible()
    assert count(live_db) == before + 2

    hands.click(page.get_by_role("button", name="Take the import back"))
    take_up(worker)
    page.reload()
    expect(page.get_by_text("All that came with this file was taken back.")).to_be_visible()
    assert hands.clicks == 5
    assert count(live_db) == before
    engine.dispose()

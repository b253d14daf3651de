"""A real browser before the real server: this machine's Chromium, gunicorn, the demonstration club."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from setup.services import browser
from tests.browser.complaints import Complaints
from tests.browser.demonstration import demonstration_file
from tests.browser.server import LiveServer
from tests.not_run import must_not_be_missing

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
LAUNCH = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    program = browser()
    if program is None:
        must_not_be_missing("Chromium")
    return {**browser_type_launch_args, "executable_path": program, "args": LAUNCH}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-GB"}


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The program as it is served, with a demonstration club of this test process's own."""
    instance = tmp_path_factory.mktemp("live")
    shutil.copyfile(demonstration_file(), instance / "club.sqlite")
    server = LiveServer(instance)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(10_000)
    return context


@pytest.fixture(autouse=True)
def complaints(page: Page) -> Iterator[Complaints]:
    """What the browser complains about, on every page of the test; none may be left at its end."""
    heard = Complaints()
    heard.listen_to(page)
    yield heard
    assert heard.lines == []


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What axe-core finds wrong on a page: one line a fault."""
    checker = Axe()

    def faults(page: Page) -> list[str]:
        options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
        found = checker.run(page, options=options).response["violations"]
        return [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]]

    return faults

"""A real browser before the real server: this machine's Chromium, gunicorn, the demonstration club."""

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.models import login_for
from club.accounts.browsers import start_session
from club.database import make_engine, sessions, transaction
from club.members.models import Person
from club.permissions import PERMISSIONS, Role
from demo.stripe.server import Setup, StandIn
from setup.services import browser
from tests.addresses import Address, Examples, addresses, make_examples
from tests.browser.accessibility import faults
from tests.browser.complaints import Complaints
from tests.browser.demonstration import demonstration_file
from tests.browser.server import LiveServer
from tests.not_run import must_not_be_missing
from web.access import Door
from wsgi import create_app

Enter = Callable[[str], int]
Speak = Callable[[str], None]
AddressesFor = Callable[[Role | str | None], list[Address]]

STRIPE_KEY = "sk_test_" + "b" * 24
STRIPE_SECRET = "whsec_" + "b" * 32

LOOKS_DIFFERENT_SIGNED_IN = {
    "portal.event",
    "portal.events",
    "portal.landing",
    "portal.benefits",
    "portal.menu",
    "shop.catalogue",
    "shop.checkout",
    "shop.order",
    "shop.product",
    "shop.thanks",
}
"""Pages for everybody that show more to whoever is signed in."""

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
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands before the camera of this machine, once a test has written it (YUV4MPEG2)."""
    return tmp_path_factory.mktemp("camera") / "seen.y4m"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], camera_file: Path) -> dict[str, Any]:
    program = browser()
    if program is None:
        must_not_be_missing("Chromium")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    camera.append(f"--use-file-for-fake-video-capture={camera_file}")
    return {**browser_type_launch_args, "executable_path": program, "args": [*LAUNCH, *camera]}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-GB"}


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The program as it is served, with a demonstration club of this test process's own; it takes test cards."""
    instance = tmp_path_factory.mktemp("live")
    shutil.copyfile(demonstration_file(), instance / "club.sqlite")
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    hears = f"http://127.0.0.1:{listening.getsockname()[1]}/payments/stripe"
    stripe = StandIn(Setup(secret_key=STRIPE_KEY, webhook_secrets=(STRIPE_SECRET,), message_url=hears))
    stripe.start()
    account = {
        "CLUB_STRIPE_API_BASE": stripe.url,
        "CLUB_STRIPE_SECRET_KEY": STRIPE_KEY,
        "CLUB_STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
    }
    server = LiveServer(instance, listening=listening, more=account)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()
        stripe.end()


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(30_000)
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
    return faults


@pytest.fixture
def live_db(live_server: LiveServer) -> Iterator[Session]:
    """The database of the server."""
    engine = make_engine(live_server.database_url)
    with sessions(engine)() as db:
        yield db
    engine.dispose()


@pytest.fixture
def enter(context: BrowserContext, live_server: LiveServer, live_db: Session) -> Enter:
    """`enter(email)`: the browser is signed in as this member or, with the second factor, as this member of staff."""

    def as_somebody(email: str) -> int:
        login = login_for(live_db, email)
        live_db.rollback()
        assert login is not None
        with transaction(live_db) as tx:
            token = start_session(tx, login.account_id, datetime.now(UTC), browser="test", proved=True)
        context.add_cookies([{"name": "club", "value": token, "url": live_server.url, "httpOnly": True}])
        return login.account_id

    return as_somebody


@pytest.fixture
def speak(context: BrowserContext, live_server: LiveServer) -> Speak:
    """`speak("ru")`: the language that a reader chose."""

    def chosen(language: str) -> None:
        context.add_cookies([{"name": "language", "value": language, "url": live_server.url}])

    return chosen


@pytest.fixture(scope="session")
def examples(live_server: LiveServer) -> Examples:
    """What stands in the addresses that the walks visit: Carmen's purchases, links mailed to Owen."""
    engine = make_engine(live_server.database_url)
    with sessions(engine)() as db:
        owen, carmen = (login_for(db, email) for email in ("owen@example.org", "carmen@example.org"))
        assert owen is not None
        assert carmen is not None
        member_id = db.scalars(select(Person.id).where(Person.account_id == carmen.account_id)).one()
        made = make_examples(db, owen.account_id, member_id, datetime.now(UTC))
    engine.dispose()
    return made


@pytest.fixture
def addresses_for(live_server: LiveServer, examples: Examples) -> AddressesFor:
    """The pages that only a "member" or this role may open, or with None those for everybody."""
    program = create_app(live_server.settings())
    listed = [address for address in addresses(program, examples) if address.is_page]

    def open_to(who: Role | str | None) -> list[Address]:
        return [address for address in listed if _is_for(address, who)]

    return open_to


def _is_for(address: Address, who: Role | str | None) -> bool:
    match address.rule.door:
        case Door.EVERYBODY:
            return who is None or address.endpoint in LOOKS_DIFFERENT_SIGNED_IN
        case Door.MEMBERS:
            return who == "member"
        case Door.OWNER_OF_ACCOUNT:
            return who is not None
        case Door.STAFF_AT_THE_DOOR:
            return isinstance(who, Role)
        case Door.STAFF:
            return isinstance(who, Role) and address.rule.permission in PERMISSIONS[who]

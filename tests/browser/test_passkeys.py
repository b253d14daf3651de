"""A real browser with a device that keeps passkeys: one is added, and opens the way in without a password."""

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from club.access.models import login_for
from club.accounts.browsers import start_session
from club.accounts.service import set_password
from club.database import make_engine, sessions, transaction
from tests.browser.demonstration import demonstration_file
from tests.browser.people import CARMEN
from tests.browser.server import LiveServer
from tests.people import PASSWORD


@pytest.fixture
def named_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, str, str]]:
    """The program under a name, for a passkey belongs to one; with its address, and Carmen's cookie."""
    instance = tmp_path_factory.mktemp("named")
    shutil.copyfile(demonstration_file(), instance / "club.sqlite")
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    address = f"http://localhost:{listening.getsockname()[1]}"
    server = LiveServer(instance, listening=listening, more={"CLUB_BASE_URL": address})
    engine = make_engine(server.database_url)
    try:
        server.wait_until_it_answers()
        with sessions(engine)() as db:
            login = login_for(db, CARMEN)
            assert login is not None
            db.rollback()
            with transaction(db) as tx:
                set_password(tx, login.account_id, PASSWORD)
                token = start_session(tx, login.account_id, datetime.now(UTC), browser="test", proved=True)
        yield server, address, token
    finally:
        engine.dispose()
        server.stop()


def test_a_passkey_is_added_and_opens_the_way_in(page: Page, named_server: tuple[LiveServer, str, str]) -> None:
    _server, address, token = named_server
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    unlocked = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**unlocked, "isUserVerified": True}})
    page.context.add_cookies([
        {"name": "club", "value": token, "url": address, "httpOnly": True},
        {"name": "language", "value": "en", "url": address},
    ])  # fmt: skip
    page.goto(f"{address}/me/passkeys")
    page.get_by_label("Name of the device").fill("This laptop")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey opens the way in from now on.")).to_be_visible()
    expect(page.get_by_text("This laptop")).to_be_visible()
    page.context.clear_cookies(name="club")
    page.goto(f"{address}/sign-in?next=/me/passkeys")
    page.get_by_role("button", name="Use a passkey").or_(page.get_by_role("button", name="Usar una llave")).click()
    page.wait_for_url("**/me/passkeys")
    expect(page.get_by_text("Last used:").or_(page.get_by_text("Último uso:"))).to_be_visible()

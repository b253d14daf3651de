"""A language whose every word is 60 % longer than the English one still fits onto a small phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from club.permissions import Role
from tests.addresses import Address
from tests.browser.accessibility import PHONE, too_wide
from tests.browser.conftest import AddressesFor, Enter, Speak
from tests.browser.people import AT_WORK, CARMEN
from tests.browser.server import LiveServer
from tests.databases import ROOT

STANDS_IN_FOR = "es"

_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|&\w+;|<[^>]+>)")
_WORD = re.compile(r"[^\W\d_]+")


def stretched(text: str) -> str:
    """Each word with more than half of itself once more; places for values stay."""
    parts = _KEPT.split(text)
    return "".join(part if number % 2 else _WORD.sub(_longer, part) for number, part in enumerate(parts))


def _longer(word: re.Match[str]) -> str:
    letters = word[0]
    return letters + letters[: -(-len(letters) * 6 // 10)].lower()


def prepare(instance: Path) -> None:
    """The compiled texts that the server finds there and takes for up to date."""
    with (ROOT / "translations" / STANDS_IN_FOR / "LC_MESSAGES" / "messages.po").open("rb") as po:
        catalogue = read_po(po)
    for message in catalogue:
        if message.id:
            ids = message.id if isinstance(message.id, tuple | list) else None
            message.string = tuple(map(stretched, ids)) if ids else stretched(str(message.id))
    mo = instance / "translations" / STANDS_IN_FOR / "LC_MESSAGES" / "messages.mo"
    mo.parent.mkdir(parents=True)
    with mo.open("wb") as compiled:
        write_mo(compiled, catalogue)


@pytest.fixture
def wordy_server(tmp_path: Path, live_server: LiveServer) -> Iterator[LiveServer]:
    """A second server beside the first one, on the same club."""
    prepare(tmp_path)
    server = LiveServer(tmp_path, live_server.database_url)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()


def test_words_are_stretched_and_places_for_values_kept() -> None:
    assert stretched("%(points)s to <b>Gold</b>") == "%(points)s toto <b>Goldgol</b>"


@pytest.mark.proves("G-11")
def test_every_page_fits_with_long_words(
    page: Page, wordy_server: LiveServer, speak: Speak, addresses_for: AddressesFor, enter: Enter
) -> None:
    page.set_viewport_size(PHONE)
    speak(STANDS_IN_FOR)

    def look(listed: list[Address]) -> dict[str, list[str]]:
        found = {}
        for address in listed:
            if address.status == 200:
                page.goto(f"{wordy_server.url}{address.path}")
                found[address.path] = too_wide(page)
        return {path: wide for path, wide in found.items() if wide}

    wide = look(addresses_for(None))
    assert "Helphel andan" in page.locator("body").inner_text()
    enter(CARMEN)
    wide |= look(addresses_for("member"))
    enter(AT_WORK[Role.OWNER])
    wide |= look(addresses_for(Role.OWNER))
    assert wide == {}

"""Every page, as everybody who may open it, in three languages, at a desk and on a small phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from club.permissions import Role
from tests.addresses import Address
from tests.browser.accessibility import DESK, PHONE, faults, too_wide
from tests.browser.complaints import Complaints
from tests.browser.conftest import AddressesFor, Enter, Speak
from tests.browser.people import ALEXANDRA, AT_WORK, CARMEN, OWEN

LANGUAGES = ["en", "es", "ru"]
AXE_LOOKS_AT = {"en": "desk", "es": "phone", "ru": "desk"}
"""axe takes most of a walk's time and hardly cares for the language: it sees a page once a language, the first of an
endpoint that is there, and those of staff in two. The ruler and the browser's complaints are for all of them, at both
sizes."""

HERS = {
    "portal.gifts_choose",
    "portal.help_case",
    "portal.offers_voucher",
    "portal.order",
    "portal.messages_one",
    "portal.preferences_line",
    "shop.order",
    "shop.thanks",
}
"""What only the member of the examples has."""

TO_THE_END = "scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })"
"""A bar stays at the bottom of a phone and covers what can be scrolled past it; nothing may stay covered at the end."""

Walk = Callable[..., None]


@pytest.fixture
def walk(page: Page, speak: Speak, complaints: Complaints) -> Walk:
    """Visit these addresses in a language and look at each of them once at a desk and once on a phone."""

    def look(address: Address, language: str, with_axe: bool) -> list[str]:
        page.set_viewport_size(DESK)
        answer = page.goto(address.path)
        assert answer is not None
        if answer.status >= 400:
            complaints.expect(f"status of {answer.status}")
        found = []
        # whether a page sends on may depend on who asks, here of the demonstration: what comes is looked at
        expected = 200 if answer.request.redirected_from or address.status == 303 else address.status
        if answer.status != expected:
            found.append(f"answered with {answer.status} instead of {expected}")
        if page.evaluate("document.documentElement.lang") != language:
            found.append("another language")
        for name, size in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size(size)
            if size is PHONE:
                page.evaluate(TO_THE_END)
            found_here = too_wide(page) + (faults(page) if with_axe and name == AXE_LOOKS_AT[language] else [])
            found += [f"{said} ({name})" for said in found_here]
        found += complaints.lines
        complaints.lines = []
        return found

    def through(listed: list[Address], language: str, *, axe: bool = True) -> None:
        speak(language)
        seen: set[tuple[str, int]] = set()
        found = {}
        for address in listed:
            if address.status == 404 and seen:
                continue  # one page for all that is not there; tests without a browser ask for each
            kind = (address.endpoint, address.status)
            found[address.path] = look(address, language, with_axe=axe and kind not in seen)
            seen.add(kind)
        assert {path: wrong for path, wrong in found.items() if wrong} == {}

    return through


@pytest.mark.proves("G-09", "A-8.2.1")
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_for_everybody(walk: Walk, addresses_for: AddressesFor, language: str) -> None:
    walk(addresses_for(None), language)


@pytest.mark.proves("G-09")
@pytest.mark.parametrize(("email", "language"), [(OWEN, "en"), (CARMEN, "es"), (ALEXANDRA, "ru")])
def test_pages_for_members(
    walk: Walk,
    addresses_for: AddressesFor,
    enter: Enter,
    email: str,
    language: str,
) -> None:
    enter(email)
    walk([one for one in addresses_for("member") if email == CARMEN or one.endpoint not in HERS], language)


@pytest.mark.proves("G-09")
@pytest.mark.parametrize(
    ("role", "language"), [(Role.OWNER, "en"), (Role.OWNER, "es"), (Role.OWNER, "ru"), (Role.SHOP, "es")]
)
def test_pages_for_staff(
    walk: Walk,
    addresses_for: AddressesFor,
    enter: Enter,
    role: Role,
    language: str,
) -> None:
    enter(AT_WORK[role])
    walk(addresses_for(role), language, axe=role is Role.OWNER and language != "ru")


def test_what_axe_and_the_ruler_must_notice(page: Page) -> None:
    """A walk that finds nothing is worth something only if these would have been found."""
    page.set_viewport_size(PHONE)
    page.goto("/terms")
    page.evaluate(
        """() => {
        const wrong = document.createElement("div");
        wrong.innerHTML = '<p class="pale">pale</p><a href="/">a</a><a href="/">b</a><input><img src="data:,">'
            + '<pre class="wide">' + "wide ".repeat(80) + '</pre>';
        document.querySelector("main").append(wrong);
        wrong.querySelector(".pale").style.color = "#ccc";
        wrong.querySelector(".wide").style.overflow = "visible";
        for (const link of wrong.querySelectorAll("a")) link.style.cssText = "font-size: 8px; display: inline-block";
        }"""
    )
    found = {said.split(":")[0] for said in faults(page)}
    assert {"color-contrast", "label", "image-alt", "target-size"} <= found
    assert any(said.startswith("the page is") for said in too_wide(page))

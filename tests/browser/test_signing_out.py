"""After signing out nobody who sits down at the same browser sees what was there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import CARMEN


@pytest.mark.proves("A-14.3.1", "A-14.3.2")
def test_the_back_button_does_not_show_the_page_of_who_signed_out(page: Page, enter: Callable[[str], int]) -> None:
    enter(CARMEN)
    page.goto("/me/points")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.goto("/me/security")
    page.get_by_role("main").get_by_role("button", name="Cerrar sesión", exact=True).click()
    page.wait_for_url("**/")
    for _ in range(2):
        page.go_back()
        page.wait_for_load_state()
    expect(page.get_by_label("Password", exact=True).or_(page.get_by_label("Contraseña", exact=True))).to_be_visible()
    expect(page.get_by_text("Carmen")).to_have_count(0)

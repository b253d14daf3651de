"""The first page in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.complaints import Complaints


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_first_page_can_be_read_by_everybody(page: Page, axe: Callable[[Page], list[str]], language: str) -> None:
    page.goto(f"/language/{language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert axe(page) == []


def test_what_the_page_must_not_do_is_noticed(page: Page, complaints: Complaints) -> None:
    page.goto("/")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.broken = 1'}))")
    page.evaluate("console.error('on purpose')")
    complaints.expect("policy: script-src")
    complaints.expect("on purpose")
    complaints.expect("inline script")

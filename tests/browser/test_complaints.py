"""That the walks would hear a browser complain."""

from playwright.sync_api import Page

from tests.browser.complaints import Complaints


def test_what_the_page_must_not_do_is_noticed(page: Page, complaints: Complaints) -> None:
    page.goto("/")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.broken = 1'}))")
    page.evaluate("console.error('on purpose')")
    complaints.expect("policy: script-src")
    complaints.expect("on purpose")
    complaints.expect("inline script")

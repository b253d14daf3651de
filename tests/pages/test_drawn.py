"""Parts of pages that are drawn once: whoever looks next gets their own."""

import pytest
from flask import render_template_string

from club.permissions import Role
from club.programme.models import remembered
from tests.people import browser_of, new_colleague
from web.database import db

pytestmark = pytest.mark.usefixtures("club")

COUNTED = "{% drawn key %}{{ draw() }}{% enddrawn %}"


@pytest.fixture
def work(app, db, now):
    def of(role):
        return browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)

    return of


def test_a_menu_is_that_of_whoever_looks_and_marks_the_page(work):
    owner, reader = work(Role.OWNER), work(Role.READ_ONLY)
    assert 'href="/admin/staff"' in owner.get("/admin/tasks").text
    assert 'href="/admin/staff"' not in reader.get("/admin/tasks").text
    assert 'href="/admin/tasks" aria-current="page"' in owner.get("/admin/tasks").text
    assert 'href="/admin/tasks" aria-current="page"' not in owner.get("/admin/customers").text
    assert "Tareas" in owner.get("/admin/tasks", headers={"Accept-Language": "es"}, query_string={"lang": "es"}).text


def test_filters_show_what_was_asked_and_never_what_somebody_else_asked(work):
    owner, reader = work(Role.OWNER), work(Role.READ_ONLY)
    assert 'value="vinagre"' in owner.get("/admin/customers?q=vinagre").text
    plain = reader.get("/admin/customers")
    assert 'value="vinagre"' not in plain.text
    assert 'name="birthday"' in owner.get("/admin/customers").text
    assert 'name="birthday"' not in plain.text


def test_what_somebody_typed_is_shown_to_them_and_kept_nowhere(app, work):
    owner = work(Role.OWNER)
    page = owner.get("/admin/customers?q=csrf_token")
    assert page.status_code == 200
    assert 'value="csrf_token"' in page.text
    with app.test_request_context("/"):
        kept: dict[object, str] = remembered(db(), "drawn parts", lambda _db: {})
        assert kept
        assert not any("csrf_token" in str(key) + part for key, part in kept.items())


def test_a_part_is_drawn_once_for_a_key_and_again_in_another_language(app):
    drawn = iter(range(100))

    def shown(key, language="en"):
        with app.test_request_context(f"/?lang={language}"):
            return render_template_string(COUNTED, key=key, draw=lambda: next(drawn))

    assert [shown("a"), shown("a"), shown("b"), shown("a", "es"), shown("a")] == ["0", "0", "1", "2", "0"]


def test_a_part_with_the_secret_of_a_form_is_refused(app):
    with app.test_request_context("/"), pytest.raises(AssertionError, match="secret"):
        render_template_string('{% drawn 1 %}<input name="csrf_token">{% enddrawn %}')

"""The guides of the roles, the way to help, and the set-up list on Today."""

import pytest

from admin.guide import GUIDES
from club.permissions import Role
from club.starting.models import Step, setup_steps
from tests.people import browser_of, new_colleague
from web.navigation import STAFF

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def as_role(app, db, now):
    def open_door(role):
        return browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)

    return open_door


@pytest.mark.parametrize("role", list(Role))
def test_everybody_opens_the_guide_of_their_own_role_first(as_role, role):
    page = as_role(role).get("/admin/guide")
    assert page.status_code == 200
    assert f'href="/admin/guide/{role.value}" aria-current="page"' in page.text
    assert page.text.count("<section aria-labelledby=") == len(GUIDES[role])


def test_a_guide_leads_only_where_the_reader_may_go(as_role):
    page = as_role(Role.SHOP).get("/admin/guide/owner").text
    main = page[page.index('<main id="main"') :]
    assert 'href="/admin/counter"' not in main
    assert 'href="/admin/enrol"' in main
    assert 'href="/admin/audit"' not in main


def test_every_line_leads_to_a_page_of_the_menu_or_nowhere():
    known = {entry.endpoint for group in STAFF for entry in group.entries}
    led = {line.endpoint for blocks in GUIDES.values() for block in blocks for line in block.lines if line.endpoint}
    assert led <= known
    assert set(GUIDES) == set(Role)


@pytest.mark.proves("WCAG-3.2.6")
@pytest.mark.parametrize("path", ["/admin", "/admin/enrol", "/admin/outbox", "/admin/guide"])
def test_help_stands_in_the_same_place_of_every_page(as_role, path):
    page = as_role(Role.OWNER).get(path).text
    top = page[page.index('<div class="top-end">') : page.index("</header>")]
    assert top.split('<a href="', 1)[1].startswith('/admin/guide"')


# --- the set-up list


def test_whoever_sets_the_club_up_sees_seven_steps_and_others_none(as_role):
    owner, shop = as_role(Role.OWNER), as_role(Role.SHOP)
    page = owner.get("/admin").text
    assert "Ready for the first member" in page
    assert page.count("Not needed here") == 2
    assert "Ready for the first member" not in shop.get("/admin").text


def test_steps_are_settled_on_the_page(db, as_role):
    owner = as_role(Role.OWNER)
    assert owner.post("/admin/starting/import/skip").status_code == 303
    page = owner.get("/admin").text
    assert "Needed after all" in page
    assert owner.post("/admin/starting/import/take-up").status_code == 303
    assert owner.post("/admin/starting/brand/skip").status_code == 404
    assert owner.post("/admin/starting/nonsense/skip").status_code == 404
    assert "may not do that" in owner.post("/admin/starting/done", follow_redirects=True).text
    db.rollback()
    assert [one.step for one in setup_steps(db) if one.is_skipped] == []
    assert len(setup_steps(db)) == len(Step)

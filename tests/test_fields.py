"""Which role sees which field on which page: docs/fields.md says it, and every page and the export are held to it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.care.models import Interaction
from club.database import Transaction, transaction
from club.members.rules import NewPerson
from club.members.service import add_identifier, make_member, new_person
from club.permissions import Role
from club.points.service import open_account
from club.programme.rules import Club
from tests.people import browser_of, new_colleague

DOCUMENT = Path(__file__).parent.parent / "docs" / "fields.md"
MARKS = {
    "name": "Zoe Quill",
    "e-mail": "zoe.quill@fields.example",
    "phone": "+34611222333",
    "birthday": "1987",
    "card": "OLD4711",
    "notes": "likes the seven year old Rioja",
}
"""How each field is recognised on a page."""

Page = Callable[[FlaskClient, int], str | None]


def _got(path: str) -> Page:
    def get(browser: FlaskClient, person_id: int) -> str | None:
        answer = browser.get(path.format(id=person_id))
        return None if answer.status_code == 403 else answer.text

    return get


def _looked_up(typed: str) -> Page:
    """A search by a way to reach somebody: whether it leads to them; what was typed stands on the page anyway."""

    def look(browser: FlaskClient, person_id: int) -> str | None:
        answer = browser.get("/admin/search", query_string={"q": typed})
        is_found = answer.location == f"/admin/customers/{person_id}"
        return MARKS["name"] if is_found else answer.text.replace(typed, "")

    return look


def _exported(browser: FlaskClient, person_id: int) -> str | None:
    answer = browser.post("/admin/customers/export")
    return None if answer.status_code == 403 else answer.text


PAGES: dict[str, Page] = {
    "list": _got("/admin/customers?who=all"),
    "search by name": _got("/admin/search?q=zoe"),
    "search by e-mail": _looked_up(MARKS["e-mail"]),
    "search by phone": _looked_up("611222333"),
    "customer": _got("/admin/customers/{id}"),
    "change data": _got("/admin/customers/{id}/edit"),
    "consents": _got("/admin/customers/{id}/consents"),
    "counter": _got("/admin/counter?q=zoe"),
    "export": _exported,
}


def documented() -> dict[tuple[str, str], dict[str, str]]:
    """(page, role) → field → yes, no or closed, from the table of the document."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith("|--")
    ]
    heads = rows[0]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for page, field, *cells in rows[1:]:
        for role, cell in zip(heads[2:], cells, strict=True):
            found.setdefault((page, role), {})[field] = cell
    return found


@pytest.fixture
def zoe(db: Session, club: Club, now: datetime) -> int:
    """Somebody of whom everything is known, and a namesake, so that a search lists both."""
    author = new_colleague(db, now, Role.MANAGER, "author@example.org").account_id
    with transaction(db) as tx:
        person = NewPerson(
            full_name=MARKS["name"], language="en", source="test", email=MARKS["e-mail"], phone=MARKS["phone"],
            birth_year=1987, birth_month=3, birth_day=17,
        )  # fmt: skip
        zoe = _member(tx, person, now)
        _member(tx, NewPerson(full_name="Zoe Other", language="en", source="test"), now)
        add_identifier(tx, zoe, "card", MARKS["card"])
        values = {"person_id": zoe, "kind": "note", "summary": MARKS["notes"], "at": now, "by": author}
        tx.execute(insert(Interaction).values(is_pinned=False, **values))
    return zoe


def _member(tx: Transaction, person: NewPerson, now: datetime) -> int:
    person_id = new_person(tx, person, None, now)
    make_member(tx, person_id, now.date())
    open_account(tx, person_id)
    return person_id


@pytest.mark.proves("A-8.1.2", "A-8.2.3")
@pytest.mark.parametrize("role", list(Role))
def test_every_page_shows_each_role_exactly_the_fields_of_the_document(app, db, zoe, now, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    seen = {}
    for page, look in PAGES.items():
        text = look(browser, zoe)
        if text is not None and "<main" in text:
            text = text.split("<main")[1]
        seen[page] = {
            field: "closed" if text is None else "yes" if mark in text else "no" for field, mark in MARKS.items()
        }
    wanted = documented()
    assert seen == {page: wanted[page, role.value] for page in PAGES}


def test_the_document_knows_every_role_and_page():
    assert set(documented()) == {(page, role.value) for page in PAGES for role in Role}
    assert all(set(fields) == set(MARKS) for fields in documented().values())

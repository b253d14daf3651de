"""Every route × every kind of visitor, from the rules that the routes carry. A route without one fails."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.routing.converters import AnyConverter, NumberConverter

from club.permissions import PERMISSIONS, Permission, Role
from tests.people import browser_of, new_colleague, new_signed_up_member
from web.access import Door, rule_of

LISTED = Path(__file__).parent / "routes.json"


def rules(app):
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def as_listed(app):
    """Address and method → who may open it."""
    listed = {}
    for rule in rules(app):
        access = rule_of(app.view_functions[rule.endpoint])
        assert access is not None, f"{rule.rule} says nowhere who may open it"
        who = access.permission.value if access.permission else access.door.value
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            listed[f"{method} {rule.rule}"] = who
    return listed


@pytest.mark.proves("A-8.1.1", "A-8.2.1")
def test_every_route_is_listed_with_who_may_open_it(app):
    """A new or a vanished address has to be written into tests/routes.json by hand, with whom it is for."""
    assert as_listed(app) == json.loads(LISTED.read_text())


@pytest.fixture
def visitors(app, db, club, now):
    """A browser of each kind: nobody, a member, each role with and without its second factor."""
    found: dict[str, tuple[FlaskClient, Role | None, bool]] = {"nobody": (app.test_client(), None, False)}
    found["member"] = (browser_of(app, db, new_signed_up_member(db, now), now), None, False)
    for role in Role:
        colleague = new_colleague(db, now, role)
        found[role.value] = (browser_of(app, db, colleague, now, second_factor=True), role, True)
        found[f"{role.value} at the door"] = (browser_of(app, db, colleague, now), role, False)
    return found


def may_open(access, name, role, is_proved):
    """What the table of permissions says, read a second time without the code under test."""
    match access.door:
        case Door.EVERYBODY:
            return True
        case Door.MEMBERS:
            return name == "member"
        case Door.OWNER_OF_ACCOUNT:
            return name == "member" or is_proved
        case Door.STAFF_AT_THE_DOOR:
            return role is not None
        case Door.STAFF:
            return is_proved and access.permission in PERMISSIONS[role]


@pytest.mark.proves("A-8.2.1", "A-8.1.2")
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_route_lets_in_exactly_those_whom_its_rule_names(app, visitors):
    wrong = []
    for rule in rules(app):
        access = rule_of(app.view_functions[rule.endpoint])
        if access.door is Door.EVERYBODY:
            continue
        address = _address(app, rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            for name, (browser, role, is_proved) in visitors.items():
                with browser.open(address, method=method) as answer:
                    if _was_kept_out(answer) == may_open(access, name, role, is_proved):
                        wrong.append((method, address, name, answer.status_code, answer.location))
    assert wrong == []


def test_the_owner_may_do_everything_and_nobody_else_manages_staff():
    assert PERMISSIONS[Role.OWNER] == frozenset(Permission)
    assert [role for role in Role if Permission.MANAGE_STAFF in PERMISSIONS[role]] == [Role.OWNER]
    assert all(Permission.SEE_ADMIN in PERMISSIONS[role] for role in Role)


def _address(app, rule):
    values = {}
    for name in rule.arguments - set(rule.defaults or {}):
        converter = rule._converters[name]
        values[name] = "1" if isinstance(converter, NumberConverter) else "2026-01-01"
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values)


def _was_kept_out(answer):
    """403 of the page about rights, or sent to sign in or to the second factor."""
    if answer.status_code == 403:
        return "Open your invitation first" not in answer.text
    ways_in = ("/sign-in", "/admin/second-factor")
    return answer.status_code == 303 and (answer.location or "").split("?")[0] in ways_in and "next=" in answer.location

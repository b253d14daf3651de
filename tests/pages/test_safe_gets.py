"""Looking changes nothing: every address, asked by everybody and with HEAD too, leaves every row as it was."""

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from club.accounts.models import SignedIn, Staff
from club.accounts.rules import SEEN_EVERY
from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import record_purchase, set_rules
from club.clock import club_day
from club.database import sessions
from club.permissions import Role
from club.programme.rules import Club
from club.purchases.rules import NewPurchase
from club.tables import metadata
from tests.addresses import Address, Examples, addresses, make_examples
from tests.people import SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

Rows = dict[str, list[Any]]

WALK_ON = {"nobody", "member", "owner"}
"""Who also follows every link that the pages show."""

_LINK = re.compile(r"""(?:href|src|action)="(/[^"]*)\"""")


@pytest.fixture
def listed(app: Flask, engine: Engine, club: Club, now: datetime) -> list[Address]:
    """Every address, in a club where somebody bought something and points wait to become active and to expire."""
    with sessions(engine)() as db:
        member = new_signed_up_member(db, now)
        assert member.person_id is not None
        start = club_day(now - timedelta(days=2000), club.time_zone)
        rules = AllRules(bases=(BaseRate(points=2, per_amount=100, starts_on=start),))
        set_rules(db, rules, None, Role.OWNER, now)
        for days_ago in (1, 20, 1500):
            moment = now - timedelta(days=days_ago)
            day = club_day(moment, club.time_zone)
            new = NewPurchase(member_id=member.person_id, channel="counter", bought_on=day, amount=12_000)
            record_purchase(db, new, None, Role.OWNER, moment)
        examples: Examples = make_examples(db, member.account_id, member.person_id, now)
    return list(addresses(app, examples))


@pytest.fixture
def visitors(app: Flask, engine: Engine, listed: list[Address], now: datetime) -> dict[str, FlaskClient]:
    """A browser of each kind: nobody, a member, each role, a colleague before the second factor."""
    with sessions(engine)() as db:
        found = {"nobody": app.test_client()}
        member = new_signed_up_member(db, now, name="Luis Soto", email="luis@example.org")
        found["member"] = browser_of(app, db, member, now)
        colleague: SomebodyWithAccount | None = None
        for role in Role:
            colleague = new_colleague(db, now, role)
            found[role.value] = browser_of(app, db, colleague, now, second_factor=True)
        assert colleague is not None
        found["at the door"] = browser_of(app, db, colleague, now)
    return found


@pytest.mark.proves("A-3.5.3")
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_asking_for_any_address_changes_no_row(
    engine: Engine, listed: list[Address], visitors: dict[str, FlaskClient]
) -> None:
    before = _all_rows(engine)
    for name, browser in visitors.items():
        asked, faults = _look_at_everything(browser, listed, follow=name in WALK_ON)
        assert faults == [], name
        assert len(asked) >= len({address.path for address in listed})
        assert _changed(before, _all_rows(engine)) == {}, name


@pytest.mark.proves("A-3.5.3")
def test_a_page_opened_later_notes_when_the_session_was_last_used_and_nothing_else(
    engine: Engine, listed: list[Address], visitors: dict[str, FlaskClient], now: datetime
) -> None:
    """The one exception: the owner of an account sees where it is in use, and the club which staff were here lately."""
    before = _all_rows(engine)
    with time_machine.travel(now + SEEN_EVERY + timedelta(minutes=1), tick=True):
        for name in WALK_ON:
            _look_at_everything(visitors[name], listed, follow=False)
    after = _all_rows(engine)
    assert set(_changed(before, after)) == {SignedIn.__tablename__, Staff.__tablename__}
    for table in (metadata.tables[kind.__tablename__] for kind in (SignedIn, Staff)):
        seen = list(table.columns.keys()).index("seen_at")
        without = [[(*row[:seen], *row[seen + 1 :]) for row in rows[table.name]] for rows in (before, after)]
        assert without[0] == without[1]


@pytest.mark.parametrize("path", ["/sign-in", "/join", "/j/luis25"])
def test_whoever_is_signed_in_already_is_led_home_from_the_ways_in(visitors: dict[str, FlaskClient], path: str) -> None:
    homes = dict.fromkeys(visitors, "/admin") | {"member": "/me", "nobody": None, "at the door": "/admin"}
    assert {name: browser.get(path).location for name, browser in visitors.items()} == homes


def _look_at_everything(browser: FlaskClient, listed: list[Address], *, follow: bool) -> tuple[set[str], list[str]]:
    """Every address; with `follow` with HEAD too and, once more, whatever their pages lead to."""
    asked: set[str] = set()
    faults: list[str] = []
    waiting = [address.path for address in listed]
    for may_follow in (follow, False):
        found: list[str] = []
        for path in waiting:
            if path in asked:
                continue
            asked.add(path)
            answer = browser.get(path)
            if answer.status_code >= 500 and path != "/readyz":
                faults.append(f"{path}: {answer.status_code}")
            if may_follow and (head := browser.head(path)).status_code != answer.status_code:
                faults.append(f"{path}: {head.status_code} for HEAD")
            if may_follow:
                found.extend(_leads_to(answer))
        waiting = found
    return asked, faults


def _leads_to(answer: TestResponse) -> Iterator[str]:
    """Addresses of this site on a page, without what repeats on each: files, and this page in another language."""
    if answer.mimetype != "text/html":
        return
    for found in _LINK.findall(answer.text):
        path = html.unescape(found).split("#")[0]
        if not urlsplit(path).path.startswith(("/assets/", "/language/")):
            yield path


def _all_rows(engine: Engine) -> Rows:
    """Everything that the database holds."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def _changed(before: Rows, after: Rows) -> Rows:
    return {
        name: [row for row in after[name] if row not in rows] for name, rows in before.items() if rows != after[name]
    }

"""The set-up list on Today: seven steps from an empty club to its first member, each with the page that does it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import NotAllowed
from club.permissions import Permission
from club.starting.models import CAN_BE_SKIPPED, Step, StepState, setup_steps
from club.starting.service import put_list_aside, skip_step, take_up_again
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.navigation import may_do
from web.visitors import staff

STEPS: dict[Step, tuple[Any, Any, tuple[str, ...]]] = {
    Step.BRAND: (
        _l("Give the club its name and its colours"),
        _l("They stand on every page, every mail and the card."),
        ("admin.settings_brand", "admin.settings"),
    ),
    Step.TIERS: (
        _l("Decide on the tiers"),
        _l("Start from a template and look at the effect before you save."),
        ("admin.tiers",),
    ),
    Step.RULES: (
        _l("Decide what brings points"),
        _l("One sentence is enough to begin: so many points for so much money."),
        ("admin.rules",),
    ),
    Step.IMPORT: (
        _l("Bring along customers and purchases"),
        _l("A file of your till shows who buys most before anybody has joined."),
        ("admin.imports",),
    ),
    Step.STAFF: (
        _l("Invite the first colleague"),
        _l("Everybody signs in as themselves, with a role."),
        ("admin.staff",),
    ),
    Step.MAIL: (
        _l("Let the first mail go out"),
        _l("The operator sets the mail server up; send a test of any text to yourself."),
        ("admin.settings_mail", "admin.templates", "admin.outbox"),
    ),
    Step.MEMBER: (
        _l("Enrol the first member"),
        _l("A name and a phone are enough, at the counter or on the join page."),
        ("admin.enrol",),
    ),
}
"""Step → what to do, why, and where: the page that does it first, the menu's last."""


@dataclass(frozen=True)
class Line:
    """One step as the list shows it."""

    state: StepState
    words: Any
    why: Any
    address: str
    can_be_skipped: bool


@admin.app_template_global()
def setup_list() -> list[Line]:
    """The set-up list for whoever may set the club up; empty once it was put aside."""
    if not may_do(Permission.EDIT_PROGRAMME):
        return []
    return [_line(state) for state in setup_steps(db())]


@admin.post("/starting/<step>/skip")
@staff_only(Permission.EDIT_PROGRAMME)
def starting_skip(step: str) -> ResponseReturnValue:
    """This club does not need that step."""
    who = staff()
    try:
        skip_step(db(), _step(step), who.account_id, who.role, datetime.now(UTC))
    except NotAllowed:
        abort(404)
    return redirect(url_for("admin.home"), 303)


@admin.post("/starting/<step>/take-up")
@staff_only(Permission.EDIT_PROGRAMME)
def starting_take_up(step: str) -> ResponseReturnValue:
    """That step is to be done after all."""
    who = staff()
    take_up_again(db(), _step(step), who.account_id, who.role, datetime.now(UTC))
    return redirect(url_for("admin.home"), 303)


@admin.post("/starting/done")
@staff_only(Permission.EDIT_PROGRAMME)
def starting_done() -> ResponseReturnValue:
    """Everything is settled: the list goes."""
    who = staff()
    try:
        put_list_aside(db(), who.account_id, who.role, datetime.now(UTC))
    except NotAllowed as refusal:
        flash(words_for(refusal), "warning")
    else:
        flash(_("The set-up list is put away. Everything in it stands in the menu."), "success")
    return redirect(url_for("admin.home"), 303)


def _line(state: StepState) -> Line:
    words, why, pages = STEPS[state.step]
    return Line(state, words, why, url_for(pages[0]), state.step in CAN_BE_SKIPPED and not state.is_done)


def _step(step: str) -> Step:
    if step not in set(Step):
        abort(404)
    return Step(step)

"""The list of what is to be done: overdue, today, later, done lately; mine or the team's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.approvals import STATES
from admin.customer.words import TO_DO, how_late, state_of
from club.approvals.models import outcomes_for
from club.care.models import (
    Item,
    away,
    colleagues_at_work,
    covered_by,
    done_lately,
    open_by_owner,
    staff_names,
    the_item,
    to_do,
)
from club.care.rules import Due, ToDo
from club.care.service import note_export
from club.errors import NotFound
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import day
from web.lists import PAGE, Page, asked, page_of
from web.navigation import may_do
from web.programme import today
from web.spreadsheet import csv_file
from web.visitors import staff

LOOKED_BACK = timedelta(days=7)
MOST_EXPORTED = 5000

GROUPS: dict[Due, Any] = {Due.OVERDUE: _l("Overdue"), Due.TODAY: _l("Today"), Due.LATER: _l("Later")}


@dataclass(frozen=True)
class Group:
    """The rows under one heading."""

    due: Due
    words: Any
    items: Sequence[Item]


@admin.get("/tasks")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks() -> ResponseReturnValue:
    """Mine unless the team's or somebody's are asked for; those of whom I cover for stand among mine."""
    this = asked(("who", "kind"), (), "")
    me, day_ = staff().account_id, today()
    covered = covered_by(db(), me, day_)
    owners = _owners(this.filters.get("who", ""), [me, *(one.account_id for one in covered)])
    kind = ToDo(this.filters["kind"]) if this.filters.get("kind") in set(ToDo) else None
    page = page_of(to_do(db(), owners, kind=kind, limit=PAGE + 1, offset=this.offset), this)
    is_team = owners is None
    return render_template(
        "admin/tasks.html",
        page=page,
        groups=_groups(page),
        done=done_lately(db(), owners, datetime.now(UTC) - LOOKED_BACK),
        covered=covered,
        away=away(db(), day_),
        outcomes=[] if this.filters.get("who") else outcomes_for(db(), me),
        states=STATES,
        by_owner=_by_owner() if may_do(Permission.HAND_OVER) else [],
        who="team" if is_team else this.filters.get("who", ""),
        names=staff_names(db()),
        me=me,
        today=day_,
        undo=_just_closed(),
        how_late=how_late,
        state_of=state_of,
    )


@admin.post("/tasks/export")
@staff_only(Permission.EXPORT_DATA)
def tasks_export() -> ResponseReturnValue:
    """One's own open tasks and promises for a spreadsheet. That they were taken is kept in the log."""
    who = staff()
    items = to_do(db(), [who.account_id], limit=MOST_EXPORTED)
    note_export(db(), len(items), who.account_id, who.role, datetime.now(UTC))
    heads = [_("Due"), _("Kind"), _("What"), _("Customer")]
    return csv_file(f"tasks-{today().isoformat()}", heads, _lines(items))


def _lines(items: Sequence[Item]) -> Iterator[list[str]]:
    for item in items:
        yield [item.due_on.isoformat(), str(TO_DO[item.what]), item.words, item.full_name or ""]


def _owners(who: str, mine: list[int]) -> list[int] | None:
    """Whose: everybody's for the team, one colleague's by number, else mine."""
    if who == "team":
        return None
    return [int(who)] if who.isascii() and who.isdigit() and len(who) < 19 else mine


def _groups(page: Page[Item]) -> list[Group]:
    day_ = today()
    found = [Group(one, words, [item for item in page.rows if item.when(day_) is one]) for one, words in GROUPS.items()]
    return [group for group in found if group.items]


def _by_owner() -> list[tuple[int, str, int, int]]:
    """Of everybody here: how much is open, and how much of it is late."""
    open_, names = open_by_owner(db(), today()), {one.account_id: one.name for one in colleagues_at_work(db())}
    return [(owner, name, *open_.get(owner, (0, 0))) for owner, name in names.items()]


def _just_closed() -> Item | None:
    """What the last button closed, to be undone."""
    what, _dash, item_id = request.args.get("undo", "").partition("-")
    if what not in set(ToDo) or not item_id.isascii() or not item_id.isdigit() or len(item_id) > 18:
        return None
    try:
        item = the_item(db(), ToDo(what), int(item_id))
    except NotFound:
        return None
    return None if item.is_open else item


def next_day_words(items: Sequence[Item]) -> str:
    """When the next one comes, where nothing is due now."""
    return _("Nothing due. Next on %(day)s", day=day(items[0].due_on)) if items else _("Nothing due.")


def person_address(item: Item) -> str | None:
    """The page of the customer it is about."""
    return None if item.person_id is None else url_for("admin.customers_one", person_id=item.person_id)


admin.add_app_template_global(next_day_words)
admin.add_app_template_global(person_address)

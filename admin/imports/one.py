"""One import: waiting, how far it is, what the trial found, what came of it."""

from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from admin import admin
from admin.imports.words import KINDS, LOOKS, STATES, STEPS, duration, separator_name
from club.errors import Refusal
from club.imports.models import Run, came_before, the_run
from club.imports.rules import (
    CAN_BE_MATCHED,
    CAN_BE_STOPPED,
    MOST_ERRORS_PERCENT,
    State,
    has_too_many_errors,
    may_undo,
)
from club.members.models import names_of
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.import_words import column_name, in_words
from web.messages import words_for
from web.movements import rung_name
from web.navigation import may_do


@admin.get("/imports/<int:run_id>")
@staff_only(Permission.IMPORT_DATA)
def imports_one(run_id: int) -> ResponseReturnValue:
    """Where this import stands."""
    return page_of(the_run(db(), run_id))


def page_of(run: Run, refusal: Refusal | None = None) -> str:
    """The page of an import, with a word about what could not be done."""
    now, found = datetime.now(UTC), {**run.counts, **run.found}
    kept = found.get("undone", {}).get("kept_people", [])
    return render_template(
        "admin/imports_one.html",
        run=run,
        found=found,
        form=FlaskForm(),
        kind_name=KINDS[run.kind],
        state_name=STATES[run.state],
        look=LOOKS.get(run.state, ""),
        step_name=STEPS.get(run.pace.step, ""),
        duration=duration,
        refusal=words_for(refusal) if refusal else "",
        why=in_words(found["why"]) if run.state is State.FAILED and "why" in found else "",
        in_words=in_words,
        column_name=column_name,
        rung_name=rung_name,
        stops_by_default=has_too_many_errors(found.get("rows", 0), found.get("errors", 0)),
        most_errors_percent=MOST_ERRORS_PERCENT,
        can_be_stopped=run.state in CAN_BE_STOPPED and not run.is_stop_asked,
        can_be_matched=run.state in CAN_BE_MATCHED and run.writing_since is None,
        can_go_on=run.state in {State.STOPPED, State.FAILED}
        and run.writing_since is not None
        and may_undo(run.state, run.undo_until, now),
        can_be_undone=may_undo(run.state, run.undo_until, now),
        before=came_before(db(), run) if run.state is State.TRIED else None,
        kept=_people(kept),
        unknown=found.get("unknown", []),
        read_as=_read_as(run),
    )


def _read_as(run: Run) -> str:
    """How the file was read: its letters and what stands between its columns."""
    written = str(run.found.get("written", ""))
    if not written or run.options is None:
        return written
    letters = written.split(",", maxsplit=1)[0]
    return _(
        "Read as %(letters)s with %(separator)s between the columns.",
        letters=letters,
        separator=separator_name(run.options.delimiter),
    )


def _people(person_ids: list[int]) -> list[dict[str, Any]]:
    names = names_of(db(), person_ids) if person_ids else {}
    has_page = may_do(Permission.SEE_MEMBERS)
    return [{"id": one, "name": names.get(one, ""), "has_page": has_page} for one in person_ids]

"""What kinds and states of imports are called."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from babel.dates import format_timedelta
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.imports.rules import Kind, State
from club.settings import Settings
from web.languages import locale

KINDS: Mapping[Kind, Any] = {
    Kind.MEMBERS: _l("Members"),
    Kind.PURCHASES: _l("Purchases"),
    Kind.POINTS: _l("Points balances"),
    Kind.LEADS: _l("People to be won"),
}
STATES: Mapping[State, Any] = {
    State.UPLOADED: _l("Columns to match"),
    State.TRIAL_WAITING: _l("Waits for its trial"),
    State.TRIAL_RUNNING: _l("Being tried"),
    State.TRIED: _l("Tried, nothing changed yet"),
    State.WAITING: _l("Waits"),
    State.RUNNING: _l("Being taken in"),
    State.STOPPED: _l("Stopped half way"),
    State.DONE: _l("Taken in"),
    State.FAILED: _l("Did not work"),
    State.CANCELLED: _l("Given up"),
    State.UNDO_WAITING: _l("Waits to be taken back"),
    State.UNDOING: _l("Being taken back"),
    State.UNDONE: _l("Import taken back"),
}
LOOKS: Mapping[State, str] = {
    State.DONE: "success",
    State.FAILED: "danger",
    State.STOPPED: "warning",
    State.TRIED: "warning",
    State.UPLOADED: "warning",
    State.RUNNING: "info",
    State.TRIAL_RUNNING: "info",
    State.UNDOING: "info",
}
STEPS: Mapping[str, Any] = {
    "": _l("Waits for its turn. The work begins within seconds."),
    "reading": _l("Reads the file."),
    "members": _l("Reads the file, row by row."),
    "writing": _l("Goes through the rows."),
    "closing": _l("Adds up."),
    "tiers": _l("Looks at the tiers of all members."),
    "undoing": _l("Takes back what came in."),
    "people": _l("Takes back the people who came in."),
}


def folder() -> Path:
    """Where uploaded files are kept."""
    settings: Settings = current_app.extensions["club_settings"]
    return settings.uploads_path


def duration(seconds: int) -> str:
    """About 3 minutes."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.2, locale=locale())


def separator_name(delimiter: str) -> str:
    """What stands between the columns."""
    return {",": _("commas"), ";": _("semicolons")}.get(delimiter, _("tabs"))

"""Suggestions in words, for members and staff alike."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from club.suggestions.rules import State

STATES: dict[str, Any] = {
    State.RECEIVED: _l("Received"),
    State.LOOKING: _l("Being looked at"),
    State.DONE: lazy_pgettext("a suggestion", "Done"),
    State.DECLINED: _l("Not done"),
}

MARKS: dict[str, str] = {State.RECEIVED: "info", State.LOOKING: "warning", State.DONE: "success", State.DECLINED: ""}

"""What states and results of corrective actions are called."""

from typing import Any

from flask_babel import lazy_gettext as _l

from club.measures.rules import State, Verdict

STATES: dict[State, Any] = {
    State.OPEN: _l("Still to be done"),
    State.DONE: _l("Done, effect not looked at yet"),
    State.CLOSED: _l("Closed"),
    State.DROPPED: _l("Dropped"),
}
VERDICTS: dict[Verdict, Any] = {
    Verdict.WORKED: _l("It helped"),
    Verdict.PARTLY: _l("It helped in part"),
    Verdict.NO_EFFECT: _l("No effect"),
    Verdict.WORSE: _l("It got worse"),
}
MARKS: dict[Verdict, str] = {
    Verdict.WORKED: "success",
    Verdict.PARTLY: "info",
    Verdict.NO_EFFECT: "warning",
    Verdict.WORSE: "danger",
}

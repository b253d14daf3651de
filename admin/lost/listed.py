"""The list, by value lost, with the rule in words and the causes that were found."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.home_charts import Chart
from admin.home_figures import freshness
from admin.lost.narrowing import FILTERS, CauseAndOwnerFilter, applied_of, wanted_cause, wanted_owner
from admin.lost.words import CAUSES, STEPS
from club.insight.models import the_rhythm
from club.insight.rules import permille
from club.lost.models import Wanted, cases, causes, counted, last_words, newest
from club.lost.rules import OPEN, Cause, Step
from club.measures.models import running_by_cause
from club.permissions import Permission
from web.access import staff_only
from web.charts import Bar, Row, bars
from web.database import db
from web.figures import share
from web.formats import money, number
from web.lasting import lasting_if_many
from web.lists import PAGE, Asked, asked, page_of
from web.programme import today

ORDERS = ("worth", "last", "opened")
USUAL_ORDER = "-worth"
STATES: dict[str, Any] = {
    "": _l("To work on"),
    **{step.value: STEPS[step] for step in OPEN},
    "resting": _l("Expected back later"),
    "ended": _l("Ended"),
}


@admin.get("/lost")
@staff_only(Permission.SEE_FIGURES)
def lost() -> ResponseReturnValue:
    """Who stays away, the most valuable first."""
    this, day = asked(FILTERS, ORDERS, USUAL_ORDER), today()
    found = cases(db(), _wanted(this), day, this.order, PAGE + 1, this.offset)
    words = last_words(db(), [one.person_id for one in found[:PAGE]]) if found else {}
    known, steps = _counts()
    return render_template(
        "admin/lost.html",
        page=page_of(tuple(found), this),
        form=CauseAndOwnerFilter.of(this),
        states=_states(this, steps),
        applied=applied_of(this),
        words=words,
        words_shown=tuple(sorted(words.items())),
        rhythm=the_rhythm(db()),
        chart=_chart(known),
        first_cause=known[0][0] if known else None,
        running=sum(running_by_cause(db()).values()) if known else 0,
        fresh=freshness(),
        steps=STEPS,
        causes=CAUSES,
        day=day,
    )


def _wanted(this: Asked) -> Wanted:
    state = this.filters.get("state", "")
    return Wanted(
        state=state if state in STATES else "",
        cause=wanted_cause(this),
        owner_id=wanted_owner(this),
    )


_Causes = list[tuple[Cause, int, int]]
_Steps = dict[str, tuple[int, int]]


def _counts() -> tuple[_Causes, _Steps]:
    """The causes, and how many cases stand at which step. Of a large register they are as of this minute."""
    return lasting_if_many(
        "lost",
        (today(), newest(db())),
        lambda: (causes(db()), counted(db(), today())),
        count=lambda found: sum(cases for cases, _worth in found[1].values()),
    )


def _states(this: Asked, known: _Steps) -> list[tuple[Any, str, bool, str]]:
    """The tabs: words, address, whether it is this one, how many."""
    sums = {
        "": _sum(known, *OPEN),
        "ended": _sum(known, Step.WON_BACK, Step.CLOSED),
        **{key: _sum(known, key) for key in (*OPEN, "resting")},
    }
    now = this.filters.get("state", "")
    return [
        (words, this.with_filter("state", key) if key else this.without("state"), key == now, number(sums[key]))
        for key, words in STATES.items()
    ]


def _sum(known: _Steps, *keys: str) -> int:
    return sum(known[key][0] for key in keys if key in known)


def _chart(found: _Causes) -> Chart | None:
    """Causes by how often they were found, with what was lost by each."""
    if not found:
        return None
    whole = sum(count for _cause, count, _worth in found)
    title = _("Why do they leave?")
    first, count, _lost = found[0]
    said = _(
        "Most often named: %(cause)s, in %(count)s of %(all)s cases.",
        cause=CAUSES[first],
        count=number(count),
        all=number(whole),
    )
    drawn = [
        Row(str(CAUSES[cause]), [Bar(permille(often, count), f"{number(often)} · {money(worth)}")])
        for cause, often, worth in found
    ]
    table = [
        (str(CAUSES[cause]), number(often), share(permille(often, whole)), money(worth))
        for cause, often, worth in found
    ]
    return Chart(
        title,
        said,
        bars("causes", title, said, drawn),
        (_("Cause"), _("Cases"), _("Part"), _("Worth a year")),
        table,
        _("All cases with a cause, open and ended. Worth: bought in the year up to the last purchase."),
    )

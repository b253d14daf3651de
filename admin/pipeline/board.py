"""The board with six stages, and the list behind it."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.lost.words import CAUSES
from admin.pipeline.words import MARKS, ONE, STAGES, STEPS, rule_words
from club.leads.models import sources
from club.permissions import Permission
from club.pipeline.models.board import Wanted, columns, how_many, listed, newest
from club.pipeline.models.people import boundaries_now, days_at_stages
from club.pipeline.models.steps import STEP_STATES
from club.pipeline.rules import STAGES as ALL
from club.pipeline.rules import Stage
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form
from web.leads import source_name
from web.lists import PAGE, Asked, asked, asked_for, page_of
from web.programme import today
from web.visitors import staff

LOST = "lost"
FILTERS = ("stage", "step", "source", "owner")


class PipelineFilter(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    stage = SelectField(_l("Stage"))
    step = SelectField(_l("Next step"))
    source = SelectField(_l("Source"))
    owner = SelectField(_l("Whose"), choices=[SelectChoice("", _l("Everybody’s")), SelectChoice("mine", _l("Mine"))])

    @classmethod
    def of(cls, this: Asked) -> "PipelineFilter":
        """The filter as it is asked for."""
        form = cls(data=dict(this.filters))
        form.stage.choices = [
            SelectChoice("", _("All stages")),
            *(SelectChoice(stage.value, words) for stage, words in STAGES.items()),
            SelectChoice(LOST, _("Lost")),
        ]
        form.step.choices = [SelectChoice("", _("Any")), *(SelectChoice(key, words) for key, words in STEPS.items())]
        form.source.choices = [
            SelectChoice("", _("All sources")),
            *(SelectChoice(str(one.id), source_name(one.kind, one.name)) for one in sources(db())),
        ]
        return form


@admin.get("/pipeline")
@staff_only(Permission.SEE_MEMBERS)
def pipeline() -> ResponseReturnValue:
    """Six stages side by side; on a phone one at a time."""
    day, open_one = today(), asked_for("stage")
    found = columns(db(), day)
    return render_template(
        "admin/pipeline.html",
        columns=found,
        cards=newest(db(), ALL),
        open_stage=Stage(open_one) if open_one in set(ALL) else Stage.PROSPECT,
        lost=how_many(db(), Wanted(stage=LOST), day),
        bounds=boundaries_now(db(), day),
        days=days_at_stages(db()),
        rule_words=rule_words,
        day=day,
        step_states=STEP_STATES,
        **WORDS,
    )


@admin.get("/pipeline/list")
@staff_only(Permission.SEE_MEMBERS)
def pipeline_list() -> ResponseReturnValue:
    """Everybody who stands so, a page at a time."""
    this, day = asked(FILTERS, ("since", "worth"), "-since"), today()
    return render_template(
        "admin/pipeline_list.html",
        page=page_of(listed(db(), _wanted(this), day, this.order, PAGE + 1, this.offset), this),
        form=PipelineFilter.of(this),
        applied=_applied(this),
        day=day,
        **WORDS,
    )


def _wanted(this: Asked) -> Wanted:
    stage, step = this.filters.get("stage", ""), this.filters.get("step", "")
    return Wanted(
        stage=stage if stage in set(ALL) or stage == LOST else "",
        step=step if step in STEP_STATES else "",
        source_id=id_in(this.filters.get("source", "")),
        owner_id=staff().account_id if this.filters.get("owner") == "mine" else None,
    )


def _applied(this: Asked) -> list[tuple[str, Any]]:
    shown: list[tuple[str, Any]] = []
    wanted = _wanted(this)
    if wanted.stage:
        shown.append(("stage", _("Lost") if wanted.stage == LOST else STAGES[Stage(wanted.stage)]))
    if wanted.step:
        shown.append(("step", STEPS[wanted.step]))
    if wanted.source_id is not None:
        names = [source_name(one.kind, one.name) for one in sources(db()) if one.id == wanted.source_id]
        shown.append(("source", names[0] if names else _("Unknown source")))
    if wanted.owner_id is not None:
        shown.append(("owner", _("Mine")))
    return shown


WORDS = {"STAGES": STAGES, "ONE": ONE, "STEPS": STEPS, "MARKS": MARKS, "CAUSES": CAUSES, "source_name": source_name}

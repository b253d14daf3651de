"""What the club calls the stages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from admin import admin
from admin.pipeline.words import USUAL
from club.errors import ChangedMeanwhile, Refusal, SameStageName
from club.permissions import Permission
from club.pipeline.models.names import own_names
from club.pipeline.models.tables import LONGEST_NAME
from club.pipeline.rules import Stage
from club.pipeline.service import name_stages
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.forms import Form, TextField
from web.refusing import refused
from web.visitors import staff

IN: dict[str, Any] = {"en": _l("In English"), "es": _l("In Spanish"), "ru": _l("In Russian")}


class NamesForm(Form):
    """A name for each stage and language; empty: the usual one."""

    seen = HiddenField()

    def names(self) -> dict[Stage, Texts]:
        """What was typed."""
        return {stage: Texts({code: self[_key(stage, code)].data or "" for code in LANGUAGES}) for stage in Stage}

    def show(self, names: Mapping[Stage, Texts]) -> None:
        """Remember which names the page shows."""
        self.seen.data = _mark(names)


def _key(stage: Stage, code: str) -> str:
    return f"{stage.value}_{code}"


for _stage in Stage:
    for _code in LANGUAGES:
        setattr(NamesForm, _key(_stage, _code), TextField(IN[_code], longest=LONGEST_NAME))


@admin.route("/pipeline/names", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_LEADS)
def pipeline_names() -> ResponseReturnValue:
    """Names of the club's own for the six stages."""
    there = own_names(db())
    form = NamesForm(data={_key(stage, code): text for stage, name in there.items() for code, text in name.items()})
    if not form.is_submitted():
        form.show(there)
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    who = staff()
    try:
        if form.seen.data != _mark(there):
            raise ChangedMeanwhile(())
        _refuse_usual_ones(form.names())
        name_stages(db(), form.names(), there, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            form.show(own_names(db()))
        form.refuse(refusal)
        return refused(_page(form), refusal)
    flash(_("Saved."), "success")
    return redirect(url_for("admin.pipeline"), 303)


def _refuse_usual_ones(names: Mapping[Stage, Texts]) -> None:
    """A stage is not called what another one is usually called, while that keeps its usual name."""
    for code in LANGUAGES:
        with force_locale(code):
            said = {(names[stage].get(code) or str(USUAL[stage])).casefold() for stage in Stage}
        if len(said) < len(Stage):
            raise SameStageName


def _page(form: NamesForm) -> str:
    fields = [(USUAL[stage], [form[_key(stage, code)] for code in LANGUAGES]) for stage in Stage]
    return render_template("admin/pipeline_names.html", form=form, fields=fields)


def _mark(names: Mapping[Stage, Texts]) -> str:
    return json.dumps({stage.value: dict(names[stage]) for stage in Stage if stage in names})

"""What the club calls the stages."""

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
from club.errors import ChangedMeanwhile, Refusal
from club.permissions import Permission
from club.pipeline.models.names import own_names
from club.pipeline.models.tables import LONGEST_NAME
from club.pipeline.rules import Stage, mark_of
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
        form.seen.data = mark_of(there)
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    who = staff()
    try:
        name_stages(
            db(), form.names(), _usual(), form.seen.data or "", who.account_id, who.role, datetime.now(UTC)
        )  # fmt: skip
    except Refusal as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            form.seen.data = mark_of(own_names(db()))
        form.refuse(refusal)
        return refused(_page(form), refusal)
    flash(_("Saved."), "success")
    return redirect(url_for("admin.pipeline"), 303)


def _usual() -> dict[Stage, Texts]:
    """What each stage is called where nobody named it, in every language."""
    found: dict[Stage, dict[str, str]] = {stage: {} for stage in Stage}
    for code in LANGUAGES:
        with force_locale(code):
            for stage in Stage:
                found[stage][code] = str(USUAL[stage])
    return {stage: Texts(said) for stage, said in found.items()}


def _page(form: NamesForm) -> str:
    fields = [(USUAL[stage], [form[_key(stage, code)] for code in LANGUAGES]) for stage in Stage]
    return render_template("admin/pipeline_names.html", form=form, fields=fields)

"""All imports, and the way in for a new file."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.imports.words import KINDS, LOOKS, STATES, folder
from club.errors import FileTooLarge, Refusal
from club.imports.models import runs
from club.imports.rules import LARGEST_BYTES, Kind, State
from club.imports.service import upload
from club.permissions import Permission
from web import lists
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.visitors import staff

FORM_AROUND_A_FILE = 64 * 1024


class FileForm(Form):
    """A file and what it is about."""

    kind = RadioField(
        _l("What is in the file"),
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
        default=Kind.PURCHASES.value,
    )
    file = FileField(_l("File"), render_kw={"accept": ".csv,.tsv,.txt,text/csv", "class": "form-control"})


@admin.get("/imports")
@staff_only(Permission.IMPORT_DATA)
def imports() -> ResponseReturnValue:
    """One page of the imports, the newest first."""
    this = lists.asked(("kind", "state"), (), "")
    kind, state = this.filters.get("kind", ""), this.filters.get("state", "")
    rows = runs(
        db(),
        limit=lists.PAGE + 1,
        offset=this.offset,
        kind=kind,
        state=state,
    )
    applied = []
    if kind:
        applied.append(("kind", KINDS[Kind(kind)] if kind in list(Kind) else kind))
    if state:
        applied.append(("state", STATES[State(state)] if state in list(State) else state))
    return render_template(
        "admin/imports.html",
        page=lists.page_of(rows, this),
        kinds=KINDS,
        states=STATES,
        looks=LOOKS,
        applied=applied,
        now=datetime.now(UTC),
    )


@admin.route("/imports/new", methods=["GET", "POST"])
@staff_only(Permission.IMPORT_DATA)
def imports_new() -> ResponseReturnValue:
    """Bring a file."""
    form = FileForm()
    if form.validate_on_submit():
        try:
            return _take(form)
        except Refusal as refusal:
            form.refuse(refusal, form.file)
    return _page(form), 422 if form.errors else 200


def _take(form: FileForm) -> ResponseReturnValue:
    given = request.files.get("file")
    if given is None or not given.filename:
        form.file.errors = [_("Choose a file.")]
        return _page(form), 422
    if (request.content_length or 0) > LARGEST_BYTES + FORM_AROUND_A_FILE:
        raise FileTooLarge(LARGEST_BYTES)
    who = staff()
    run_id = upload(
        db(),
        folder(),
        given.stream,
        given.filename,
        Kind(form.kind.data),
        by=who.account_id,
        role=who.role,
        now=datetime.now(UTC),
    )
    flash(_("The file is here. Nothing has been changed. Say which column is which."), "success")
    return redirect(url_for("admin.imports_columns", run_id=run_id), 303)


def _page(form: FileForm) -> str:
    return render_template(
        "admin/imports_new.html", form=form, kinds=KINDS, most_megabytes=LARGEST_BYTES >> 20, names=list(Kind)
    )

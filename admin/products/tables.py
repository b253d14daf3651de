"""The catalogue as a table: taken along, changed in a spreadsheet, tried, and taken in again, all of it or nothing."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import HiddenField

from admin import admin
from club.catalogue.importing import Plan, export, look, take_in
from club.catalogue.importing.comparing import CHANGED, NEW, SAME
from club.catalogue.importing.noting import note_export
from club.errors import BadFile, ChangedMeanwhile, FileTooLarge, Refusal
from club.permissions import Permission
from club.settings import Settings
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.messages import words_for
from web.product_words import fault_words
from web.programme import today
from web.spreadsheet import csv_file
from web.visitors import staff

LARGEST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 250
"""At once through a page: so many are written while somebody waits for it."""
MOST_SHOWN = 200
KEPT_FOR = timedelta(days=1)
FOLDER = "product-tables"
_TOKEN = re.compile("[0-9a-f]{32}")


class TableForm(Form):
    """A file."""

    file = FileField(_l("File"), render_kw={"accept": ".csv,.tsv,.txt,text/csv", "class": "form-control"})


class TakeForm(Form):
    """What was tried, to be taken in."""

    token = HiddenField()
    seen = HiddenField()


@admin.post("/products/export")
@staff_only(Permission.EXPORT_DATA)
def products_export() -> ResponseReturnValue:
    """The whole catalogue, a row a variant, as it can be taken in again. Who took it is kept in the log."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    note_export(db(), who.account_id, who.role, datetime.now(UTC))
    heads, rows = export(db(), today())
    return csv_file(f"products-{today().isoformat()}", heads, rows)


@admin.route("/products/import", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_import() -> ResponseReturnValue:
    """Bring a table; it is tried and changes nothing yet."""
    form = TableForm()
    if request.method != "POST":
        return _page(form)
    given = request.files.get("file")
    if not form.validate() or given is None or not given.filename:
        form.file.errors = [*form.file.errors, _("Choose a file.")]
        return _page(form), 422
    token = token_hex(16)
    try:
        _keep(given, token)
        plan = _look(token)
    except Refusal as refusal:
        _file_of(token).unlink(missing_ok=True)
        form.refuse(refusal, form.file)
        return _page(form), 422
    return _trial(plan, token)


@admin.post("/products/import/take")
@staff_only(Permission.EDIT_PRODUCTS)
def products_import_take() -> ResponseReturnValue:
    """Take in the table that was tried, if the catalogue is still as it was then."""
    form, who = TakeForm(), staff()
    assert who.role is not None  # the door let nobody else in
    token = form.token.data or ""
    if not form.validate() or not _TOKEN.fullmatch(token) or not _file_of(token).is_file():
        flash(_("The file is not kept any more. Upload it again."), "danger")
        return redirect(url_for("admin.products_import"), 303)
    try:
        plan = take_in(
            db(), _file_of(token), who.account_id, who.role, datetime.now(UTC), seen=form.seen.data or "never looked at"
        )
    except ChangedMeanwhile:
        words = _("The catalogue changed since the file was tried. Look at it once more, then take it in.")
        return _trial(_look(token), token, words), 422
    except Refusal as refusal:
        return _trial(_look(token), token, words_for(refusal)), 422
    _file_of(token).unlink(missing_ok=True)
    flash(_taken_words(plan), "success")
    return redirect(url_for("admin.products", order="-changed"), 303)


def _taken_words(plan: Plan) -> str:
    new, changed = plan.count(NEW), plan.count(CHANGED)
    return " ".join(
        [
            ngettext("%(num)d row was new.", "%(num)d rows were new.", new),
            ngettext("%(num)d row changed something.", "%(num)d rows changed something.", changed),
        ]
    )


def _keep(given: FileStorage, token: str) -> None:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    oldest = (datetime.now(UTC) - KEPT_FOR).timestamp()
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    content = given.stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise FileTooLarge(LARGEST_BYTES)
    _file_of(token).write_bytes(content)


def _look(token: str) -> Plan:
    plan = look(db(), _file_of(token), today())
    if plan.rows > MOST_ROWS:
        raise BadFile(f"it has more than {MOST_ROWS} rows; split it into parts")
    return plan


def _file_of(token: str) -> Path:
    """Named by who brought it, so that nobody takes in the file of somebody else."""
    return _folder() / f"{staff().account_id}-{token}.csv"


def _folder() -> Path:
    settings: Settings = current_app.extensions["club_settings"]
    return settings.uploads_path / FOLDER


def _trial(plan: Plan, token: str, problem: str = "") -> str:
    changes = [change for change in plan.changes if change.kind != SAME]
    return render_template(
        "admin/products_trial.html",
        plan=plan,
        new=plan.count(NEW),
        changed=plan.count(CHANGED),
        same=plan.count(SAME),
        wrong=plan.rows - len(plan.changes),
        changes=changes[:MOST_SHOWN],
        more=max(0, len(changes) - MOST_SHOWN),
        errors=plan.errors[:MOST_SHOWN],
        fault_words=fault_words,
        form=TakeForm(formdata=None, data={"token": token, "seen": plan.fingerprint}),
        problem=problem,
    )


def _page(form: TableForm) -> str:
    return render_template("admin/products_import.html", form=form, most=MOST_ROWS, megabytes=LARGEST_BYTES >> 20)

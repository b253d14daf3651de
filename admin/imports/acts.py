"""The buttons of an import: start, stop, go on, take back."""

from datetime import UTC, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.imports.one import page_of
from club.errors import Refusal
from club.imports.models import the_run
from club.imports.service import go_on, start, stop, undo
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.visitors import staff


@admin.post("/imports/<int:run_id>/start")
@staff_only(Permission.IMPORT_DATA)
def imports_start(run_id: int) -> ResponseReturnValue:
    """Take in what the trial found."""
    who = staff()
    rows = request.form.get("rows", -1, type=int)
    accepts = "accepts_errors" in request.form
    try:
        start(db(), run_id, rows, accepts_errors=accepts, by=who.account_id, role=who.role, now=datetime.now(UTC))
    except Refusal as refusal:
        return page_of(the_run(db(), run_id), refusal), 422
    flash(_("The import begins within seconds. It goes on when this page is closed."), "success")
    return _back(run_id)


@admin.post("/imports/<int:run_id>/stop")
@staff_only(Permission.IMPORT_DATA)
def imports_stop(run_id: int) -> ResponseReturnValue:
    """Give it up, or stop it at its next batch."""
    who = staff()
    try:
        stop(db(), run_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        return page_of(the_run(db(), run_id), refusal), 422
    flash(_("It stops. What is in stays until it is taken back."), "success")
    return _back(run_id)


@admin.post("/imports/<int:run_id>/go-on")
@staff_only(Permission.IMPORT_DATA)
def imports_go_on(run_id: int) -> ResponseReturnValue:
    """Let a stopped or failed import go on."""
    who = staff()
    try:
        go_on(db(), run_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        return page_of(the_run(db(), run_id), refusal), 422
    flash(_("The import goes on within seconds. Rows that are in are not taken in twice."), "success")
    return _back(run_id)


@admin.post("/imports/<int:run_id>/undo")
@staff_only(Permission.IMPORT_DATA)
def imports_undo(run_id: int) -> ResponseReturnValue:
    """Take back all that came with it."""
    who = staff()
    try:
        undo(db(), run_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        return page_of(the_run(db(), run_id), refusal), 422
    flash(_("Taking back begins within seconds."), "success")
    return _back(run_id)


def _back(run_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.imports_one", run_id=run_id), 303)

"""The copies of every night: which are there, whether they can be trusted, and one made now."""

from datetime import UTC, datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.backups.models import is_asked_for, last_good, latest
from club.backups.rules import Trouble
from club.backups.service import ask_for_backup
from club.permissions import Permission
from club.settings import Settings
from web.access import staff_only
from web.database import db
from web.visitors import staff

MOST_SHOWN = 30

TROUBLES: dict[str, Any] = {
    Trouble.PROGRAM: _l("PostgreSQL's program pg_dump is missing or failed on this machine"),
    Trouble.DAMAGED: _l("What was written could not be read back"),
    Trouble.DISK: _l("The folder cannot be written, or the disk is full"),
    Trouble.INTERRUPTED: _l("The worker ended half way"),
    Trouble.OTHER: _l("Something else went wrong; the worker's log says more"),
}


@admin.get("/settings/backups")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_backups() -> ResponseReturnValue:
    """The last copies and how to put one back."""
    settings: Settings = current_app.extensions["club_settings"]
    return render_template(
        "admin/settings_backups.html",
        runs=latest(db(), MOST_SHOWN),
        good=last_good(db()),
        is_asked=is_asked_for(db()),
        keep=settings.backup_keep,
        troubles=TROUBLES,
        is_demo=not settings.is_production,
    )


@admin.post("/settings/backups/now")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_backups_now() -> ResponseReturnValue:
    """Ask the worker for one."""
    who = staff()
    if ask_for_backup(db(), who.account_id, who.role, datetime.now(UTC)):
        flash(_("The worker makes a backup now. Look again in a minute."), "success")
    else:
        flash(_("A backup is under way already."), "info")
    return redirect(url_for("admin.settings_backups"), 303)

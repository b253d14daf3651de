"""Who counts as slipping away: the rule in words, and how many it finds before it is saved."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import BadWatch
from club.insight.models import last_made, the_rhythm, the_watch
from club.insight.on_request import ask_to_refresh
from club.insight.service import set_watch
from club.insight.sql import would_slip
from club.insight.watch import YEAR_DAYS, Watch
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, MultiplierField, Needed, WholeNumberField
from web.visitors import staff

_PERCENT_NEEDED = _l("Enter a number from 10 to 95.")


class WatchForm(Form):
    """The rule."""

    window_days = WholeNumberField(
        _l("Look at the last so many days"), [Needed(_l("Enter a number of days."))], least=30, most=YEAR_DAYS
    )
    decline_percent = WholeNumberField(
        _l("Declining: less, or less often, by percent"), [Needed(_PERCENT_NEEDED)], least=10, most=95
    )
    overdue = MultiplierField(
        _l("First sign: times their usual gap"),
        [Needed(_l("Enter how many times the usual gap."))],
        least=110,
        most=1000,
    )
    basket_percent = WholeNumberField(
        _l("First sign: basket smaller by percent"), [Needed(_PERCENT_NEEDED)], least=10, most=95
    )

    def watch(self) -> Watch:
        """What was typed, as a value."""
        return Watch(
            window_days=self.window_days.data or 0,
            decline_percent=self.decline_percent.data or 0,
            basket_percent=self.basket_percent.data or 0,
            overdue_percent=self.overdue.data or 0,
        )


@admin.route("/lost/slipping", methods=["GET", "POST"])
@staff_only(Permission.EDIT_RULES)
def lost_watch() -> ResponseReturnValue:
    """First how many it finds, then the button that saves it."""
    now = the_watch(db())
    form = WatchForm(data={**vars(now), "overdue": now.overdue_percent})
    wanted, is_counted = now, False
    if form.validate_on_submit():
        try:
            wanted = form.watch()
        except BadWatch as refusal:
            form.refuse(refusal)
        else:
            if request.form.get("do") == "save":
                return _save(wanted)
            is_counted = True
    return _page(form, now, wanted, is_counted=is_counted), 422 if form.errors else 200


def _save(wanted: Watch) -> ResponseReturnValue:
    who, moment = staff(), datetime.now(UTC)
    set_watch(db(), wanted, who.account_id, who.role, moment)
    ask_to_refresh(db(), who.account_id, who.role, moment)
    flash(
        _("The rule is kept. The figures that follow it are asked for; the lists show them once they are made."),
        "success",
    )
    return redirect(url_for("admin.home"), 303)


def _page(form: WatchForm, now: Watch, wanted: Watch, *, is_counted: bool) -> str:
    made, rhythm = last_made(db()), the_rhythm(db())
    before = found = None
    if made is not None:
        before = would_slip(db(), now, rhythm, made.as_of)
        if is_counted:  # the sums of the window that holds are kept; another window's are not known yet
            found = would_slip(db(), replace(wanted, window_days=now.window_days), rhythm, made.as_of)
    return render_template(
        "admin/lost_watch.html",
        form=form,
        watch=now,
        wanted=wanted,
        is_counted=is_counted,
        before=before,
        found=found,
    )

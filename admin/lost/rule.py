"""Who counts as late: the rule in words, and how many it finds before it is saved."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import BadRhythm
from club.insight.models import last_made, rhythm_version, the_rhythm
from club.insight.rules import Rhythm
from club.insight.service import set_rhythm
from club.lost.models import would_be_late
from club.lost.service import follow
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, MultiplierField, Needed, WholeNumberField
from web.programme import today
from web.visitors import staff


class RhythmForm(Form):
    """The rule."""

    times = MultiplierField(
        _l("Times their usual gap"), [Needed(_l("Enter how many times the usual gap."))], least=100, most=1000
    )
    least_days = WholeNumberField(
        _l("And at least so many days"), [Needed(_l("Enter a number of days."))], least=1, most=3650
    )
    looked_back_days = WholeNumberField(_l("Days looked at before the last purchase"), least=1, most=730)

    def rhythm(self, now: Rhythm) -> Rhythm:
        """What was typed, as a value; how far it is looked back stays where nothing was typed."""
        return Rhythm(
            times_percent=self.times.data or 0,
            least_days=self.least_days.data or 0,
            looked_back_days=self.looked_back_days.data or now.looked_back_days,
        )


@admin.route("/lost/rule", methods=["GET", "POST"])
@staff_only(Permission.EDIT_RULES)
def lost_rule() -> ResponseReturnValue:
    """First how many it finds, then the button that saves it."""
    now = the_rhythm(db())
    known = {"times": now.times_percent, "least_days": now.least_days, "looked_back_days": now.looked_back_days}
    form = RhythmForm(data=known)
    wanted, found = now, None
    if form.validate_on_submit():
        try:
            wanted = form.rhythm(now)
        except BadRhythm as refusal:
            form.refuse(refusal)
        else:
            if request.form.get("do") == "save":
                return _save(wanted)
            found = would_be_late(db(), wanted, today())
    return _page(form, now, wanted, found), 422 if form.errors else 200


def _save(wanted: Rhythm) -> ResponseReturnValue:
    who, moment = staff(), datetime.now(UTC)
    set_rhythm(db(), wanted, who.account_id, who.role, moment)
    made = last_made(db())
    if made is not None:
        follow(db(), made.as_of, moment)
    flash(_("The rule holds from now on. The list follows it already."), "success")
    return redirect(url_for("admin.lost"), 303)


def _page(form: RhythmForm, now: Rhythm, wanted: Rhythm, found: tuple[int, int] | None) -> str:
    return render_template(
        "admin/lost_rule.html",
        form=form,
        rhythm=now,
        wanted=wanted,
        found=found,
        before=would_be_late(db(), now, today()),
        version=rhythm_version(db()),
    )

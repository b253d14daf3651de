"""Points given or taken by hand: the effect first, then saving, or asking a second person."""

from datetime import UTC, datetime
from hashlib import sha256

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.approvals.models import came_by, changed_lately, waiting_of
from club.approvals.rules import Kind, State
from club.approvals.service import PointsChange, PointsEffect, change_points, preview_points
from club.errors import AlreadyPosted, NotEnoughPoints, PointsOutOfRange, Refusal
from club.members.models import Known, the_member
from club.permissions import Permission
from club.points.models import balance_of
from club.points.rules import MOST_POINTS
from web.access import staff_only
from web.database import db
from web.formats import points
from web.forms import Form, Needed, OnceKeyField, TextAreaField, WholeNumberField, once
from web.languages import locale_of
from web.programme import programme, today
from web.refusing import refused
from web.visitors import staff

GIVE, TAKE = "give", "take"
WAYS = (SelectChoice(GIVE, _l("Add points")), SelectChoice(TAKE, _l("Take points away")))
REASONS = {
    "goodwill": _l("Goodwill"),
    "mistake": _l("A mistake is put right"),
    "missing": _l("A purchase or an act was not counted"),
    "promised": _l("Promised by the club"),
    "other": _l("Another reason"),
}
LONGEST_WORDS = 300


class PointsForm(Form):
    """How many, which way, and why."""

    way = RadioField(_l("What to do"), choices=WAYS, default=GIVE)
    points = WholeNumberField(_l("How many points"), [Needed(_l("Enter how many points."))], least=1, most=MOST_POINTS)
    reason = SelectField(_l("Reason"), choices=[SelectChoice(key, words) for key, words in REASONS.items()])
    words = TextAreaField(_l("In words"), [Needed(_l("Say in words what happened."))], longest=LONGEST_WORDS, rows=2)
    key = OnceKeyField()
    shown = HiddenField()
    """What the effect was worked out from; saving something else shows the effect again."""

    def change(self, member: Known, account_id: int) -> PointsChange:
        """What was typed, as a value; the kind of reason in the language of the member, who reads it."""
        count = self.points.data or 0
        with force_locale(str(locale_of(member.language, programme().country))):
            why = f"{REASONS[self.reason.data]}: {self.words.data}"
        signed = -count if self.way.data == TAKE else count
        return PointsChange(member.person_id, signed, why, once(self.key.data or "", account_id))


@admin.route("/customers/<int:person_id>/points", methods=["GET", "POST"])
@staff_only(Permission.ADJUST_POINTS)
def customers_points(person_id: int) -> ResponseReturnValue:
    """Add or take points by hand."""
    member = the_member(db(), person_id)
    form = PointsForm()
    if not form.validate_on_submit():
        return _page(member, form, None), 422 if form.errors else 200
    who = staff()
    change = form.change(member, who.account_id)
    try:
        return _shown_or_saved(member, form, change)
    except AlreadyPosted:
        flash(_("This was saved already. It counts once."), "info")
        return to_customer(person_id)
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        return refused(_page(member, form, None), refusal)


def customer_address(person_id: int) -> str | None:
    """The member's own page, if there is such a page."""
    is_there = "admin.customers_one" in current_app.view_functions
    return url_for("admin.customers_one", person_id=person_id) if is_there else None


admin.add_app_template_global(customer_address)


def to_customer(person_id: int) -> ResponseReturnValue:
    """Back to the member's own page."""
    return redirect(customer_address(person_id) or url_for("admin.customers_points", person_id=person_id), 303)


def _shown_or_saved(member: Known, form: PointsForm, change: PointsChange) -> ResponseReturnValue:
    """The effect, until the button under the effect of this very change is pressed."""
    who, now = staff(), datetime.now(UTC)
    assert change.once is not None
    if came_by(db(), change.once) is not None:
        raise AlreadyPosted
    effect = preview_points(db(), change, who.account_id, who.role, now)
    fingerprint = _fingerprint(change, effect)
    wants_to_save = request.form.get("do") == "save"
    if not wants_to_save or form.shown.data != fingerprint:
        form.shown.data = fingerprint
        return _page(member, form, effect, has_changed=wants_to_save)
    outcome = change_points(db(), change, who.account_id, who.role, now)
    if outcome.is_done:
        flash(_("Saved: %(name)s has %(points)s now.", name=member.full_name, points=points(effect.after.active)))
    else:
        flash(_("Asked. A second person has to say yes; until then nothing changes."), "info")
    return to_customer(member.person_id)


def _page(member: Known, form: PointsForm, effect: PointsEffect | None, *, has_changed: bool = False) -> str:
    who = staff()
    return render_template(
        "admin/customers_points.html",
        member=member,
        form=form,
        effect=effect,
        has_changed=has_changed,
        balance=effect.before if effect else balance_of(db(), member.person_id, today()),
        worth=programme().worth,
        limit=programme().approval_points,
        lately=changed_lately(db(), who.account_id, member.person_id, datetime.now(UTC)),
        waiting=[one for one in waiting_of(db(), member.person_id, Kind.POINTS) if one.state is State.WAITING],
    )


def _fingerprint(change: PointsChange, effect: PointsEffect) -> str:
    seen = (change.points, change.why, effect.before, effect.after, effect.waits)
    return sha256(repr(seen).encode()).hexdigest()[:32]


def _field_of(form: PointsForm, refusal: Refusal) -> Field | None:
    match refusal:
        case NotEnoughPoints() | PointsOutOfRange():
            return form.points
    return None

"""A tier given by hand: until when, why, what changes and what happens at its end; and giving it back to the rule."""

from datetime import UTC, datetime
from hashlib import sha256

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer_points import LONGEST_WORDS, to_customer
from club.approvals.models import came_by, waiting_of
from club.approvals.rules import Kind
from club.approvals.service import (
    TierChange,
    TierEffect,
    change_tier,
    give_back_tier,
    preview_back_to_rule,
    preview_tier,
)
from club.errors import AlreadyPosted, EndNotAhead, ReasonMissing, Refusal, UnknownRung
from club.members.household import is_household
from club.members.models import Known, the_member
from club.permissions import Permission
from club.tiers.models import StatusView, ladder_on, status_of
from club.tiers.rules import Fall, How, Ladder
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, Needed, OnceKeyField, TextAreaField, once
from web.languages import in_language
from web.programme import today
from web.refusing import refused
from web.visitors import staff


class TierForm(Form):
    """Which tier, until when, and why."""

    rung = SelectField(_l("Tier"))
    until = DayField(_l("Last day"))
    words = TextAreaField(_l("Reason"), [Needed(_l("Enter the reason."))], longest=LONGEST_WORDS, rows=2)
    key = OnceKeyField()
    shown = HiddenField()
    """What the effect was worked out from; saving something else shows the effect again."""

    def offer(self, ladder: Ladder) -> None:
        """The rungs of the ladder, the first one first; it needs no last day."""
        self.rung.choices = [SelectChoice(rung.key, in_language(rung.name)) for rung in ladder.rungs]

    def change(self, person_id: int, account_id: int) -> TierChange:
        """What was typed, as a value."""
        key = once(self.key.data or "", account_id)
        return TierChange(person_id, self.rung.data, self.until.data, self.words.data or "", key)


class BackForm(Form):
    """Why a tier given by hand ends."""

    words = TextAreaField(_l("Reason"), [Needed(_l("Enter the reason."))], longest=LONGEST_WORDS, rows=2)


@admin.route("/customers/<int:person_id>/tier", methods=["GET", "POST"])
@staff_only(Permission.ADJUST_POINTS)
def customers_tier(person_id: int) -> ResponseReturnValue:
    """Give a tier by hand."""
    member = the_member(db(), person_id)
    form = _form(person_id)
    if not form.validate_on_submit():
        return _page(member, form, BackForm(formdata=None), None), 422 if form.errors else 200
    who = staff()
    change = form.change(person_id, who.account_id)
    try:
        return _shown_or_saved(member, form, change)
    except AlreadyPosted:
        flash(_("This was saved already. It counts once."), "info")
        return to_customer(person_id)
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        return refused(_page(member, form, BackForm(formdata=None), None), refusal)


@admin.post("/customers/<int:person_id>/tier/back")
@staff_only(Permission.SET_TIER_BY_HAND)
def customers_tier_back(person_id: int) -> ResponseReturnValue:
    """End a tier given by hand: the rule decides again."""
    member = the_member(db(), person_id)
    form = BackForm()
    who = staff()
    if form.validate_on_submit():
        try:
            give_back_tier(db(), person_id, form.words.data, who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("The rule decides again: %(name)s.", name=member.full_name), "success")
            return to_customer(person_id)
    return _page(member, _form(person_id, empty=True), form, None), 422


def at_the_end(ladder: Ladder, held: StatusView) -> str:
    """What happens after the last day of a term, by the ladder of today."""
    if held.until is None:
        return _("It has no last day: the rule decides with every purchase.")
    if ladder.fall is Fall.NEVER:
        return _("Nobody falls in this ladder: the tier is renewed when its last day comes.")
    if ladder.fall is Fall.STANDING:
        then = _("If purchases do not reach it by then, it falls to where they put the member.")
    else:
        lower = in_language(ladder.rungs[ladder.lower(held.rank)].name)
        then = _("If purchases do not reach it by then, it falls to %(tier)s.", tier=lower)
    if not ladder.grace_days:
        return then
    grace = ngettext(
        "There is %(num)d day of grace before that.", "There are %(num)d days of grace before that.", ladder.grace_days
    )
    return f"{then} {grace}"


def _form(person_id: int, *, empty: bool = False) -> TierForm:
    day = today()
    ladder = ladder_on(db(), day).ladder
    held = status_of(db(), person_id, day)
    usual = {"rung": held.key, "until": ladder.term_end(1, day)}
    form = TierForm(formdata=None, **usual) if empty else TierForm(**usual)
    form.offer(ladder)
    return form


def _shown_or_saved(member: Known, form: TierForm, change: TierChange) -> ResponseReturnValue:
    """The effect, until the button under the effect of this very change is pressed."""
    who, now = staff(), datetime.now(UTC)
    assert change.once is not None
    if came_by(db(), change.once) is not None:
        raise AlreadyPosted
    effect = preview_tier(db(), change, who.account_id, who.role, now)
    fingerprint = _fingerprint(change, effect)
    wants_to_save = request.form.get("do") == "save"
    if not wants_to_save or form.shown.data != fingerprint:
        form.shown.data = fingerprint
        return _page(member, form, BackForm(formdata=None), effect, has_changed=wants_to_save)
    outcome = change_tier(db(), change, who.account_id, who.role, now)
    if outcome.is_done:
        tier = in_language(effect.after.rung.name)
        flash(_("Saved. Tier of %(name)s: %(tier)s.", name=member.full_name, tier=tier), "success")
    else:
        flash(_("Asked. A second person has to say yes; until then nothing changes."), "info")
    return to_customer(member.person_id)


def _page(
    member: Known, form: TierForm, back: BackForm, effect: TierEffect | None, *, has_changed: bool = False
) -> str:
    day = today()
    held = effect.before if effect else status_of(db(), member.person_id, day)
    ladder = ladder_on(db(), day).ladder
    is_by_hand = held.how is How.HAND
    return render_template(
        "admin/customers_tier.html",
        member=member,
        form=form,
        back=back,
        effect=effect,
        has_changed=has_changed,
        held=held,
        end_of_held=at_the_end(ladder, held),
        end_of_new=at_the_end(ladder, effect.after) if effect else "",
        is_by_hand=is_by_hand,
        by_the_rule=preview_back_to_rule(db(), member.person_id, datetime.now(UTC)) if is_by_hand else None,
        longest=ladder.term_end(1, day),
        is_own=is_household(db(), staff().account_id, member.person_id),
        waiting=waiting_of(db(), member.person_id, Kind.TIER),
    )


def _fingerprint(change: TierChange, effect: TierEffect) -> str:
    seen = (change.rung_key, change.until, change.why, effect.before.id, effect.before.key, effect.waits)
    return sha256(repr(seen).encode()).hexdigest()[:32]


def _field_of(form: TierForm, refusal: Refusal) -> Field | None:
    match refusal:
        case EndNotAhead():
            return form.until
        case UnknownRung():
            return form.rung
        case ReasonMissing():
            return form.words
    return None

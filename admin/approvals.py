"""What waits for a second person: mine to decide, asked by me, decided lately."""

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.customer_points import LONGEST_WORDS
from club.approvals.models import asked_by, decided_lately, request, to_decide
from club.approvals.rules import State
from club.approvals.service import approve, refuse, take_note, withdraw
from club.errors import AlreadyDecided, ReasonMissing, Refusal
from club.members.household import is_household
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, TextAreaField
from web.navigation import may_do
from web.refusing import refused
from web.visitors import staff

LATELY = timedelta(days=30)

STATES = {
    State.APPROVED: _l("Approved"),
    State.REFUSED: _l("Refused"),
    State.WITHDRAWN: _l("Taken back"),
    State.EXPIRED: _l("Nobody decided in 14 days"),
    State.WAITING: _l("Waiting"),
    State.AT_ONCE: _l("Done at once"),
}


class DecisionForm(Form):
    """What the second person says."""

    words = TextAreaField(_l("Your words"), longest=LONGEST_WORDS, rows=2)


@admin.get("/approvals")
@staff_only(Permission.ADJUST_POINTS)
def approvals() -> ResponseReturnValue:
    """Everything that waits for me, and what became of what I asked for."""
    who, now = staff(), datetime.now(UTC)
    return render_template(
        "admin/approvals.html",
        mine=to_decide(db(), who.account_id, who.role),
        asked=asked_by(db(), who.account_id),
        decided=decided_lately(db(), who.account_id, who.role, now - LATELY),
        states=STATES,
    )


@admin.get("/approvals/<int:approval_id>")
@staff_only(Permission.ADJUST_POINTS)
def approvals_one(approval_id: int) -> ResponseReturnValue:
    """One request with its effect now, and the two buttons."""
    return _page(approval_id, DecisionForm())


@admin.post("/approvals/<int:approval_id>/approve")
@staff_only(Permission.APPROVE)
def approvals_approve(approval_id: int) -> ResponseReturnValue:
    """Say yes: it is done."""
    form = DecisionForm()
    who = staff()
    if form.validate_on_submit():
        try:
            approve(db(), approval_id, form.words.data or "", who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.refuse(refusal)
            return refused(_page(approval_id, form), refusal)
        flash(_("Approved. It is done."), "success")
        return redirect(url_for("admin.approvals"), 303)
    return _page(approval_id, form), 422


@admin.post("/approvals/<int:approval_id>/refuse")
@staff_only(Permission.APPROVE)
def approvals_refuse(approval_id: int) -> ResponseReturnValue:
    """Say no, with the reason."""
    form = DecisionForm()
    who = staff()
    if form.validate_on_submit():
        try:
            refuse(db(), approval_id, form.words.data or "", who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.refuse(refusal, form.words if isinstance(refusal, ReasonMissing) else None)
            return refused(_page(approval_id, form), refusal)
        flash(_("Refused. Nothing was changed; the asker reads your words here."), "success")
        return redirect(url_for("admin.approvals"), 303)
    return _page(approval_id, form), 422


@admin.post("/approvals/<int:approval_id>/withdraw")
@staff_only(Permission.ADJUST_POINTS)
def approvals_withdraw(approval_id: int) -> ResponseReturnValue:
    """Take one's own request back."""
    try:
        withdraw(db(), approval_id, staff().account_id, datetime.now(UTC))
    except AlreadyDecided as refusal:
        form = DecisionForm(formdata=None)
        form.refuse(refusal)
        return refused(_page(approval_id, form), refusal)
    flash(_("Taken back. Nothing was changed."), "success")
    return redirect(url_for("admin.approvals"), 303)


@admin.post("/approvals/<int:approval_id>/noted")
@staff_only(Permission.ADJUST_POINTS)
def approvals_noted(approval_id: int) -> ResponseReturnValue:
    """The asker has read what was decided."""
    take_note(db(), approval_id, staff().account_id, datetime.now(UTC))
    flash(_("Noted. It stays in the list of what was decided."), "success")
    return redirect(url_for("admin.tasks" if may_do("keep_customers") else "admin.approvals"), 303)


def _page(approval_id: int, form: DecisionForm) -> str:
    who = staff()
    one = request(db(), approval_id)
    is_own = is_household(db(), who.account_id, one.person_id)
    return render_template(
        "admin/approvals_one.html",
        one=one,
        form=form,
        is_waiting=one.state is State.WAITING,
        is_asker=one.asked_by == who.account_id,
        is_own=is_own,
        is_news=one.decided_at is not None and one.seen_at is None and one.state is not State.WITHDRAWN,
        states=STATES,
    )

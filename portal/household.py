"""The own household: who belongs to it, whose points can be spent, inviting, saying yes or no, leaving."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from club.errors import OwnInvitation, Refusal, SoughtMissing
from club.household import service
from club.household.models import household_id_of, invitations_of, invited_by, members_of
from club.household.rules import LONGEST_SOUGHT
from portal import portal
from web.access import members_only
from web.database import db
from web.forms import Form, Needed, TextField
from web.glance import balance_today, lent_today
from web.messages import words_for
from web.programme import programme, today
from web.refusing import refused
from web.visitors import member_id, visitor


class InviteForm(Form):
    """Whom to ask, and whether the first of a household shares points."""

    sought = TextField(
        _l("E-mail address or member number"),
        [Needed(_l("Enter the e-mail address or the member number."))],
        longest=LONGEST_SOUGHT,
        render_kw={"autocomplete": "off"},
    )
    share = BooleanField(_l("We may spend each other's points"))


class AnswerForm(Form):
    """Yes, with points or without."""

    share = BooleanField(_l("We may spend each other's points"))


class SureForm(Form):
    """Only the button under what happens."""


@portal.route("/me/household", methods=["GET", "POST"])
@members_only
def household() -> ResponseReturnValue:
    """Who is there, and asking one more. The answer is the same whoever was asked."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    sought, share = form.sought.data or "", bool(form.share.data)
    try:
        service.invite(db(), member_id(), sought, share=share, by=_account_id(), now=datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.sought if isinstance(refusal, SoughtMissing | OwnInvitation) else None)
        return refused(_page(form), refusal)
    flash(_("Asked. If a member has this address or number, they have a mail now and 14 days to answer."), "success")
    return redirect(url_for("portal.household"), 303)


@portal.post("/me/household/invitations/<int:invitation_id>/accept")
@members_only
def household_accept(invitation_id: int) -> ResponseReturnValue:
    """Join."""
    share = bool(AnswerForm().share.data)

    def act(now: datetime) -> None:
        service.accept(db(), member_id(), invitation_id, share=share, by=_account_id(), now=now)

    return _done(act, _("You belong to this household now."))


@portal.post("/me/household/invitations/<int:invitation_id>/decline")
@members_only
def household_decline(invitation_id: int) -> ResponseReturnValue:
    """Say no; nobody is told."""

    def act(now: datetime) -> None:
        service.decline(db(), member_id(), invitation_id, by=_account_id(), now=now)

    return _done(act, _("Declined. Whoever asked is not told."))


@portal.post("/me/household/invitations/<int:invitation_id>/take-back")
@members_only
def household_take_back(invitation_id: int) -> ResponseReturnValue:
    """The invitation is no more."""

    def act(now: datetime) -> None:
        service.take_back(db(), member_id(), invitation_id, by=_account_id(), now=now)

    return _done(act, _("Taken back."))


@portal.post("/me/household/sharing")
@members_only
def household_sharing() -> ResponseReturnValue:
    """Share points, or stop at once."""
    share = bool(AnswerForm().share.data)

    def act(now: datetime) -> None:
        service.share_points(db(), member_id(), share=share, by=_account_id(), now=now)

    return _done(act, _("Saved."))


@portal.route("/me/household/leave", methods=["GET", "POST"])
@members_only
def household_leave() -> ResponseReturnValue:
    """What becomes of whose points, then going."""

    def act(now: datetime) -> None:
        service.leave(db(), member_id(), by=_account_id(), now=now)

    return _sure(act, _("You left the household. Your points are with you."), None)


@portal.route("/me/household/<int:person_id>/remove", methods=["GET", "POST"])
@members_only
def household_remove(person_id: int) -> ResponseReturnValue:
    """The same for somebody else, by whoever leads the household."""

    def act(now: datetime) -> None:
        service.remove(db(), member_id(), person_id, by=_account_id(), now=now)

    return _sure(act, _("Removed. Their points are with them."), person_id)


def _sure(act: Callable[[datetime], None], done: str, person_id: int | None) -> ResponseReturnValue:
    form = SureForm()
    if form.validate_on_submit():
        return _done(act, done)
    household_id = household_id_of(db(), member_id())
    members = members_of(db(), household_id) if household_id is not None else []
    goes = next((one for one in members if one.person_id == (person_id or member_id())), None)
    leads = any(one.leads and one.person_id == member_id() for one in members)
    if goes is None or (person_id is not None and (not leads or person_id == member_id())):
        flash(
            _("This household is no more.")
            if not members
            else _("Only whoever leads the household can remove others."),
            "warning",
        )
        return redirect(url_for("portal.household"), 303)
    return render_template(
        "portal/household_leave.html",
        form=form,
        goes=goes,
        is_me=person_id is None,
        address=url_for("portal.household_leave")
        if person_id is None
        else url_for("portal.household_remove", person_id=person_id),
        own=balance_today(member_id()).active,
        lent={one.member_id: one.points for one in lent_today(member_id())},
        ends=len(members) <= 2,
    )


def _done(act: Callable[[datetime], None], words: str) -> ResponseReturnValue:
    try:
        act(datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "warning")
    else:
        flash(words, "success")
    return redirect(url_for("portal.household"), 303)


def _page(form: InviteForm) -> str:
    club, me, now = programme(), member_id(), datetime.now(UTC)
    household_id = household_id_of(db(), me)
    members = [] if household_id is None else members_of(db(), household_id)
    lent = {one.member_id: one.points for one in lent_today(me)}
    mine = next((one for one in members if one.person_id == me), None)
    return render_template(
        "portal/household.html",
        form=form,
        answer=AnswerForm(formdata=None),
        is_open=club.households_allowed,
        members=members,
        mine=mine,
        leads=mine is None or mine.leads,
        invited=[] if household_id is None else invited_by(db(), household_id, now),
        asked=invitations_of(db(), me, now),
        lent=lent,
        own=balance_today(me).active,
        pool=balance_today(me).active + sum(lent.values()),
        today=today(),
        most=club.household_most,
        wait_days=club.household_wait_days,
    )


def _account_id() -> int:
    who = visitor()
    assert who is not None, "the route is for members"
    return who.account_id

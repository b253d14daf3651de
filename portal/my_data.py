"""What the club knows about a member: shown, taken along as one archive, and left behind."""

from dataclasses import asdict
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Any

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired

from club.access.service.passwords import check_own_password
from club.errors import LeavingOpen, Refusal, WrongCredentials
from club.points.models import balance_of
from club.privacy.known import From, known_of
from club.privacy.leaving import DAYS_TO_UNDO, leave, open_things, stay
from club.privacy.taking import write_archive
from portal import portal
from portal.signin import ButtonForm
from web.access import members_only
from web.database import db
from web.forms import Form, Needed, PasswordField
from web.languages import OWN_NAMES
from web.messages import words_for
from web.papers import uploads
from web.programme import today
from web.refusing import refused
from web.visitors import Visitor, asking, member_id, visitor

FACTS: dict[str, Any] = {
    "full_name": _l("Full name"),
    "call_name": _l("What we call you"),
    "patronymic": _l("Patronymic"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "language": _l("Language"),
    "birth_day": _l("Day of birth"),
    "birth_month": _l("Month of birth"),
    "birth_year": _l("Year of birth"),
    "profession": _l("Profession"),
    "interests": _l("Interests"),
}
ORIGINS: dict[From, Any] = {
    From.BEGINNING: _l("when you became known to the club"),
    From.MEMBER: _l("from you"),
    From.STAFF: _l("from our staff"),
    From.IMPORT: _l("from a list that the club brought along"),
}
ROWS: dict[str, Any] = {
    "purchase": _l("Purchases"),
    "points_movement": _l("Movements of points"),
    "tier_status": _l("Tiers that you held"),
    "shop_order": _l("Orders"),
    "event_answer": _l("Answers to invitations"),
    "benefit_use": _l("Benefits that you used"),
    "gift": _l("Gifts"),
    "greeting": _l("Greetings"),
    "consent": _l("What you agreed to"),
    "message": _l("Mails to you"),
    "inbox_message": _l("Messages to you"),
    "family_member": _l("Family"),
    "household_member": _l("Household"),
    "preference": _l("Likes and dislikes"),
    "interaction": _l("Notes and calls of our staff"),
    "task": _l("Tasks of our staff that concern you"),
    "lead": _l("Requests that you sent"),
    "approval": _l("Changes by hand that were asked for"),
}


class TakeForm(Form):
    """The password, because the archive holds everything."""

    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])


class LeaveForm(Form):
    """Said in words, and with the password."""

    is_sure = BooleanField(
        _l("I want to leave the club and be forgotten."), [InputRequired(_l("Tick the box if you want to leave."))]
    )
    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])


@portal.get("/me/privacy")
@members_only
def my_data() -> ResponseReturnValue:
    """What is known, from where, since when; and the way to take it along."""
    return _page(TakeForm())


@portal.post("/me/privacy/archive")
@members_only
def my_data_archive() -> ResponseReturnValue:
    """Everything as one file, made now and kept nowhere."""
    form, now, who = TakeForm(), datetime.now(UTC), _owner()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        check_own_password(db(), who.account_id, form.current.data or "", asking(), now)
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_page(form), refusal)
    made = TemporaryFile()  # noqa: SIM115 - closed once it is sent
    write_archive(db(), uploads(), member_id(), made, by=who.account_id, now=now)
    made.seek(0)
    name = f"my-data-{today().isoformat()}.zip"
    return _unkept(send_file(made, "application/zip", as_attachment=True, download_name=name))


@portal.route("/me/leave", methods=["GET", "POST"], endpoint="leave")
@members_only
def leave_page() -> ResponseReturnValue:
    """What is lost, what stays, and the button."""
    form, now, who = LeaveForm(), datetime.now(UTC), _owner()
    if not form.validate_on_submit():
        return _leave_page(form, now), 422 if form.errors else 200
    try:
        leave(db(), member_id(), who.account_id, password=form.current.data or "", asking=asking(), now=now)
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_leave_page(form, now), refusal)
    return redirect(url_for("portal.leave"), 303)


@portal.post("/me/stay", endpoint="stay")
@members_only
def stay_after_all() -> ResponseReturnValue:
    """Everything is as it was."""
    if ButtonForm().validate_on_submit() and stay(db(), member_id(), _owner().account_id, datetime.now(UTC)):
        flash(_("You stay a member. Nothing was lost."), "success")
    return redirect(url_for("portal.home"), 303)


def _page(form: TakeForm) -> str:
    known = known_of(db(), member_id())
    return render_template(
        "portal/my_data.html",
        form=form,
        known=known,
        facts=FACTS,
        origins=ORIGINS,
        rows=ROWS,
        languages=OWN_NAMES,
    )


def _leave_page(form: LeaveForm, now: datetime) -> str:
    who = member_id()
    waiting = open_things(db(), who, now)
    return render_template(
        "portal/leave.html",
        form=form,
        days=DAYS_TO_UNDO,
        points=balance_of(db(), who, today()).active,
        waits=words_for(LeavingOpen(**asdict(waiting))) if waiting.is_anything else "",
    )


def _explain(form: TakeForm | LeaveForm, refusal: Refusal) -> None:
    if isinstance(refusal, WrongCredentials):
        form.current.errors = [_("This is not the password that you use now.")]
    else:
        form.refuse(refusal)


def _unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _owner() -> Visitor:
    who = visitor()
    assert who is not None, "the route is for members"
    return who

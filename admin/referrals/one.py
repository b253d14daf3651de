"""One friend: how far they are, what speaks against it, and the decision."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from admin import admin
from admin.referrals.words import CAUSES, WAYS, evidence_words
from club.accounts.models import names_of_accounts
from club.errors import ReasonMissing, Refusal
from club.members.models import names_of, people_of
from club.permissions import Permission
from club.referrals import service
from club.referrals.listing import Listed, the_referral
from club.referrals.models import all_terms
from club.referrals.rules import MOVES, State
from club.referrals.service.deciding import LONGEST_WHY
from web import referrals as words
from web.access import staff_only
from web.database import db
from web.forms import Form, TextAreaField
from web.refusing import refused
from web.visitors import staff

LONGEST_VERSION = 9


class DecisionForm(Form):
    """Why, and which state of it was looked at."""

    why = TextAreaField(_l("Reason"), longest=LONGEST_WHY, rows=3)
    version = HiddenField()

    @property
    def seen(self) -> int:
        """The state that the form was filled from; 0, which none has, where it says nonsense."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0


Deciding = Callable[..., None]


@admin.get("/referrals/<int:referral_id>")
@staff_only(Permission.SEE_MEMBERS)
def referrals_one(referral_id: int) -> ResponseReturnValue:
    """The way of one friend, and the evidence."""
    one = the_referral(db(), referral_id)
    return _page(one, DecisionForm(version=str(one.version)))


@admin.post("/referrals/<int:referral_id>/approve")
@staff_only(Permission.MANAGE_REFERRALS)
def referrals_approve(referral_id: int) -> ResponseReturnValue:
    """It counts; the night rewards it once it is due."""
    return _decide(referral_id, service.approve, _("Approved. The night rewards both once it is due."))


@admin.post("/referrals/<int:referral_id>/refuse")
@staff_only(Permission.MANAGE_REFERRALS)
def referrals_refuse(referral_id: int) -> ResponseReturnValue:
    """It does not count."""
    return _decide(referral_id, service.refuse, _("Refused. Nobody is rewarded for it."))


@admin.post("/referrals/<int:referral_id>/hold")
@staff_only(Permission.MANAGE_REFERRALS)
def referrals_hold(referral_id: int) -> ResponseReturnValue:
    """It waits until somebody decides."""
    return _decide(referral_id, service.put_on_hold, _("Laid aside. Nobody is rewarded before somebody decides."))


def _decide(referral_id: int, act: Deciding, done: str) -> ResponseReturnValue:
    form, who = DecisionForm(), staff()
    one = the_referral(db(), referral_id)
    if not form.validate_on_submit():
        return _page(one, form), 422
    try:
        act(db(), referral_id, form.seen, form.why.data or "", who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.why if isinstance(refusal, ReasonMissing) else None)
        one = the_referral(db(), referral_id)
        form.version.data = str(one.version)
        return refused(_page(one, form), refusal)
    flash(done, "success")
    return redirect(url_for("admin.referrals_one", referral_id=referral_id), 303)


def _page(one: Listed, form: DecisionForm) -> str:
    terms = all_terms(db())[one.terms_id]
    names = names_of(db(), [signal.person_id for signal in one.evidence if signal.person_id is not None])
    own = people_of(db(), staff().account_id) & {one.referrer_id, one.friend_id}
    given: dict[str, Any] = {
        "decider": names_of_accounts(db(), [one.decided_by]).get(one.decided_by) if one.decided_by else None
    }
    return render_template(
        "admin/referrals_one.html",
        one=one,
        form=form,
        terms=terms,
        promised=words.promise(terms, words.titles_of(terms), one.referrer),
        names=names,
        is_own=bool(own),
        may_approve=State.JOINED in MOVES[one.state] and one.state is State.REVIEW,
        may_refuse=State.REFUSED in MOVES[one.state] and one.friend_id is not None,
        may_hold=State.REVIEW in MOVES[one.state] and one.friend_id is not None,
        evidence_words=evidence_words,
        states=words.STATES,
        marks=words.MARKS,
        causes=CAUSES,
        ways=WAYS,
        **given,
    )

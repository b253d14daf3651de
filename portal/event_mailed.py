"""The answer from a mail: the link opens the page with the answer chosen, one button sends it. Nobody signs in."""

from datetime import UTC, datetime

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from club.errors import EventFull, LinkExpired, Refusal
from club.events.models import former_for
from club.events.reading.mine import Mailed, mailed_by_key
from club.events.rules import Answer, State
from club.events.service import answer_mailed
from portal import portal
from portal.event_forms import PartyForm, party_form, wants_another_row
from portal.event_view import comes_back, member_or_none
from web import event_words as words
from web.access import open_to_all
from web.database import db
from web.payment_pages import private
from web.refusing import refused

HOLDS = frozenset({Answer.GOING, Answer.OFFERED, Answer.WAITLIST})


@portal.route("/events/answer/<key>", methods=["GET", "POST"])
@open_to_all
def event_mailed(key: str) -> ResponseReturnValue:
    """For whoever has the mail: the answer of its reader to its event, and nothing else."""
    mailed = _behind(key)
    form = party_form(mailed.view.event, mailed.party)
    is_going = (request.form if request.method == "POST" else request.args).get("answer") != "not_going"
    if request.method != "POST" or wants_another_row():
        return _page(key, mailed, form, is_going=is_going)
    if not form.validate_on_submit():
        return _page(key, mailed, form, is_going=is_going, status=422)
    party = form.party()
    price = party.seats * mailed.view.event.points
    is_agreed = form.agreed.data == str(price) or not _is_paid_now(mailed)
    if is_going and price and not is_agreed:
        return _page(key, mailed, form, is_going=True)
    try:
        done = answer_mailed(
            db(), key, going=is_going, party=party, now=datetime.now(UTC),
            or_waitlist=request.form.get("waitlist") == "yes",
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(
            _page(key, _behind(key), form, is_going=is_going, is_full=isinstance(refusal, EventFull)), refusal
        )
    return redirect(url_for("portal.ticket", key=done.key), 303)


def _behind(key: str) -> Mailed:
    try:
        return mailed_by_key(db(), key)
    except LinkExpired:
        abort(404)


def _is_paid_now(mailed: Mailed) -> bool:
    """Whether saying yes takes points at once: not for whoever gets into the line."""
    return mailed.answer is Answer.OFFERED or mailed.view.left > 0


def _page(
    key: str, mailed: Mailed, form: PartyForm, *, is_going: bool, is_full: bool = False, status: int = 200
) -> Response:
    event, now = mailed.view.event, datetime.now(UTC)
    holds = mailed.answer in HOLDS
    is_open = mailed.view.state is State.PUBLISHED and now < event.starts_at
    price = form.party().seats * event.points
    form.agreed.data = str(price)
    page = render_template(
        "portal/event_mailed.html",
        key=key,
        mailed=mailed,
        view=mailed.view,
        form=form,
        is_going=is_going,
        is_full=is_full or (mailed.view.left < 1 and not holds),
        is_open=is_open,
        is_late=not holds and now >= event.last_moment,
        is_adding=wants_another_row(),
        price=price if _is_paid_now(mailed) else 0,
        comes_back_words=comes_back(event),
        former=former_for(db(), mailed.view, mailed.heard_at, now),
        is_reader=member_or_none() == mailed.person_id,
        words=words,
    )
    return private(make_response(page, status))

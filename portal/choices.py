"""Which mails somebody gets: on their own page, and without signing in behind the key that stands in mails.

A GET changes nothing, as mail programs look at addresses by themselves. The page behind a key says nothing of its
reader but these choices: mails are passed on.
"""

from datetime import UTC, date, datetime
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from club.clock import add_months
from club.contact.choices import Often, whose_key
from club.contact.preferring import Saying, Wanted, prefer, stop, stop_all, wanted_by
from club.contact.rules import REFUSABLE, Topic
from club.members.editing import consents_of
from portal import portal
from web.access import members_only, open_to_all
from web.consent_words import PURPOSES, WAYS, came_by
from web.database import db
from web.formats import day
from web.forms import Form
from web.languages import language
from web.messages_words import TOPICS, WHAT_COMES
from web.payment_pages import private
from web.programme import today
from web.security import csrf
from web.visitors import member_id

ALL = "all"
PAUSES = (1, 3, 6)
KEEP, NONE = "keep", "none"


class ChoicesForm(Form):
    """A box for each topic and way, how often, and a pause."""

    points = BooleanField(TOPICS[Topic.POINTS])
    statement = BooleanField(TOPICS[Topic.STATEMENT])
    events = BooleanField(TOPICS[Topic.EVENTS])
    offers = BooleanField(TOPICS[Topic.OFFERS])
    news = BooleanField(TOPICS[Topic.NEWS])
    greetings = BooleanField(TOPICS[Topic.GREETINGS])
    by_phone = BooleanField(_l("News by phone or text message"))
    by_post = BooleanField(_l("News by post"))
    often = SelectField(
        _l("Offers by mail come"),
        choices=[
            SelectChoice(Often.EACH.value, _l("each by itself")),
            SelectChoice(Often.WEEKLY.value, _l("together in one mail, on Mondays")),
            SelectChoice(Often.MONTHLY.value, _l("together in one mail, on the first of the month")),
        ],
    )
    pause = SelectField(_l("A pause"))

    def wanted(self, before: Wanted) -> Wanted:
        """What was chosen, as a value."""
        topics = frozenset(topic for topic in REFUSABLE if self[topic.value].data)
        until = _until(self.pause.data, before.paused_until)
        return Wanted(topics, bool(self.by_phone.data), bool(self.by_post.data), until, Often(self.often.data))


@portal.route("/me/preferences", methods=["GET", "POST"])
@members_only
def choices() -> ResponseReturnValue:
    """All choices, and every answer that was given."""
    who = member_id()
    before = wanted_by(db(), who)
    form = _form(before)
    if form.validate_on_submit():
        prefer(db(), who, form.wanted(before), Saying("preferences", language()), datetime.now(UTC))
        flash(_("Saved. It holds from now on."), "success")
        return redirect(url_for("portal.choices"), 303)
    page = render_template(
        "portal/choices.html",
        form=form,
        topics=REFUSABLE,
        what_comes=WHAT_COMES,
        said=consents_of(db(), who),
        purposes=PURPOSES,
        ways=WAYS,
        came_by=came_by,
    )
    return page, 422 if form.errors else 200


@portal.post("/me/preferences/stop")
@members_only
def choices_stop() -> ResponseReturnValue:
    """Nothing any more that can be refused."""
    stop_all(db(), member_id(), Saying("preferences", language()), datetime.now(UTC))
    flash(_("Done. From now on you get only what you asked for or what we have to tell you."), "success")
    return redirect(url_for("portal.choices"), 303)


@portal.route("/p/<key>", methods=["GET", "POST"])
@open_to_all
def choices_mailed(key: str) -> ResponseReturnValue:
    """The same choices for whoever has the mail."""
    who = whose_key(db(), key)
    if who is None:
        return _gone()
    before = wanted_by(db(), who)
    form = _form(before)
    if form.validate_on_submit():
        prefer(db(), who, form.wanted(before), Saying("mail", language()), datetime.now(UTC))
        flash(_("Saved. It holds from now on."), "success")
        return private(redirect(url_for("portal.choices_mailed", key=key), 303))  # type: ignore[arg-type]  # of our own class
    page = render_template("portal/choices_mailed.html", form=form, key=key, topics=REFUSABLE, what_comes=WHAT_COMES)
    return private(make_response(page, 422 if form.errors else 200))


@portal.get("/p/<key>/stop/<kind>")
@open_to_all
def choices_mailed_stop(key: str, kind: str) -> ResponseReturnValue:
    """One button that ends mails of one kind."""
    who = whose_key(db(), key)
    if who is None or kind not in {*REFUSABLE, ALL}:
        return _gone()
    return _stop_page(key, kind, is_stopped=not _still_comes(wanted_by(db(), who), kind))


@portal.post("/p/<key>/stop/<kind>")
@csrf.exempt
@open_to_all
def choices_mailed_stopped(key: str, kind: str) -> ResponseReturnValue:
    """They end at once: by that button, or by the mail program itself (RFC 8058), which knows no form key."""
    who = whose_key(db(), key)
    if who is None or kind not in {*REFUSABLE, ALL}:
        return _gone()
    is_program = request.form.get("List-Unsubscribe") == "One-Click"
    saying, now = Saying("mailbox" if is_program else "mail", language()), datetime.now(UTC)
    if kind == ALL:
        stop_all(db(), who, saying, now)
    else:
        stop(db(), who, Topic(kind), saying, now)
    return _stop_page(key, kind, is_stopped=True)


def _stop_page(key: str, kind: str, *, is_stopped: bool) -> Response:
    what: Any = _("All news") if kind == ALL else TOPICS[Topic(kind)]
    page = render_template("portal/choices_stop.html", key=key, kind=kind, what=what, is_stopped=is_stopped)
    return private(make_response(page))


def _still_comes(wanted: Wanted, kind: str) -> bool:
    return bool(wanted.topics) or wanted.by_phone or wanted.by_post if kind == ALL else Topic(kind) in wanted.topics


def _gone() -> Response:
    return private(make_response(render_template("portal/choices_gone.html"), 404))


def _form(before: Wanted) -> ChoicesForm:
    shown = {topic.value: topic in before.topics for topic in REFUSABLE}
    form = ChoicesForm(
        data={**shown, "by_phone": before.by_phone, "by_post": before.by_post, "often": before.often.value}
    )
    form.pause.choices = [SelectChoice(NONE, _("No pause"))]
    if before.paused_until is not None and before.paused_until > today():
        form.pause.choices = [
            SelectChoice(KEEP, _("As it is: until %(day)s", day=day(before.paused_until))),
            SelectChoice(NONE, _("End the pause")),
        ]
    for months in PAUSES:
        form.pause.choices.append(SelectChoice(str(months), _("Until %(day)s", day=day(_in_months(months)))))
    return form


def _until(pause: str, before: date | None) -> date | None:
    if pause == KEEP:
        return before
    return None if pause == NONE else _in_months(int(pause))


def _in_months(months: int) -> date:
    return add_months(today(), months)

"""Events for everybody: what comes and what was, one event by itself, and a word when there is a next programme."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.errors import Refusal
from club.events.models import EventView
from club.events.reading.mine import public_events
from club.events.reading.pictures import first_pictures
from club.events.rules import Kind
from club.events.service.strangers import Stranger, ask_for_news
from portal import portal
from portal.event_forms import TellMeForm
from portal.event_view import member_or_none, member_page, public_page, shown_to_all, shown_to_member
from web import event_words as words
from web.access import open_to_all
from web.database import db
from web.formats import club_date, month
from web.forms import Form
from web.languages import language
from web.refusing import refused
from web.visitors import asking

MOST = 60
MOST_PAST = 12


class FilterForm(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    month = SelectField(_l("Month"))
    kind = SelectField(_l("Kind of event"))


@portal.get("/events")
@open_to_all
def events() -> ResponseReturnValue:
    """Cards of what comes, then of what was."""
    return _list(TellMeForm(formdata=None))


@portal.post("/events/tell-me")
@open_to_all
def events_tell_me() -> ResponseReturnValue:
    """Whoever wants to hear of the next programme. The answer is the same for known and unknown addresses."""
    form = TellMeForm()
    if not form.validate_on_submit():
        return _list(form), 422
    if not form.website.data:
        try:
            who = Stranger(form.name.data or "", form.email.data or "", language())
            ask_for_news(db(), who, asking(), datetime.now(UTC))
        except Refusal as refusal:
            form.refuse(refusal)
            return refused(_list(form), refusal)
    return redirect(url_for("portal.events_told"), 303)


@portal.get("/events/noted")
@open_to_all
def events_told() -> ResponseReturnValue:
    """It is noted."""
    return render_template("portal/events_told.html", is_member=member_or_none() is not None)


@portal.get("/events/<int:event_id>")
@open_to_all
def event(event_id: int) -> ResponseReturnValue:
    """One event: for members with their answer, for others with a way to come, if there is one."""
    who = member_or_none()
    if who is None:
        return public_page(shown_to_all(event_id))
    return member_page(shown_to_member(event_id, who))


def _list(tell_me: TellMeForm) -> str:
    now = datetime.now(UTC)
    coming = public_events(db(), now, limit=MOST)
    past = public_events(db(), now, past=True, limit=MOST_PAST)
    form = _filter_of(coming)
    shown = [view for view in coming if _is_chosen(view, form)]
    return render_template(
        "portal/events.html",
        is_member=member_or_none() is not None,
        coming=shown,
        has_coming=bool(coming),
        is_filtered=len(shown) < len(coming) or bool(form.month.data or form.kind.data),
        past=past,
        images=first_pictures(db(), [view.id for view in (*shown, *past)]),
        form=form,
        tell_me=tell_me,
        words=words,
    )


def _filter_of(coming: Sequence[EventView]) -> FilterForm:
    """Only what there is can be chosen; an address that asks for something else gets the whole list."""
    months = {_month_of(view): month(club_date(view.event.starts_at)) for view in coming}
    kinds = {view.event.kind for view in coming}
    asked = {"month": request.args.get("month", ""), "kind": request.args.get("kind", "")}
    if asked["month"] not in months:
        asked["month"] = ""
    if asked["kind"] not in kinds:
        asked["kind"] = ""
    form = FilterForm(MultiDict(asked))
    form.month.choices = [SelectChoice("", _("All months")), *(SelectChoice(key, said) for key, said in months.items())]
    offered = [SelectChoice(kind.value, words.KINDS[kind]) for kind in Kind if kind in kinds]
    form.kind.choices = [SelectChoice("", _("All kinds")), *offered]
    return form


def _is_chosen(view: EventView, form: FilterForm) -> bool:
    is_month = form.month.data in {"", _month_of(view)}
    return is_month and form.kind.data in {"", view.event.kind.value}


def _month_of(view: EventView) -> str:
    return f"{club_date(view.event.starts_at):%Y-%m}"

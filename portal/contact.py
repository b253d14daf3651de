"""Whoever wants to be contacted: the club's own page, the forms that staff wrote, and both on a screen at a stand."""

from datetime import UTC, datetime

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from club.errors import (
    BadEmail,
    BadPhone,
    ContactMissing,
    NameMissing,
    NotFound,
    Refusal,
    SentTooFast,
    TextTooLong,
)
from club.leads.models import form_at
from club.leads.rules import CONTACT_SLUG, REACHED_BY, new_reference
from club.pipeline.service import receive
from portal import portal
from web.access import open_to_all
from web.database import db
from web.languages import locale_of
from web.leads import RequestForm, Shown, host_of, shown_form, standard_form
from web.lists import asked_for
from web.programme import programme
from web.refusing import refused
from web.trap import shown_now
from web.visitors import asking

SENT = "lead_sent"
KIOSK_SECONDS = 20
"""After so long a screen that many people use shows the empty form again."""
FORM_SECONDS = 180
"""The same for a form that somebody began and left."""


@portal.route("/contact", methods=["GET", "POST"])
@open_to_all
def contact() -> ResponseReturnValue:
    """The club's own page: standard words, or the form that staff wrote under this address."""
    try:
        kept = form_at(db(), CONTACT_SLUG)
    except NotFound:
        return _answer(standard_form(), CONTACT_SLUG)
    return _answer(shown_form(kept) if kept.content.is_active else standard_form(), CONTACT_SLUG)


@portal.route("/l/<slug>", methods=["GET", "POST"])
@open_to_all
def lead_form(slug: str) -> ResponseReturnValue:
    """A form that staff wrote; where a request comes from is kept with it."""
    kept = form_at(db(), slug)
    if not kept.content.is_active:
        return render_template("portal/contact_closed.html"), 410
    return _answer(shown_form(kept), slug)


@portal.get("/contact/sent")
@portal.get("/l/<slug>/sent", endpoint="lead_form_sent")
@open_to_all
def contact_sent(slug: str = CONTACT_SLUG) -> ResponseReturnValue:
    """The reference, and what happens now. At a kiosk it is shown once, then the form is empty again."""
    sent = session.get(SENT)
    if not isinstance(sent, dict) or sent.get("slug") != slug:
        return redirect(_page_of(slug, kiosk=_is_kiosk()), 303)
    if _is_kiosk():
        session.pop(SENT)
    return _uncached(
        render_template(
            "portal/contact_sent.html",
            name=sent["name"],
            reference=sent["reference"],
            thanks=sent["thanks"],
            again=_page_of(slug, kiosk=_is_kiosk()),
            clears_after=KIOSK_SECONDS if _is_kiosk() else None,
        )
    )


def _answer(shown: Shown, slug: str) -> ResponseReturnValue:
    kiosk = shown.is_kiosk and _is_kiosk()
    form = RequestForm()
    form.ask_only(shown)
    if not form.is_submitted():
        form.shown.data, form.came.data = shown_now(), host_of(request.referrer)
        form.campaign.data = asked_for("utm_campaign") or asked_for("c")
        return _uncached(_form_page(form, shown, slug, kiosk=kiosk))
    if not form.validate():
        return _uncached(_form_page(form, shown, slug, kiosk=kiosk), 422)
    if form.is_trapped:
        return _thank(form, shown, slug, new_reference(), kiosk=kiosk)
    try:
        form.check_time()
        kept = receive(db(), form.lead(shown), asking(), _task(), datetime.now(UTC), is_kiosk=kiosk)
    except Refusal as refusal:
        _explain(form, refusal)
        return refused(_form_page(form, shown, slug, kiosk=kiosk), refusal)
    return _thank(form, shown, slug, kept.reference, kiosk=kiosk)


def _thank(form: RequestForm, shown: Shown, slug: str, reference: str, *, kiosk: bool) -> ResponseReturnValue:
    session[SENT] = {"slug": slug, "name": form.name.data, "reference": reference, "thanks": shown.thanks}
    mark = "1" if kiosk else None
    if slug == CONTACT_SLUG:
        return redirect(url_for("portal.contact_sent", kiosk=mark), 303)
    return redirect(url_for("portal.lead_form_sent", slug=slug, kiosk=mark), 303)


def _form_page(form: RequestForm, shown: Shown, slug: str, *, kiosk: bool) -> str:
    both = set(REACHED_BY) <= set(shown.fields)
    return render_template(
        "portal/ask_us.html",
        form=form,
        shown=shown,
        fields=[form[one.value] for one in shown.fields],
        either=next((one.value for one in shown.fields if one in REACHED_BY), "") if both else "",
        action=_page_of(slug, kiosk=kiosk),
        kiosk=kiosk,
        clears_after=FORM_SECONDS if kiosk else None,
    )


def _page_of(slug: str, *, kiosk: bool) -> str:
    mark = "1" if kiosk else None
    return (
        url_for("portal.contact", kiosk=mark)
        if slug == CONTACT_SLUG
        else url_for("portal.lead_form", slug=slug, kiosk=mark)
    )


def _is_kiosk() -> bool:
    return asked_for("kiosk") == "1"


def _task() -> str:
    """The words of the colleague's task, in the club's own language whatever the reader's is."""
    club = programme()
    with force_locale(str(locale_of(club.main_language, club.country))):
        return _("Answer a request to be contacted")


def _uncached(page: str, status: int = 200) -> Response:
    """Whoever goes back at a screen that others used sees nothing of theirs."""
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _explain(form: RequestForm, refusal: Refusal) -> None:
    fields: dict[type[Refusal], str] = {
        NameMissing: "name",
        BadEmail: "email",
        BadPhone: "phone",
        ContactMissing: "email" if "email" in form else "phone",
        TextTooLong: "message",
    }
    name = fields.get(type(refusal), "")
    form.refuse(refusal, form[name] if name and name in form else None)
    if isinstance(refusal, SentTooFast):
        form.key.renew()

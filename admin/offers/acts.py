"""Publishing an offer, ending it, writing another one like it."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from admin import admin
from admin.confirming import ConfirmForm, confirmed
from admin.delivery.fields import seen_version
from admin.offers.edit import effect_of
from club.errors import Refusal
from club.messages.rendering import Rendered, render
from club.messages.samples import sample_letter
from club.messages.wording import words_in_force
from club.offers.listing import picked_count
from club.offers.models import OfferView, the_offer
from club.offers.overview import codes_left, result_of
from club.offers.reach import reach_of
from club.offers.rules import Kind, VoucherState, Way, Who
from club.offers.service import cancel_notice, copy_offer, end_offer, publish, test_notice
from club.offers.service.telling import ACT, about
from club.permissions import Permission
from club.texts import LANGUAGES
from web import offers as words
from web.access import staff_only
from web.database import db
from web.languages import OWN_NAMES
from web.messages import words_for
from web.programme import programme, today
from web.visitors import staff


class PublishForm(ConfirmForm):
    """The button, and whether those who get the offer are told."""

    tell = BooleanField(_l("Tell them by mail"))


@admin.route("/offers/<int:offer_id>/publish", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_publish(offer_id: int) -> ResponseReturnValue:
    """What publishing means, in words; then the button."""
    view, who = the_offer(db(), offer_id), staff()

    def act(form: PublishForm, now: datetime) -> None:
        assert who.role is not None  # the door let nobody else in
        version, tell = seen_version(form.version.data), bool(form.tell.data)
        publish(db(), offer_id, version, who.account_id, who.role, now, tell=tell)
        flash(_("Published. Members see it from its first day on."), "success")

    def page(form: PublishForm) -> str:
        return render_template(
            "admin/offers_publish.html",
            form=form,
            view=view,
            offer=view.offer,
            effect=effect_of(view.offer, offer_id),
            lacks=_lacks(view),
            reach=reach_of(db(), view, today()),
            mails=_mails(view),
            own_names=OWN_NAMES,
            words=words,
        )

    to = url_for("admin.offers_one", offer_id=offer_id)
    return confirmed(PublishForm(version=str(view.version)), view.version, act, page, to)


@admin.route("/offers/<int:offer_id>/end", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_end(offer_id: int) -> ResponseReturnValue:
    """What ending does to whoever holds a voucher; then the button."""
    view, who = the_offer(db(), offer_id), staff()

    def end(_form: ConfirmForm, now: datetime) -> None:
        assert who.role is not None  # likewise
        end_offer(db(), offer_id, who.account_id, who.role, now)
        flash(_("Ended. Nobody gets it any more."), "success")

    def page(form: ConfirmForm) -> str:
        held = result_of(db(), offer_id).vouchers.get(VoucherState.ACTIVE, 0)
        return render_template(
            "admin/offers_end.html",
            form=form,
            view=view,
            offer=view.offer,
            held=held,
            points_back=held * view.offer.points if view.offer.way is Way.REDEEM else 0,
        )

    to = url_for("admin.offers_one", offer_id=offer_id)
    return confirmed(ConfirmForm(version=str(view.version)), view.version, end, page, to)


@admin.post("/offers/<int:offer_id>/publish/test")
@staff_only(Permission.MANAGE_OFFERS)
def offers_publish_test(offer_id: int) -> ResponseReturnValue:
    """The mail as it would be, to oneself."""
    who, language = staff(), request.form.get("language", "")
    assert who.role is not None  # the door let nobody else in
    if language not in LANGUAGES:
        abort(400)
    try:
        address = test_notice(db(), offer_id, language, who.account_id, who.role, datetime.now(UTC))
        flash(_("A test mail is on its way to %(address)s.", address=address), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.offers_publish", offer_id=offer_id), 303)


@admin.post("/offers/<int:offer_id>/telling/cancel")
@staff_only(Permission.MANAGE_OFFERS)
def offers_telling_cancel(offer_id: int) -> ResponseReturnValue:
    """Nobody is told after all; the offer stays published."""
    who = staff()
    try:
        cancel_notice(db(), offer_id, who.account_id, who.role, datetime.now(UTC))
        flash(_("No mail is written. The offer stays published."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.offers_one", offer_id=offer_id), 303)


@admin.post("/offers/<int:offer_id>/copy")
@staff_only(Permission.MANAGE_OFFERS)
def offers_copy(offer_id: int) -> ResponseReturnValue:
    """A draft like this one, to be changed before it is published."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    copied = copy_offer(db(), offer_id, today(), who.account_id, who.role, datetime.now(UTC))
    flash(_("This is a copy, as a draft. Look at its days first."), "success")
    return redirect(url_for("admin.offers_edit", offer_id=copied), 303)


def _mails(view: OfferView) -> list[tuple[str, Rendered]]:
    """The mail in each language, as it would be."""
    if view.offer.only_given:
        return []
    now, base = datetime.now(UTC), request.host_url.rstrip("/")
    return [
        (
            language,
            render(
                sample_letter(ACT, language, now, about(view)), programme(), base, words_in_force(db(), ACT, language)
            ),
        )
        for language in LANGUAGES
    ]


def _lacks(view: OfferView) -> list[str]:
    """What one should look at before members see it."""
    offer, found = view.offer, []
    if offer.ends_on is not None and offer.ends_on < today():
        found.append(_("Its last day is over: nobody would see it."))
    if offer.who is Who.PICKED and not picked_count(db(), view.id):
        found.append(_("Nobody is picked yet: nobody would see it."))
    if offer.kind is Kind.PARTNER and not codes_left(db(), view.id)[0]:
        found.append(_("There are no codes of the partner yet."))
    gaps = sum(3 - len(text) for text in (offer.title, offer.words, offer.condition) if text)
    if gaps:
        found.append(_("Not every text is there in all languages; there the text in another language is shown."))
    return found

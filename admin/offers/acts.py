"""Publishing an offer, ending it, writing another one like it."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField

from admin import admin
from admin.delivery.fields import seen_version
from admin.offers.edit import effect_of
from club.errors import Refusal
from club.offers.listing import picked_count
from club.offers.models import OfferView, the_offer
from club.offers.overview import codes_left, result_of
from club.offers.rules import Kind, VoucherState, Way, Who
from club.offers.service import copy_offer, end_offer, publish
from club.permissions import Permission
from web import offers as words
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.programme import today
from web.refusing import refused
from web.visitors import staff


class ConfirmForm(Form):
    """Only the button, and which state of the offer it was shown with."""

    version = HiddenField()


@admin.route("/offers/<int:offer_id>/publish", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_publish(offer_id: int) -> ResponseReturnValue:
    """What publishing means, in words; then the button."""
    view, who = the_offer(db(), offer_id), staff()

    def act(form: ConfirmForm, now: datetime) -> None:
        assert who.role is not None  # the door let nobody else in
        publish(db(), offer_id, seen_version(form.version.data), who.account_id, who.role, now)
        flash(_("Published. Members see it from its first day on."), "success")

    def page(form: ConfirmForm) -> str:
        return render_template(
            "admin/offers_publish.html",
            form=form,
            view=view,
            offer=view.offer,
            effect=effect_of(view.offer, offer_id),
            lacks=_lacks(view),
            words=words,
        )

    return _confirmed(view, act, page)


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

    return _confirmed(view, end, page)


@admin.post("/offers/<int:offer_id>/copy")
@staff_only(Permission.MANAGE_OFFERS)
def offers_copy(offer_id: int) -> ResponseReturnValue:
    """A draft like this one, to be changed before it is published."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    copied = copy_offer(db(), offer_id, today(), who.account_id, who.role, datetime.now(UTC))
    flash(_("This is a copy, as a draft. Look at its days first."), "success")
    return redirect(url_for("admin.offers_edit", offer_id=copied), 303)


def _confirmed(
    view: OfferView, act: Callable[[ConfirmForm, datetime], None], page: Callable[[ConfirmForm], str]
) -> ResponseReturnValue:
    form = ConfirmForm(version=str(view.version))
    if not form.validate_on_submit():
        return page(form), 422 if form.errors else 200
    try:
        act(form, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        form.version.data = str(view.version)  # this page shows that state, so its button is for that one
        return refused(page(form), refusal)
    return redirect(url_for("admin.offers_one", offer_id=view.id), 303)


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

"""The mailed link of a guest who wants to hear when something is back."""

from datetime import UTC, datetime

from flask import Response, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.catalogue.service.guest_wishes import Awaited, awaited, confirm
from club.errors import AlreadyThere, LinkExpired, NotFound, TooManyTries
from shop import shop
from shop.cards import address_of
from web.access import open_to_all
from web.database import db
from web.forms import Form
from web.payment_pages import private
from web.refusing import refused
from web.visitors import asking


class TellMeForm(Form):
    """Only the form key."""


@shop.route("/shop/tell-me/<token>", methods=["GET", "POST"])
@open_to_all
def tell_me(token: str) -> ResponseReturnValue:
    """A ready page; its button notes the wish."""
    now, form = datetime.now(UTC), TellMeForm()
    try:
        product = awaited(db(), token, now)
        if not form.validate_on_submit():
            return _page(form, product, 422 if form.errors else 200)
        return _confirmed(confirm(db(), token, asking(), now), _("Noted. You get one e-mail on the day it is back."))
    except AlreadyThere:
        return _confirmed(product, _("It is back already."))
    except TooManyTries as refusal:
        return refused(_page(form, None, 429), refusal)
    except (LinkExpired, NotFound):
        return _page(form, None, 410)


def _confirmed(product: Awaited, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(address_of(product.slugs, product.variant_id), 303)


def _page(form: TellMeForm, product: Awaited | None, status: int) -> Response:
    return private(make_response(render_template("shop/tell_me.html", form=form, product=product), status))

"""Writing an offer: the form, beside it who may use it, what it could cost and which others it meets."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.offers.form import OfferForm, filled_from
from club.accrual.models import rules_on
from club.catalogue.buying import offers_for
from club.catalogue.categories import tree
from club.catalogue.costs import costs_in
from club.catalogue.rules.pricing import GUEST
from club.errors import BadOffer, ChangedMeanwhile, Refusal
from club.insight.offer_cost import Basis, Estimate, Prices, basis_of, cost_of_one, estimates, mean_delivery
from club.offers.goods import Found, sku_of, skus_of, with_skus
from club.offers.models import OfferView, the_offer
from club.offers.overview import clashes
from club.offers.rules import WHOLE, Kind, Offer
from club.offers.service import add_offer, change_offer
from club.permissions import Permission
from club.tiers.models import ladder_on
from web import offers as words
from web.access import staff_only
from web.database import db
from web.formats import listed_together
from web.forms import once
from web.languages import OWN_NAMES
from web.programme import programme, today
from web.visitors import staff

SHOW, LIVE = "show", "live"
MOST_LOOKED_AT = 500


@dataclass(frozen=True)
class Effect:
    """What an offer as it is typed would do."""

    offer: Offer
    basis: Basis
    each: int | None
    estimates: list[Estimate]
    clashes: list[OfferView]
    below_cost: int = 0
    """So many goods it would sell below what they cost the club, as far as that is known."""

    @property
    def is_in_points(self) -> bool:
        """Whether it costs points and not money."""
        return self.offer.kind is Kind.MULTIPLIER


@admin.route("/offers/new", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_new() -> ResponseReturnValue:
    """One more offer, as a draft."""
    return _edited(None)


@admin.route("/offers/<int:offer_id>/edit", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_edit(offer_id: int) -> ResponseReturnValue:
    """Change an offer that no member has seen yet."""
    return _edited(the_offer(db(), offer_id))


def effect_of(offer: Offer, offer_id: int | None) -> Effect:
    """Who may use it, what that costs, and what it meets: a handful of queries."""
    day = today()
    base, basis = rules_on(db(), day).base, basis_of(db(), offer, offer_id, day)
    prices = Prices(
        gift=_gift_price(offer),
        delivery=mean_delivery(db()) if offer.kind is Kind.FREE_DELIVERY else None,
        points_each=(base.points, base.per_amount) if base else (0, 1),
    )
    each = cost_of_one(offer, basis.mean, prices)
    return Effect(
        offer=offer,
        basis=basis,
        each=each,
        estimates=estimates(offer, basis, each) if each else [],
        clashes=clashes(db(), offer, day, without=offer_id),
        below_cost=_below_cost(offer),
    )


def _below_cost(offer: Offer) -> int:
    """Of goods whose cost is known, at the price of a guest; two queries."""
    if offer.kind is not Kind.PERCENT:
        return 0
    known = tree(db())
    inside = {one for top in offer.categories for one in known.subtree(top)}
    costs = costs_in(db(), offer.products, inside, MOST_LOOKED_AT)
    prices = offers_for(db(), dict.fromkeys(costs, 1), GUEST, today()) if costs else {}
    left = {one: found.price.amount * (WHOLE - offer.percent) for one, found in prices.items() if found.price}
    return sum(left[one] < cost * WHOLE for one, cost in costs.items() if one in left)


def _edited(view: OfferView | None) -> ResponseReturnValue:
    form = _form_of(view)
    if not form.is_submitted():
        return _page(form, view, effect_of(view.offer, view.id) if view else None)
    pressed = request.form.get("do", "save")
    offer = _typed(form, view)
    if offer is None:
        return _page(form, view, None), 200 if pressed == LIVE else 422
    effect = effect_of(offer, view.id if view else None)
    if pressed in {SHOW, LIVE}:
        return _page(form, view, effect)
    try:
        offer_id = _save(form, offer, view)
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        assert view is not None  # nobody else changes what is not there
        form.version.data = str(view.version)  # saving again puts this form in place of theirs
        return _page(form, view, effect), 422
    except Refusal as refusal:
        form.show_refusal(refusal)
        return _page(form, view, effect), 422
    if view is None or view.published_at is None:
        flash(_("Saved as a draft. Members do not see it before it is published."), "success")
    else:
        flash(_("Saved. Members see it from now on."), "success")
    return redirect(url_for("admin.offers_one", offer_id=offer_id), 303)


def _form_of(view: OfferView | None) -> OfferForm:
    form = OfferForm(**_given(view))
    current, kept = (view.offer.rung_key, view.offer.categories) if view else (None, ())
    form.offer_choices(tree(db()), ladder_on(db(), today()).ladder.rungs, current, kept)
    if view is not None:
        del form.key  # what is there already is told by its version
    if view is not None and view.published_at is not None:
        form.keep_to_what_may_change()
    return form


def _typed(form: OfferForm, view: OfferView | None) -> Offer | None:
    """What was typed, or None with the complaints at their fields."""
    is_right = form.validate()
    language = programme().main_language
    title = form[f"title_{language}"]
    if not title.data and not title.errors:
        title.errors = [_("Enter the title in %(language)s.", language=OWN_NAMES[language])]
        is_right = False
    is_published = view is not None and view.published_at is not None
    found = {} if is_published else _found_goods(form)
    if not is_right or form.errors:
        return None
    if view is not None and is_published:
        offer = form.changed(view.offer)
    else:
        gift = found.get(form.gift.data or "")
        offer = form.offer(gift.variant_id if gift else None, sorted({found[sku].product_id for sku in form.skus}))
    try:
        offer.check()
    except BadOffer as refusal:
        form.show_refusal(refusal)
        return None
    return offer


def _found_goods(form: OfferForm) -> dict[str, Found]:
    """What was typed by SKU; what nobody sells is said beside its field."""
    found = with_skus(db(), [*form.skus, *([form.gift.data] if form.gift.data else [])])
    unknown = [sku for sku in form.skus if sku not in found]
    if unknown:
        form.products.errors = [_("No product has this SKU: %(sku)s", sku=listed_together(unknown))]
    if form.kind.data == Kind.GIFT and form.gift.data not in found:
        form.gift.errors = [_("Enter the SKU of a product of the shop.")]
    return found


def _save(form: OfferForm, offer: Offer, view: OfferView | None) -> int:
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    if view is None:
        content = once(f"{form.key.data}:{offer!r}", who.account_id)  # typed anew on the same page, it is another one
        return add_offer(db(), offer, who.account_id, who.role, now, content=content)
    change_offer(db(), view.id, offer, form.seen_version, who.account_id, who.role, now)
    return view.id


def _given(view: OfferView | None) -> dict[str, object]:
    if view is None:
        return {"starts_on": today(), "version": "0"}
    gift, skus = sku_of(db(), view.offer.gift_variant_id), skus_of(db(), view.offer.products)
    return filled_from(view.offer, view.version, gift, skus)


def _gift_price(offer: Offer) -> int | None:
    if offer.gift_variant_id is None:
        return None
    known = offers_for(db(), {offer.gift_variant_id: 1}, GUEST, today()).get(offer.gift_variant_id)
    price = known.price_at(1) if known else None
    return price.amount if price else None


def _page(form: OfferForm, view: OfferView | None, effect: Effect | None) -> str:
    return render_template("admin/offers_edit.html", form=form, view=view, effect=effect, words=words)

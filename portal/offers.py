"""Offers and rewards: what is active, what can be had, what it costs in points; activated, taken back, redeemed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.catalogue.categories import tree
from club.catalogue.rules.pricing import Buyer
from club.catalogue.visitors import buyer_with
from club.errors import (
    NotEnoughPoints,
    NotFound,
    OfferLimitReached,
    OfferNotOpen,
    OfferOfTier,
    OfferUsedUp,
    Refusal,
)
from club.offers.goods import gifts_of
from club.offers.models import OfferView, the_offer
from club.offers.reading import OpenOffer, VoucherView, open_offers, the_voucher, vouchers_of
from club.offers.rules import Kind, Offer, Place, VoucherState, Way
from club.offers.service import activate, redeem, undo
from club.purchases.models import categories_of
from club.texts import Texts
from portal import portal
from web import offers as words
from web.access import members_only
from web.database import db
from web.forms import Form, OnceKeyField, once
from web.glance import spendable_today, status_today
from web.languages import in_language
from web.messages import words_for
from web.programme import today
from web.refusing import refused
from web.visitors import member_id, visitor

MOST_PAST = 30
LOOKED_BACK = timedelta(days=365)
"""What was bought since then is a reason for an offer."""
IN_HAND = (VoucherState.ACTIVE, VoucherState.HELD)

FILTERS: Mapping[str, Any] = {
    "": _l("All offers"),
    "shop": _l("In the shop"),
    "counter": _l("At the counter"),
    "gifts": _l("Gifts and partners"),
}


class RedeemForm(Form):
    """The button, and a key so that it counts once."""

    key = OnceKeyField()


@dataclass(frozen=True)
class Reward:
    """Something for points; `missing` so many."""

    open: OpenOffer
    missing: int


@dataclass(frozen=True)
class Mine:
    """What one member has and can have."""

    in_hand: list[VoucherView]
    by_itself: list[OpenOffer]
    to_activate: list[OpenOffer]
    rewards: list[Reward]
    higher: list[OpenOffer]
    """What a higher tier would open."""
    past: list[VoucherView]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to have now."""
        return not (self.in_hand or self.by_itself or self.to_activate or self.rewards or self.higher)


@portal.get("/me/offers")
@members_only
def offers() -> ResponseReturnValue:
    """Active now, for you, for points, what was used."""
    who, chosen = member_id(), request.args.get("where", "")
    mine = mine_of(who, chosen if chosen in FILTERS else "")
    done = request.args.get("active", 0, type=int)
    now = datetime.now(UTC)
    return render_template(
        "portal/offers.html",
        mine=mine,
        just=next((one for one in mine.in_hand if one.id == done), None),
        filters=[(said, url_for("portal.offers", where=key or None), key == chosen) for key, said in FILTERS.items()],
        gifts=_gift_names(mine),
        because=_because(who, mine),
        spendable=spendable_today(who),
        now=now,
        today=today(),
        words=words,
    )


@portal.post("/me/offers/<int:offer_id>/activate")
@members_only
def offers_activate(offer_id: int) -> ResponseReturnValue:
    """One post; for ten minutes it can be taken back."""
    try:
        voucher_id = activate(db(), member_id(), offer_id, datetime.now(UTC))
    except Refusal as refusal:
        return _not_had(refusal)
    return redirect(url_for("portal.offers", active=voucher_id), 303)


@portal.post("/me/offers/vouchers/<int:voucher_id>/undo")
@members_only
def offers_undo(voucher_id: int) -> ResponseReturnValue:
    """Take back what was activated minutes ago."""
    try:
        undo(db(), member_id(), voucher_id, datetime.now(UTC))
        flash(_("Taken back. It can be activated again."), "success")
    except Refusal as refusal:
        return _not_had(refusal)
    return redirect(url_for("portal.offers"), 303)


@portal.route("/me/offers/<int:offer_id>/redeem", methods=["GET", "POST"])
@members_only
def offers_redeem(offer_id: int) -> ResponseReturnValue:
    """Points before and after, how long it is good, what comes back and what does not; then the button."""
    view, form, who = the_offer(db(), offer_id), RedeemForm(), visitor()
    if view.published_at is None or view.offer.way is not Way.REDEEM:
        raise NotFound
    assert who is not None  # the door let nobody else in
    if not form.validate_on_submit():
        in_the_way = _in_the_way(member_id(), offer_id)
        return _not_had(in_the_way) if in_the_way else (_redeem_page(view, form), 422 if form.errors else 200)
    try:
        voucher_id = redeem(db(), member_id(), offer_id, once(form.key.data or "", who.account_id), datetime.now(UTC))
    except NotEnoughPoints as refusal:
        form.refuse(refusal)
        return refused(_redeem_page(view, form), refusal)
    except Refusal as refusal:
        return _not_had(refusal)
    flash(_("Redeemed. This is the voucher; it stays under Offers."), "success")
    return redirect(url_for("portal.offers_voucher", voucher_id=voucher_id), 303)


@portal.get("/me/offers/vouchers/<int:voucher_id>")
@members_only
def offers_voucher(voucher_id: int) -> ResponseReturnValue:
    """One voucher to show: code and QR."""
    voucher = the_voucher(db(), voucher_id, member_id())
    return render_template(
        "portal/offers_voucher.html",
        voucher=voucher,
        offer=voucher.offer,
        state=voucher.state(today()),
        gifts=gifts_of(db(), [voucher.offer]),
        now=datetime.now(UTC),
        words=words,
    )


def mine_of(who: int, chosen: str = "") -> Mine:
    """What a member has and can have, sorted for the page: two queries."""
    day, spendable = today(), spendable_today(who)
    vouchers = [one for one in vouchers_of(db(), who) if one.stored is not VoucherState.UNDONE]
    in_hand = [one for one in vouchers if one.state(day) in IN_HAND]
    had = {one.offer_id for one in in_hand}
    found = [one for one in open_offers(db(), _buyer(who, day), day) if _is_chosen(one.offer, chosen)]
    free = [one for one in found if one.can_be_had]
    rewards = [Reward(one, max(0, one.offer.points - spendable)) for one in free if one.offer.way is Way.REDEEM]
    return Mine(
        in_hand=[one for one in in_hand if _is_chosen(one.offer, chosen)],
        by_itself=[one for one in free if one.offer.way is Way.AUTOMATIC],
        to_activate=[one for one in free if one.offer.way is Way.ACTIVATE and one.id not in had],
        rewards=sorted(rewards, key=lambda one: (one.missing > 0, one.missing or one.open.offer.points)),
        higher=[one for one in found if not one.is_theirs and not one.is_full],
        past=[one for one in vouchers if one.state(day) not in IN_HAND][:MOST_PAST],
    )


def for_home(who: int, most: int) -> list[OpenOffer]:
    """What to activate now, the most personal first, then what counts by itself: one query."""
    order = {"picked": 0, "rung": 1, "all": 2}
    day = today()
    found = [
        one
        for one in open_offers(db(), _buyer(who, day), day)
        if one.can_be_had and one.offer.way is not Way.REDEEM and not (one.offer.way is Way.ACTIVATE and one.mine)
    ]
    return sorted(found, key=lambda one: (order[one.offer.who.value], one.offer.way is Way.AUTOMATIC))[:most]


def _is_chosen(offer: Offer, chosen: str) -> bool:
    match chosen:
        case "shop":
            return offer.is_for(Place.SHOP)
        case "counter":
            return offer.is_for(Place.COUNTER)
        case "gifts":
            return offer.kind in {Kind.GIFT, Kind.PARTNER}
    return True


def _buyer(who: int, day: date) -> Buyer:
    return buyer_with(db(), who, status_today(who), day)


def _gift_names(mine: Mine) -> dict[int, Texts]:
    every: Iterable[Offer] = (
        one.offer for part in (mine.in_hand, mine.by_itself, mine.to_activate, mine.higher) for one in part
    )
    return gifts_of(db(), (*every, *(one.open.offer for one in mine.rewards)))


def _because(who: int, mine: Mine) -> dict[int, str]:
    """Offer → the category of its goods of which this member buys most: one query, none where no offer is for some."""
    shown = (*mine.by_itself, *mine.to_activate, *(one.open for one in mine.rewards))
    narrow = [one for one in shown if one.offer.categories]
    if not narrow:
        return {}
    known = tree(db())
    by_word = {known.purchase_category(node_id).casefold(): node_id for node_id in known.nodes}
    bought = categories_of(db(), who, today() - LOOKED_BACK)
    nodes = [by_word[word.casefold()] for word in bought if word.casefold() in by_word]
    found: dict[int, str] = {}
    for one in narrow:
        wanted = {node for category in one.offer.categories for node in known.subtree(category)}
        fits = next((node for node in nodes if node in wanted), None)
        if fits is not None:
            found[one.id] = in_language(known.node(fits).name)
    return found


def _in_the_way(who: int, offer_id: int) -> Refusal | None:
    """Why this member cannot have it, points apart; what is not for them and what does not run get one answer."""
    day = today()
    found = next((one for one in open_offers(db(), _buyer(who, day), day) if one.id == offer_id), None)
    if found is None:
        return OfferNotOpen()
    if not found.is_theirs:
        return OfferOfTier(found.offer.rung_key or "")
    if found.is_at_limit:
        return OfferLimitReached(found.mine)
    return OfferUsedUp() if found.is_full else None


def _redeem_page(view: OfferView, form: RedeemForm) -> str:
    have, offer = spendable_today(member_id()), view.offer
    return render_template(
        "portal/offers_redeem.html",
        offer_id=view.id,
        offer=offer,
        gifts=gifts_of(db(), [offer]),
        title=in_language(offer.title),
        form=form,
        have=have,
        missing=max(0, offer.points - have),
        until=offer.good_until(today()),
        words=words,
    )


def _not_had(refusal: Refusal) -> ResponseReturnValue:
    """It cannot be had any more, or not by this member: said above the offers that can."""
    if isinstance(refusal, NotFound):
        raise refusal
    flash(words_for(refusal), "danger")
    return redirect(url_for("portal.offers"), 303)

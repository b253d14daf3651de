"""A gift with a choice: what there is, until when; taken with one button."""

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField

from club.errors import GiftNotOpen, NotFound
from club.gifts.due import rung_after
from club.gifts.models import GiftView, RuleView, gifts_of, standing_rules, the_gift
from club.gifts.rules import Kind, State, What, is_reached
from club.gifts.service import choose, choose_instead
from club.offers.models import published_offers
from club.offers.reading import the_voucher
from club.offers.rules import VoucherState
from club.tiers.models import ladder_on
from club.tiers.standing import Standing
from portal import portal
from web import gift_words as words
from web.access import members_only
from web.database import db, id_in
from web.forms import Form
from web.messages import words_for
from web.programme import today
from web.refusing import refused
from web.visitors import member_id

SHOWN_FOR = timedelta(days=14)
"""So long a gift that was given stands on home."""


class ChooseForm(Form):
    """Which thing; one button each. `instead` of which one that was chosen before: empty for a first choice."""

    choice = HiddenField()
    instead = HiddenField()


@portal.route("/me/gifts/<int:gift_id>", methods=["GET", "POST"])
@members_only
def gifts_choose(gift_id: int) -> ResponseReturnValue:
    """Two or three things to choose from, or what was chosen."""
    gift, form = the_gift(db(), gift_id, member_id()), ChooseForm()
    if not form.validate_on_submit():
        return _page(gift, form), 422 if form.errors else 200
    place = id_in(form.choice.data)
    try:
        if place is None:
            raise NotFound
        voucher_id = _choose(gift_id, place - 1, form.instead.data or "")
    except GiftNotOpen as refusal:
        flash(words_for(refusal), "danger")
        return refused(_page(the_gift(db(), gift_id, member_id()), form), refusal)
    flash(_("Chosen. It is yours."), "success")
    if voucher_id is not None:
        return redirect(url_for("portal.offers_voucher", voucher_id=voucher_id), 303)
    return redirect(url_for("portal.gifts_choose", gift_id=gift_id), 303)


def _choose(gift_id: int, position: int, instead: str) -> int | None:
    now = datetime.now(UTC)
    if not instead:
        return choose(db(), member_id(), gift_id, position, now)
    seen = id_in(instead)
    if seen is None:
        raise NotFound
    return choose_instead(db(), member_id(), gift_id, seen - 1, position, now)


def for_home(who: int) -> list[GiftView]:
    """What to choose now and what came in the last days: one query, none in a club without rules."""
    if not standing_rules(db()):
        return []
    return [gift for gift in gifts_of(db(), who, today() - SHOWN_FOR) if gift.state is State.GIVEN or _is_open(gift)]


def milestones_on(place: Standing) -> list[tuple[RuleView, bool]]:
    """The milestones on the way to this member's next tier, the nearest first, and whether each is reached."""
    following = rung_after(ladder_on(db(), today()), place.status.key)
    if following is None:
        return []
    found = [
        view
        for view in standing_rules(db())
        if view.rule.kind is Kind.MILESTONE
        and view.rule.rung_key == place.status.key
        and view.rule.starts_on <= today()
    ]
    found.sort(key=lambda view: view.rule.at_percent)
    return [
        (view, is_reached(view.rule, place.counted.on(view.rule.route), following.asks(view.rule.route)))
        for view in found
    ]


def _is_open(gift: GiftView) -> bool:
    return gift.can_be_chosen(today())


def _can_change(gift: GiftView) -> bool:
    if not gift.can_be_changed(today()):
        return False
    if gift.voucher_id is None:
        return True
    return the_voucher(db(), gift.voucher_id, gift.person_id).stored is VoucherState.ACTIVE


def _page(gift: GiftView, form: ChooseForm) -> str:
    live = published_offers(db())
    things = [
        (place, option)
        for place, option in enumerate(gift.of.rule.options, start=1)
        if place - 1 != gift.position and (option.what is not What.VOUCHER or option.offer_id in live)
    ]
    return render_template(
        "portal/gifts_choose.html",
        gift=gift,
        is_open=_is_open(gift),
        can_change=_can_change(gift) and bool(things),
        things=things,
        offers=live,
        words=words,
        form=form,
    )

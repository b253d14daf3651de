"""All rules by kind, what each came to; ending one; handing over a benefit that somebody chose."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.benefits.models import all_benefits
from club.errors import Refusal
from club.gifts.models import Given, given_by, standing_rules, to_hand_over
from club.gifts.rules import Option, What
from club.gifts.service import end_rule, hand_over
from club.offers.models import published_offers
from club.permissions import Permission
from web import gift_words as words
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.programme import today
from web.visitors import staff

MOST_WAITING = 100


@admin.get("/gifts")
@staff_only(Permission.SEE_MEMBERS)
def gifts() -> ResponseReturnValue:
    """What is given for which day or achievement, and what members who chose a benefit still wait for."""
    rules = standing_rules(db())
    return render_template(
        "admin/gifts.html",
        kinds=[(kind, said, [one for one in rules if one.rule.kind is kind]) for kind, said in words.KINDS.items()],
        sums=given_by(db()),
        nothing=Given(),
        waiting=to_hand_over(db(), MOST_WAITING),
        benefits={line.id: line.benefit.name for line in all_benefits(db())},
        is_dead=is_dead,
        words=words,
    )


@admin.post("/gifts/<int:rule_id>/end")
@staff_only(Permission.MANAGE_OFFERS)
def gifts_end(rule_id: int) -> ResponseReturnValue:
    """Nobody gets anything by this rule any more; who may choose still does."""
    who = staff()
    try:
        end_rule(db(), rule_id, who.account_id, who.role, datetime.now(UTC))
        flash(_("Ended. What members may choose already stays."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.gifts"), 303)


@admin.post("/gifts/given/<int:gift_id>/hand-over")
@staff_only(Permission.RECORD_PURCHASES)
def gifts_hand_over(gift_id: int) -> ResponseReturnValue:
    """A member has the benefit that they chose."""
    who = staff()
    try:
        hand_over(db(), gift_id, who.account_id, who.role, datetime.now(UTC))
        flash(_("Noted: it was handed over."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.gifts"), 303)


def is_dead(option: Option) -> bool:
    """Whether an option cannot be given any more: its offer has ended."""
    if option.what is not What.VOUCHER:
        return False
    found = published_offers(db()).get(option.offer_id or 0)
    return found is None or (found.offer.ends_on is not None and found.offer.ends_on < today())

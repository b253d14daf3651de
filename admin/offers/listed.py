"""The list of offers by where they stand, one of them as members see it, and the table of what they do together."""

from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from club.insight.offer_results import Brought, brought
from club.offers.goods import gifts_named
from club.offers.listing import Handed, Sums, picked_count, sums_of, vouchers_of_offers
from club.offers.models import the_offer
from club.offers.notices import notice_of
from club.offers.overview import clashes, codes_left, counts_by_phase, offers_in, result_of
from club.offers.rules import Kind, Phase, Place, Who
from club.offers.stacking import STACKING
from club.permissions import Permission
from web import offers as words
from web.access import staff_only
from web.database import db
from web.formats import number
from web.lists import Asked, asked
from web.programme import today

VIEWS: dict[str, Any] = {
    "live": _l("Live"),
    "planned": _l("Planned"),
    "draft": _l("Drafts"),
    "ended": _l("Ended"),
}


@admin.get("/offers")
@staff_only(Permission.SEE_MEMBERS)
def offers() -> ResponseReturnValue:
    """What runs now; what comes, what is being written, what is over."""
    this, day = asked(("state",), (), ""), today()
    state = this.filters.get("state", "live")
    phase = Phase(state) if state in set(Phase) else Phase.LIVE
    found = offers_in(db(), phase, day)
    ids = [view.id for view in found]
    return render_template(
        "admin/offers.html",
        views=_views(this, phase),
        phase=phase,
        offers=found,
        sums=sums_of(db(), ids),
        nothing=Sums(),
        handed=vouchers_of_offers(db(), ids, day),
        none_handed=Handed(),
        brought=brought(db(), ids),
        none_brought=Brought(),
        words=words,
    )


@admin.get("/offers/<int:offer_id>")
@staff_only(Permission.SEE_MEMBERS)
def offers_one(offer_id: int) -> ResponseReturnValue:
    """One offer: where it stands, what became of it, as a member sees it."""
    view, day = the_offer(db(), offer_id), today()
    offer = view.offer
    return render_template(
        "admin/offers_one.html",
        view=view,
        offer=offer,
        day=day,
        phase=view.phase(day),
        notice=notice_of(db(), offer_id),
        now=datetime.now(UTC),
        words=words,
        result=result_of(db(), offer_id),
        brought=brought(db(), [offer_id]).get(offer_id, Brought()),
        picked=picked_count(db(), offer_id) if offer.who is Who.PICKED else 0,
        codes=codes_left(db(), offer_id) if offer.kind is Kind.PARTNER else None,
        clashes=clashes(db(), offer, day, without=offer_id) if view.phase(day) is not Phase.ENDED else [],
        gift=gifts_named(db(), [offer.gift_variant_id] if offer.gift_variant_id else []).get(
            offer.gift_variant_id or 0
        ),
        is_in_shop=offer.is_for(Place.SHOP),
    )


@admin.get("/offers/stacking")
@staff_only(Permission.SEE_MEMBERS)
def offers_stacking() -> ResponseReturnValue:
    """What becomes of two offers that both hold."""
    return render_template("admin/offers_stacking.html", kinds=list(Kind), table=STACKING, words=words)


def _views(this: Asked, now: Phase) -> list[tuple[Any, str, bool, str]]:
    """The tabs: words, address, whether it is this one, how many."""
    known = counts_by_phase(db(), today())
    return [(said, _view(this, key), key == now.value, number(known[Phase(key)])) for key, said in VIEWS.items()]


def _view(this: Asked, key: str) -> str:
    return this.without("state") if key == "live" else this.with_filter("state", key)

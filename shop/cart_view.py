"""What the page of the cart shows, put together with few questions however many lines there are."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _

from club.accrual.models import rules_on
from club.accrual.rules import Earning, earned
from club.carts.effect import TierEffect, tier_effect
from club.carts.goods import Looked, look
from club.carts.models import CartView, cart_of
from club.carts.rules import PointsTerms, PricedCart, PricedLine, earning_part
from club.catalogue.buying import Offer, Trouble
from club.delivery.taxes import rates_for
from club.offers.earning import rules_with
from club.orders.drafting import with_taxes
from club.orders.reading import OrderView, order_of_cart
from club.purchases.models import points_between
from club.tiers.models import ladder_on
from club.tiers.standing import standing
from shop.buyers import buyer_today, member_or_none
from shop.cart_forms import CodeForm, LineForm, PointsForm
from shop.offer_view import offers_shown
from shop.sending import Place, Sending, home, sending_to
from shop.tags import reason_of
from web.carts import cart_count_is, cart_owner
from web.database import db
from web.formats import listed_together
from web.forms import Form
from web.glance import balance_today, spendable_today, status_today
from web.languages import in_language
from web.orders import sums_of
from web.programme import programme, today
from web.standing import missing_in_words


@dataclass(frozen=True)
class Row:
    """One line as the page shows it."""

    line: PricedLine
    offer: Offer
    name: str
    choices: str
    reason: str
    form: LineForm


@dataclass(frozen=True)
class Gone:
    """What was in the cart and cannot be bought now, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class PointsShown:
    """Points and what they pay. `keeps` is left after this order, `earns` comes with it."""

    form: PointsForm
    used: int
    most: int
    presets: tuple[int, ...]
    spendable: int
    is_cut: bool

    @property
    def keeps(self) -> int:
        """What would be left."""
        return self.spendable - self.used


def cart_shown(form: Form, *, offers_undo: bool = False) -> dict[str, Any]:
    """Everything that the template asks for. `form` is the one that was sent, with what was wrong with it."""
    who = member_or_none()
    stored = cart_of(db(), cart_owner(), datetime.now(UTC))
    cart_count_is(stored.pieces if stored else 0)
    shown: dict[str, Any] = {
        "is_member": who is not None, "cart": stored, "rows": [], "gone": [], "undo": [], "order": _order_of(stored),
    }  # fmt: skip
    if shown["order"] is not None:
        return shown | {"priced": None, "balance": None, "order_sums": sums_of(shown["order"])}
    if stored is None or not (stored.lines or stored.removed):
        return shown | {"priced": None, "balance": None if who is None else balance_today(who)}
    place = home()
    rates = rates_for(db(), place.country, place.postcode, today())
    looked = with_taxes(look(db(), stored, buyer_today(), today(), points=_terms(stored, who)), rates, place.country)
    earning = _earning(looked, who)
    return shown | {
        "priced": looked.priced,
        "rows": _rows(looked, form),
        "gone": [gone_of(looked.offers.get(line.variant_id)) for line in looked.priced.gone],
        "undo": [name_of(looked.offers.get(line.variant_id)) for line in stored.removed] if offers_undo else [],
        "seen": _seen(looked.priced),
        "points": None if who is None else _points(stored, looked.priced, who, form),
        "balance": None if who is None else balance_today(who),
        "offers": offers_shown(looked.applied, stored.voucher_ids),
        "gifts": gifts_named(looked),
        "code_form": form if isinstance(form, CodeForm) else CodeForm(formdata=None),
        "earns": earning.points,
        "effect": None if who is None else _effect(who, looked.priced, earning),
        "sending": _sending(looked, place),
        "missing": missing_in_words,
    }


def _order_of(stored: CartView | None) -> OrderView | None:
    """What a frozen cart waits for: it holds the goods, vouchers and points, so it says what they come to."""
    return order_of_cart(db(), stored.id) if stored is not None and stored.is_frozen else None


def name_of(offer: Offer | None) -> str:
    """What it is called, with what was chosen."""
    if offer is None:
        return _("A product")
    return f"{in_language(offer.name)} ({chosen(offer)})" if offer.choices else in_language(offer.name)


def gifts_named(looked: Looked) -> list[tuple[str, int]]:
    """What comes along as a gift, and how many pieces."""
    return [(name_of(looked.offers.get(line.variant_id)), line.quantity) for line in looked.priced.gifts]


def chosen(offer: Offer) -> str:
    """Size and the like."""
    return listed_together([in_language(value) for _option, value in offer.choices])


def _rows(looked: Looked, sent: Form) -> list[Row]:
    rows = []
    for line in looked.priced.lines:
        offer = looked.offers[line.variant_id]
        is_sent = isinstance(sent, LineForm) and sent.variant_id == line.variant_id
        rows.append(
            Row(
                line=line,
                offer=offer,
                name=in_language(offer.name),
                choices=chosen(offer) if offer.choices else "",
                reason=reason_of(offer.price) if offer.price else "",
                form=sent if is_sent else LineForm.of(line.variant_id, line.quantity),
            )
        )
    return rows


def gone_of(offer: Offer | None) -> Gone:
    """Why it cannot be bought."""
    match None if offer is None else offer.trouble:
        case Trouble.OUT_OF_STOCK | Trouble.TOO_FEW_LEFT:
            why = _("Sold out.")
        case Trouble.MEMBERS_ONLY:
            why = _("Only members can buy this. Sign in, or join free of charge.")
        case Trouble.LIMIT:
            why = _("No more of this for one member.")
        case _:
            why = _("This is not sold any more.")
    return Gone(name_of(offer), why)


def _sending(looked: Looked, place: Place) -> Sending | None:
    grams = sum(looked.offers[line.variant_id].weight_grams * line.quantity for line in looked.priced.all_lines)
    found = sending_to(place, grams, looked.priced.goods - looked.priced.discount)
    if found is None or looked.applied.with_delivery(found.price).delivery is None:
        return found
    return replace(found, is_by_offer=True)


def _terms(stored: CartView, who: int | None) -> PointsTerms:
    club = programme()
    return PointsTerms(
        wanted=stored.points_wanted,
        spendable=0 if who is None else spendable_today(who),
        step=club.spend_step,
        per_points=club.point_value_points,
        per_minor=club.point_value_minor,
    )


def _points(stored: CartView, priced: PricedCart, who: int, sent: Form) -> PointsShown:
    own = PointsForm(formdata=None, points=priced.points or None)
    return PointsShown(
        form=sent if isinstance(sent, PointsForm) else own,
        used=priced.points,
        most=priced.most_points,
        presets=priced.presets,
        spendable=spendable_today(who),
        is_cut=priced.points < stored.points_wanted,
    )


def _earning(looked: Looked, who: int | None) -> Earning:
    """What the part that is paid in money brings; to a guest as it would to a new member."""
    rules = rules_with(db(), rules_on(db(), today()), looked.applied)
    purchase = earning_part(looked.priced, who or 0, today())
    if who is None:
        return earned(purchase, rules, ladder_on(db(), today()).ladder.rungs[0].multiplier_percent)
    before = {cap.period: points_between(db(), who, *cap.period.around(today())) for cap in rules.caps}
    return earned(purchase, rules, status_today(who).rung.multiplier_percent, earned_before=before)


def _effect(who: int, priced: PricedCart, earning: Earning) -> TierEffect | None:
    """Nothing in a club without tiers."""
    if len(ladder_on(db(), today()).ladder.rungs) < 2:
        return None
    place = standing(db(), who, today(), status_today(who))
    return tier_effect(place, priced.paid, earning.qualifying_points, today())


def _seen(priced: PricedCart) -> str:
    """What this page shows, for the button that says it was read."""
    lines = [f"{line.variant_id}:{line.quantity}:{line.unit_price}" for line in priced.lines]
    return ",".join(lines + [f"{line.variant_id}:0:0" for line in priced.gone])

"""What buyers read of an order: where it stands, when it comes, what it cost, what it brings. For every door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.delivery.quoting import ways
from club.delivery.rules import Method
from club.offers.overview import UseRow, uses_for
from club.offers.rules import REDUCES, Offer
from club.orders.reading import OrderRow, OrderView
from club.orders.rules import Delivery, Fulfilment, PayBy, PaymentStatus, State
from club.papers.reading import PaperRow
from club.payments.listing import can_go_back
from web.database import db
from web.formats import club_date, listed_together, money, points
from web.formats import day as day_words
from web.languages import in_language
from web.order_points import brings, waiting_words
from web.papers import paper_kind, papers_of_order
from web.programme import today

SATURDAY = 5
"""Offers that lower the price of goods."""


@dataclass(frozen=True)
class Step:
    """One station on the way of an order: behind it, under way or ahead."""

    words: str
    on: date | None
    look: str


_STATES: Mapping[Fulfilment, tuple[Any, Any]] = {
    Fulfilment.CANCELLED: (_l("Cancelled"), _l("Cancelled")),
    Fulfilment.WAITING: (_l("Waits for its payment"), _l("Waits for its payment")),
    Fulfilment.TO_PACK: (_l("Being prepared"), _l("Being prepared")),
    Fulfilment.PARTLY_PACKED: (_l("Being prepared"), _l("Being prepared")),
    Fulfilment.PACKED: (_l("Packed, on its way soon"), _l("Packed")),
    Fulfilment.PARTLY_SENT: (_l("Partly on its way"), _l("Partly picked up")),
    Fulfilment.SENT: (_l("On its way"), _l("Picked up")),
    Fulfilment.DELIVERED: (_l("Delivered"), _l("Picked up")),
    Fulfilment.RETURNED: (_l("Given back"), _l("Given back")),
}
"""What is said of goods that are sent, and of goods that are picked up."""


def state_words(order: OrderView | OrderRow) -> str:
    """Where it stands, in a few words."""
    is_pickup = order.delivery == Delivery.PICKUP
    if is_pickup and order.fulfilment is Fulfilment.PACKED and order.ready_at:
        return _("Ready to pick up")
    return str(_STATES[order.fulfilment][is_pickup])


def state_look(order: OrderView | OrderRow) -> str:
    """The colour of its chip; the words say the same."""
    if order.state == State.CANCELLED:
        return ""
    if order.state == State.PENDING:
        return "warning"
    return "success" if order.fulfilment in {Fulfilment.DELIVERED, Fulfilment.SENT} else "info"


def payment_words(order: OrderView) -> str:
    """What its money did."""
    match order.payment_status:
        case PaymentStatus.WAITING:
            return _("Not paid yet")
        case PaymentStatus.PAID:
            return _("Paid")
        case PaymentStatus.PARTLY_REFUNDED:
            return _("%(amount)s paid back", amount=money(order.refunded))
        case PaymentStatus.REFUNDED:
            return _("Paid back")
        case PaymentStatus.DUE:
            return _due_words(order)
        case _:
            return _("Nothing to pay")


def _due_words(order: OrderView) -> str:
    """What is to be paid later, and when."""
    if order.pay_by == PayBy.PICKUP:
        return _("To be paid when it is picked up")
    if order.account_due_on is None:
        return _("To be paid by invoice")
    if today() > order.account_due_on:
        return _(
            "Invoice of %(amount)s, was to be paid until %(day)s",
            amount=money(order.due), day=day_words(order.account_due_on),
        )  # fmt: skip
    return _(
        "Nothing is to be paid now. Invoice of %(amount)s, to be paid until %(day)s",
        amount=money(order.due), day=day_words(order.account_due_on),
    )  # fmt: skip


def steps_of(order: OrderView) -> list[Step]:
    """The way of the order, with the days that are known."""
    is_pickup = order.delivery == Delivery.PICKUP
    if order.state == State.CANCELLED:
        assert order.cancelled_at is not None
        return [
            Step(_("Ordered"), club_date(order.placed_at), "done"),
            Step(_("Cancelled"), club_date(order.cancelled_at), "done"),
        ]
    way: list[tuple[str, date | None, bool]] = [(_("Ordered"), club_date(order.placed_at), True)]
    if order.pay_by == PayBy.CARD:
        way.append((_("Paid"), club_date(order.settled_at) if order.settled_at else None, bool(order.settled_at)))
    is_gone = order.fulfilment in {Fulfilment.SENT, Fulfilment.DELIVERED, Fulfilment.RETURNED}
    is_packed = is_gone or order.fulfilment in {Fulfilment.PACKED, Fulfilment.PARTLY_SENT}
    packed_on = club_date(order.packed_at) if is_packed and order.packed_at else None
    way.append((_("Packed") if is_packed else _("Being prepared"), packed_on, is_packed))
    if is_pickup:
        ready = is_gone or order.ready_at is not None
        way.append((_("Ready to pick up"), club_date(order.ready_at) if order.ready_at else None, ready))
    else:
        way.append((_("Sent"), club_date(order.sent_at) if is_gone and order.sent_at else None, is_gone))
    is_there = order.delivered_on is not None
    way.append((_("Picked up") if is_pickup else _("Delivered"), order.delivered_on, is_there))
    return _looked_at(way)


def arrival(order: OrderView) -> str:
    """When it comes, or can be picked up, by the working days of its way; nothing once it is there or called off."""
    if order.state in {State.CANCELLED, State.DONE} or order.delivered_on:
        return ""
    if order.delivery == Delivery.PICKUP and order.ready_at is not None:
        return _("It is ready to be picked up.")
    method = method_of(order)
    if method is None or order.settled_at is None:
        return ""
    begun = club_date(order.settled_at)
    first, last = working_days_after(begun, method.days_from), working_days_after(begun, method.days_to)
    if last < today():
        return ""
    return _span(first, last, is_pickup=order.delivery == Delivery.PICKUP)


def method_of(order: OrderView) -> Method | None:
    """Its way of delivery as it is now; None once it is gone."""
    return next((method for method in ways(db()).methods if method.id == order.method_id), None)


def working_days_after(day: date, count: int) -> date:
    """So many working days later; a Saturday or Sunday counts as the Monday after it."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    for _number in range(count):
        day += timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
    return day


def sums_of(order: OrderView) -> list[tuple[str, str]]:
    """What it cost, part by part; the total stands below them."""
    facts = [(_("Goods"), money(order.goods))]
    used = uses_for(db(), "order", order.id) if order.offers else []
    if order.discount:
        facts.append((_discount_words(used), f"\u2212{money(order.discount)}"))
    if order.points:
        facts.append((_("Paid with %(points)s", points=points(order.points)), f"\u2212{money(order.points_value)}"))
    facts.append(
        (in_language(order.method_name), money(order.delivery_price) if order.delivery_price else _("No charge"))
    )
    others = [in_language(offer.title) for _use, offer in used if offer.kind not in REDUCES]
    if others:
        facts.append((_("Offers that count"), listed_together(others)))
    return facts


def discount_words(order: OrderView) -> str:
    """What lowered the prices of an order: its offers by their names."""
    return _discount_words(uses_for(db(), "order", order.id) if order.offers else [])


def _discount_words(used: Sequence[tuple[UseRow, Offer]]) -> str:
    names = [in_language(offer.title) for use, offer in used if use.saves and offer.kind in REDUCES]
    return _("Offer “%(offer)s”", offer=listed_together(names)) if names else _("Discount")


def shown_order(order: OrderView, *, is_own: bool) -> Mapping[str, Any]:
    """What every page about one order asks for."""
    return {
        "order": order,
        "state": state_words(order),
        "look": state_look(order),
        "paid_words": payment_words(order),
        "steps": steps_of(order),
        "arrival": arrival(order),
        "method": method_of(order),
        "sums": sums_of(order),
        "brings": (found := brings(order, is_own=is_own)),
        "brings_when": waiting_words(order, found) if found and found.is_pending else "",
        "can_pay": order.state == State.PENDING and order.pay_by == PayBy.CARD,
        "can_cancel": can_cancel(order),
        "goes_back": can_go_back(db(), order.id) if order.paid and can_cancel(order) else 0,
        "can_be_fetched": can_be_fetched(order),
        "is_sent": any(line.with_buyer for line in order.lines),
    }


def can_be_fetched(order: OrderView) -> bool:
    """Its goods wait at the counter."""
    is_open = order.state == State.PLACED and order.delivered_on is None
    return is_open and order.delivery == Delivery.PICKUP and order.ready_at is not None


def can_cancel(order: OrderView) -> bool:
    """Until anything is packed."""
    if order.state == State.PENDING:
        return True
    return order.state == State.PLACED and not any(line.packed or line.returned for line in order.lines)


def links_of(order: OrderView, *, is_own: bool) -> list[tuple[str, str]]:
    """What else there is to it: papers, sending goods back, withdrawing from the contract."""
    found: list[tuple[str, str]] = []
    if (is_own or order.person_id is None) and any(line.with_buyer for line in order.lines):
        address = (
            url_for("portal.return_order", number=order.number)
            if is_own
            else url_for("shop.return_order", key=order.key)
        )
        found.append((address, _("Send something back")))
    if order.settled_at is not None:
        papers = papers_of_order(order.id)
        found += [(url_for("shop.paper", key=order.key, number=one.number), _paper(one)) for one in papers]
    if order.state in {State.PLACED, State.DONE}:
        found.append((url_for("shop.withdraw", key=order.key), _("Withdraw from the contract")))
    return found


def _paper(one: PaperRow) -> str:
    return f"{paper_kind(one.kind)} {one.number}"


def _looked_at(way: list[tuple[str, date | None, bool]]) -> list[Step]:
    """What is done stays so; the first that is not is under way."""
    begun = next((number for number, (_words, _on, is_done) in enumerate(way) if not is_done), len(way))
    looks = ["done" if number < begun else "now" if number == begun else "later" for number in range(len(way))]
    return [Step(words, on, look) for (words, on, _is_done), look in zip(way, looks, strict=True)]


def _span(first: date, last: date, *, is_pickup: bool) -> str:
    if is_pickup:
        return _("It can be picked up from this day on: %(day)s", day=day_words(last))
    if first == last:
        return _("It should be there on this day: %(day)s", day=day_words(last))
    return _("It should be there between %(first)s and %(last)s", first=day_words(first), last=day_words(last))

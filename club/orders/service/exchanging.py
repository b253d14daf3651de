"""Goods came back and others go out for them: the order of those, at the prices of today, within the return's step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import insert

from club.accrual.models import lock_member
from club.carts.goods import Looked, stand_of
from club.carts.rules import Goods, PointsTerms, PricedCart, Wanted, price_cart
from club.catalogue.buying import offers_for
from club.catalogue.rules.products import TaxClass
from club.catalogue.service.stock import Cause, pass_on, release, reserve, take_of_limit
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import Transaction
from club.delivery.countries import rule_for
from club.delivery.rules import Kind, Quote, Rule, age_to_confirm, check_order
from club.delivery.taxes import rates_for
from club.errors import DifferenceNotPayable, ExchangeNeedsAge, MembersOnly
from club.offers.stacking import NONE_APPLIED
from club.orders import credit
from club.orders.drafting import Draft, with_taxes
from club.orders.models import OrderContact
from club.orders.reading import OrderView, order_with
from club.orders.rules import Actor, Contact, Move, PayBy
from club.orders.service import rows
from club.orders.service.numbers import new_key, new_number
from club.orders.service.settling import settle_in
from club.orders.service.steps import LINES, ORDER, ORDERS, cause_of, move
from club.points.pool import lock_shared, may_spend
from club.points.service import hold
from club.programme.models import the_club

EXCHANGE = "exchange"
"""What goods are set aside for until those come for which they go out."""
WAITS_FOR = timedelta(days=7)
"""So long the difference can be paid by card."""


@dataclass(frozen=True, kw_only=True)
class AsBefore:
    """At the price at which it was sold: so many minor units a piece, and so much less in all."""

    unit_price: int
    discount: int


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What goes out for a return. `pieces`: variant → how many."""

    case_id: int
    order_id: int
    """Whose goods came back."""
    pieces: Mapping[int, int]
    points: int
    """That had been spent on what came back: they pay again before money does."""
    money: int
    """Of that order, as much as came in for the goods and can be carried over."""
    takes_cards: bool
    points_value: int = 0
    """What the points had paid of it."""
    as_before: Mapping[int, AsBefore] = field(default_factory=dict)
    """What goes out for the same thing that was faulty or wrong, by variant."""
    least: int = 0
    """Less than this no card can pay."""

    @property
    def is_for_nothing(self) -> bool:
        """Whether all of it stands for faulty goods."""
        return self.pieces.keys() == self.as_before.keys()


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """The order that goes out. `carried` of its `total` came with the goods; `to_pay` is left."""

    order_id: int
    number: str
    key: str
    total: int
    points: int
    carried: int
    to_pay: int
    pay_by: PayBy


def place_exchange_in(tx: Transaction, exchange: Exchange, now: datetime) -> Exchanged:
    """Write the order. Its goods are locked with `lock` before; what was set aside for the return becomes its own.

    Settled at once, unless a card has to pay the difference. Raises `NoLongerSold`, `OutOfStock`, `LimitReached`,
    `DifferenceNotPayable`, and the refusals of `check_order` and of buying on account.
    """
    before = order_with(tx, exchange.order_id)
    reckoned = _draft(tx, exchange, before, now)
    carried = min(exchange.money, reckoned.total)
    pay_by = _pay_by(before, reckoned.total - carried, takes_cards=exchange.takes_cards)
    club = the_club(tx)
    ready = rows.Ready(club, club_day(now, club.time_zone), reckoned, pay_by)
    wanted = _wanted(exchange, before, reckoned, pay_by)
    values = rows.order_row(wanted, ready, number := new_number(), key := new_key(), now)
    values |= {"carried": carried, "exchange_of": before.id, "method_id": before.method_id}
    values["expires_at"] = now + WAITS_FOR if pay_by is PayBy.CARD else None
    order_id: int = tx.execute(insert(ORDERS).values(values).returning(ORDERS.c.id)).scalar_one()
    _take_points(tx, order_id, before, reckoned, now)
    to_pay = reckoned.total - carried
    if pay_by is PayBy.ACCOUNT and before.person_id is not None:
        credit.take_in(
            tx, person_id=before.person_id, order_id=order_id, amount=to_pay, today=ready.today, now=now
        )  # fmt: skip
    _take_goods(tx, order_id, exchange, now)
    _count_limits(tx, before, reckoned)
    tx.execute(insert(OrderContact), rows.contact_row(order_id, wanted))
    tx.execute(insert(LINES), rows.line_rows(order_id, ready))
    move(tx, order_id, Move.PLACED, Actor.SYSTEM, now)
    if pay_by is not PayBy.CARD:
        settle_in(tx, order_id, 0, now)
    return Exchanged(
        order_id=order_id, number=number, key=key, total=reckoned.total, points=reckoned.priced.points,
        carried=carried, to_pay=to_pay, pay_by=pay_by,
    )  # fmt: skip


def check_age(tx: Transaction, order_id: int, variant_ids: Iterable[int], confirmed: int, now: datetime) -> None:
    """Raise `ExchangeNeedsAge` where one of these asks for more years than were confirmed, now or with the order."""
    before, today = order_with(tx, order_id), club_day(now, the_club(tx).time_zone)
    rule, buyer = rule_for(tx, before.country), buyer_of(tx, before.person_id, today)

    def asked(variant_ids: Iterable[int]) -> int:
        offers = offers_for(tx, dict.fromkeys(variant_ids, 1), buyer, today)
        return age_to_confirm(rule, (offer.min_age for offer in offers.values())) or 0

    age = asked(variant_ids)
    if age > max(confirmed, asked(line.variant_id for line in before.lines)):
        raise ExchangeNeedsAge(age)


def _draft(tx: Transaction, exchange: Exchange, before: OrderView, now: datetime) -> Draft:
    """Prices of today, without offers; points as far as they were given back; brought for nothing, in the same way."""
    today = club_day(now, the_club(tx).time_zone)
    buyer = buyer_of(tx, before.person_id, today)
    stand = stand_of(tx, exchange.pieces, buyer, today)
    wanted = [
        Wanted(
            variant_id=variant_id, quantity=quantity, shown_price=None,
            goods=_goods(stand.of(variant_id), quantity, exchange.as_before.get(variant_id)),
        )
        for variant_id, quantity in sorted(exchange.pieces.items())
    ]  # fmt: skip
    rule = rule_for(tx, before.country)
    priced = _priced(wanted, exchange, before, _terms(tx, exchange, before, now))
    _check(before, rule, priced.goods)
    is_shipped = before.delivery != Kind.PICKUP
    postcode = before.contact.postcode if before.contact and is_shipped else ""
    rates = rates_for(tx, before.country, postcode, today)
    return Draft(
        looked=with_taxes(Looked(priced, stand.offers), rates, before.country),
        rule=rule,
        quotes=(),
        quote=_way(before),
        country=before.country,
        tax_rates=rates,
        value=priced.goods,
        weight_grams=sum(stand.offers[line.variant_id].weight_grams * line.quantity for line in priced.lines),
        delivery_price=0,
        delivery_tax=0,
        delivery_tax_rate=before.delivery_tax_rate,
        applied=NONE_APPLIED,
        min_age=None,
        mark=(),
    )


def _goods(goods: Goods, quantity: int, as_before: AsBefore | None) -> Goods:
    goods = replace(goods, most=quantity, limit=None, sold_in=1)
    if as_before is None:
        return goods
    price = as_before.unit_price
    return replace(goods, unit_price=price, usual_price=max(price, goods.usual_price), takes_points=True)


def _priced(wanted: list[Wanted], exchange: Exchange, before: OrderView, terms: PointsTerms) -> PricedCart:
    """With the price of before where goods were faulty, and without a rest that nobody has to pay."""
    less = {variant_id: known.discount for variant_id, known in exchange.as_before.items()}
    priced = price_cart(wanted, points=terms, discount=less)
    while rest := _forgiven(exchange, before, priced):  # points are whole: less of them may be needed now
        for line in sorted(priced.lines, key=lambda line: -line.paid):
            part = min(rest, line.paid)
            less[line.variant_id] = less.get(line.variant_id, 0) + part
            rest -= part
        priced = price_cart(wanted, points=terms, discount=less)
    return priced


def _forgiven(exchange: Exchange, before: OrderView, priced: PricedCart) -> int:
    """Of what is left to be paid: what points are worth less than they were, and what no card takes."""
    left = priced.paid - min(exchange.money, priced.paid)
    short = max(0, exchange.points_value - priced.points_value)
    rounding = priced.pieces
    if not exchange.is_for_nothing and short > rounding:
        short = 0
    left_by_card = 0 if before.pay_by in {PayBy.ACCOUNT, PayBy.PICKUP} else left
    return left if left_by_card - min(short, left) < exchange.least and left_by_card else min(short, left)


def _check(before: OrderView, rule: Rule, value: int) -> None:
    """What holds of every order in that country; an age was confirmed when it was asked for."""
    check_order(
        rule, Kind(before.delivery), value=value, phone=before.contact.phone if before.contact else "",
        method_needs_phone=False, age=None, confirms_age=True,
    )  # fmt: skip


def _terms(tx: Transaction, exchange: Exchange, before: OrderView, now: datetime) -> PointsTerms:
    club = the_club(tx)
    if not exchange.points or before.person_id is None:
        return PointsTerms()
    today = club_day(now, club.time_zone)
    lock_shared(tx, before.person_id, today)
    lock_member(tx, before.person_id)
    spendable = may_spend(tx, before.person_id, today)
    return PointsTerms(
        wanted=exchange.points, spendable=min(spendable, exchange.points), step=1,
        per_points=club.point_value_points, per_minor=club.point_value_minor,
    )  # fmt: skip


def _way(before: OrderView) -> Quote:
    return Quote(
        method_id=before.method_id or 0, kind=Kind(before.delivery), name=before.method_name, words=before.method_name,
        price=0, tax_class=TaxClass.STANDARD, free_from=None, days_from=0, days_to=0, needs_phone=False,
    )  # fmt: skip


def _pay_by(before: OrderView, to_pay: int, *, takes_cards: bool) -> PayBy:
    """As before, where that still leaves something to be paid later; else by card."""
    if not to_pay:
        return PayBy.NOTHING
    if before.pay_by in {PayBy.ACCOUNT, PayBy.PICKUP}:
        return before.pay_by
    if not takes_cards:
        raise DifferenceNotPayable(to_pay)
    return PayBy.CARD


def _wanted(exchange: Exchange, before: OrderView, reckoned: Draft, pay_by: PayBy) -> rows.Wanted:
    """An exchange has no cart; its case's number stands below zero where a cart's would: a return becomes one order."""
    return rows.Wanted(
        cart_id=-exchange.case_id,
        person_id=before.person_id,
        buyer=next(iter(reckoned.looked.offers.values())).buyer,
        contact=before.contact or Contact(email="", full_name="", country=before.country),
        method_id=before.method_id or 0,
        pay_by=pay_by,
        expected_total=reckoned.total,
        language=before.language,
        terms_id=before.terms_id,
    )


def _take_points(tx: Transaction, order_id: int, before: OrderView, reckoned: Draft, now: datetime) -> None:
    points = reckoned.priced.points
    if not points or before.person_id is None:
        return
    today = club_day(now, the_club(tx).time_zone)
    hold_id = hold(tx, before.person_id, ORDER, order_id, points, today, now)
    tx.execute(ORDERS.update().where(ORDERS.c.id == order_id).values(hold_id=hold_id))


def _take_goods(tx: Transaction, order_id: int, exchange: Exchange, now: datetime) -> None:
    """What lies ready becomes the order's; where it was let go, or fewer pieces came, it is set aside anew."""
    aside = Cause(EXCHANGE, exchange.case_id)
    if not pass_on(tx, aside, cause_of(order_id), exchange.pieces):
        release(tx, aside, now)
        reserve(tx, cause_of(order_id), exchange.pieces, None, now)


def _count_limits(tx: Transaction, before: OrderView, reckoned: Draft) -> None:
    pieces: dict[int, tuple[int, int]] = {}
    for line in reckoned.priced.lines:
        offer = reckoned.looked.offers[line.variant_id]
        if offer.limit_per_member is not None:
            so_far = pieces.get(offer.product_id, (0, 0))[0]
            pieces[offer.product_id] = (so_far + line.quantity, offer.limit_per_member)
    for product_id, (quantity, limit) in sorted(pieces.items()):
        if before.person_id is None:
            raise MembersOnly
        take_of_limit(tx, product_id, before.person_id, quantity, limit)

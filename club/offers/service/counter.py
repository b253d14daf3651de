"""Offers at the counter: with a sale, shown before it is saved, or a gift that a voucher stands for; and undone."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.accrual.paying import Paid, most_points
from club.accrual.rules import Rules
from club.accrual.service import Preview, Recorded, Returned, SalePreview, record_return_in, record_sale_in
from club.accrual.service.purchase import OnlyLooking, refuse_own
from club.audit import record
from club.catalogue.buying import Offer as OnSale
from club.catalogue.buying import offers_for
from club.catalogue.categories import Tree, tree
from club.catalogue.rules.pricing import Buyer
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotForThatDay, NotUsedHere, VoucherNotOpen
from club.offers.counting import candidates_for
from club.offers.earning import rules_with
from club.offers.reading import VoucherView, the_voucher
from club.offers.rules import Kind, Offer, Place, VoucherState
from club.offers.service.shelf import hand_out_in, hold_in, put_back_in
from club.offers.service.typing import voucher_typed
from club.offers.service.using import Cause, give_back_in, settle_in, take_in
from club.offers.stacking import Applied, Candidate, Line, Used, apply
from club.permissions import Permission, Role, require
from club.points.pool import lock_shared, may_spend
from club.programme.models import the_club
from club.purchases.models import is_all_back
from club.purchases.rules import NewPurchase, ReturnOf
from club.tiers.standing import standing

PURCHASE, VOUCHER = "purchase", "voucher"
"""What an offer is used for at the counter."""


@dataclass(frozen=True)
class CounterPreview:
    """What a sale would bring and which offers count in it; `sale.paid` is what is left to pay."""

    sale: SalePreview
    applied: Applied


@dataclass(frozen=True)
class CounterSale:
    """A sale that is saved."""

    recorded: Recorded
    paid: Paid
    applied: Applied


def preview_at_counter(
    db: Session, sale: NewPurchase, points: int, code: str | None, by: int, role: Role | None, now: datetime
) -> CounterPreview:
    """What saving it would do: it is saved and rolled back, so that preview and result cannot differ."""
    require(role, Permission.RECORD_PURCHASES)
    refuse_own(db, by, sale.member_id)
    voucher_id = _voucher_for(db, sale.member_id, code, by, now)
    with suppress(OnlyLooking), transaction(db) as tx:
        club = the_club(tx)
        today = club_day(now, club.time_zone)
        spendable = may_spend(tx, sale.member_id, today)
        made = _record(tx, sale, points, voucher_id, by, now, silent=True)
        most = most_points(club, sale.amount - made.applied.discount, spendable)
        then = standing(tx, sale.member_id, today)
        raise OnlyLooking
    preview = Preview(replace(made.recorded, purchase_id=0), then)
    return CounterPreview(SalePreview(preview, made.paid, most), made.applied)


def record_at_counter(
    db: Session, sale: NewPurchase, points: int, code: str | None, by: int, role: Role | None, now: datetime
) -> CounterSale:
    """Save a sale with what counts: `sale.amount` is its price before offers and points.

    For a sale of today that is what counts by itself and the voucher of `code`. Raises `UnknownVoucher`,
    `VoucherNotOpen`, `NotUsedHere`, `NotForThatDay`, `TooManyTries`, `OfferNotOpen` where something was taken
    meanwhile, and what `record_sale_in` raises.
    """
    require(role, Permission.RECORD_PURCHASES)
    refuse_own(db, by, sale.member_id)
    voucher_id = _voucher_for(db, sale.member_id, code, by, now)
    with transaction(db) as tx:
        return _record(tx, sale, points, voucher_id, by, now)


def undo_at_counter(
    db: Session, purchase_id: int, wanted: ReturnOf, member_id: int, by: int, role: Role | None, now: datetime
) -> Returned:
    """Call a sale off, all of it: what it used of offers can be had again, gifts stand on the shelf again.

    Raises what `record_return` raises.
    """
    require(role, Permission.CORRECT_PURCHASES)
    refuse_own(db, by, member_id)
    with transaction(db) as tx:
        returned = record_return_in(tx, wanted, by, now)
        _call_off(tx, purchase_id, by, now)
        return returned


def give_back_at_counter(
    db: Session, wanted: ReturnOf, member_id: int, by: int, role: Role | None, now: datetime
) -> Returned:
    """Part of a purchase comes back; once nothing of it is left, what was given with it comes back as well.

    Raises what `record_return` raises.
    """
    require(role, Permission.CORRECT_PURCHASES)
    refuse_own(db, by, member_id)
    with transaction(db) as tx:
        returned = record_return_in(tx, wanted, by, now)
        if is_all_back(tx, returned.purchase_id):
            _call_off(tx, returned.purchase_id, by, now)
        return returned


def _call_off(tx: Transaction, purchase_id: int, by: int, now: datetime) -> None:
    put_back_in(tx, Cause(PURCHASE, purchase_id), by, now)
    give_back_in(tx, Cause(PURCHASE, purchase_id), now)


def hand_over(db: Session, member_id: int, code: str, by: int, role: Role | None, now: datetime) -> VoucherView:
    """Give out the gift that a voucher stands for, without a sale: it leaves the stock.

    Raises what `record_at_counter` raises of codes, and `OutOfStock`.
    """
    require(role, Permission.RECORD_PURCHASES)
    refuse_own(db, by, member_id)
    voucher_id = _voucher_for(db, member_id, code, by, now)
    with transaction(db) as tx:
        day = club_day(now, the_club(tx).time_zone)
        lock_member(tx, member_id)
        voucher = the_voucher(tx, voucher_id or 0, member_id)
        if not needs_no_sale(voucher.offer):
            raise NotUsedHere
        candidate = Candidate(offer_id=voucher.offer_id, offer=voucher.offer, voucher_id=voucher.id)
        prices = _prices(_gifts(tx, [candidate], buyer_of(tx, member_id, day), day))
        cost = prices.get(voucher.offer.gift_variant_id or 0, 0) * voucher.offer.gift_quantity
        given = Applied(gifts=(Used(candidate=candidate, cost=cost),))
        _use(tx, member_id, given, Cause(VOUCHER, voucher.id), day, now, by)
        record(tx, "voucher.handed_over", "person", member_id, by=by, now=now, voucher=voucher.id, cost=cost)
    return voucher


def shown_at_counter(db: Session, code: str, by: int, role: Role | None, now: datetime) -> VoucherView:
    """A voucher that somebody shows before anybody asked who they are; nothing is used.

    Raises `NotAllowed`, `UnknownVoucher`, `VoucherNotOpen`, `NotUsedHere`, `TooManyTries`.
    """
    require(role, Permission.RECORD_PURCHASES)
    return _usable(db, voucher_typed(db, code, f"account {by}", now), now)


def needs_no_sale(offer: Offer) -> bool:
    """Whether it is a gift that is handed over by itself."""
    return offer.kind is Kind.GIFT and not offer.least_goods and not offer.is_narrow


def take_back(db: Session, member_id: int, voucher_id: int, by: int, role: Role | None, now: datetime) -> bool:
    """What was handed over by mistake: the voucher is good again; False where that was done before."""
    require(role, Permission.CORRECT_PURCHASES)
    refuse_own(db, by, member_id)
    with transaction(db) as tx:
        lock_member(tx, member_id)
        the_voucher(tx, voucher_id, member_id)
        put_back_in(tx, Cause(VOUCHER, voucher_id), by, now)
        if not give_back_in(tx, Cause(VOUCHER, voucher_id), now):
            return False
        record(tx, "voucher.taken_back", "person", member_id, by=by, now=now, voucher=voucher_id)
    return True


def _voucher_for(db: Session, member_id: int, code: str | None, by: int, now: datetime) -> int | None:
    """Wrong codes are counted for whoever types them."""
    if not code:
        return None
    return _usable(db, voucher_typed(db, code, f"account {by}", now, member_id), now).id


def _usable(db: Session, voucher: VoucherView, now: datetime) -> VoucherView:
    state = voucher.state(club_day(now, the_club(db).time_zone))
    if state is not VoucherState.ACTIVE:
        raise VoucherNotOpen(state.value)
    if not voucher.offer.is_for(Place.COUNTER) or voucher.offer.kind is Kind.PARTNER:
        raise NotUsedHere
    return voucher


def _record(
    tx: Transaction, sale: NewPurchase, points: int, voucher_id: int | None, by: int, now: datetime,
    *, silent: bool = False,
) -> CounterSale:  # fmt: skip
    day = club_day(now, the_club(tx).time_zone)
    if points:
        lock_shared(tx, sale.member_id, day)
    lock_member(tx, sale.member_id)
    applied = _applied(tx, sale, voucher_id, day)
    campaigns = rules_with(tx, Rules(), applied).campaigns
    reduced = _less(sale, applied)
    recorded, paid = record_sale_in(tx, reduced, points, by, now, silent=silent, campaigns=campaigns)
    if applied.all:
        cause = Cause(PURCHASE, recorded.purchase_id)
        _use(tx, sale.member_id, applied, cause, day, now, by, extra_points=recorded.extra_points)
    return CounterSale(recorded, paid, applied)


def _use(
    tx: Transaction, member_id: int, applied: Applied, cause: Cause, day: date, now: datetime, by: int,
    *, extra_points: int = 0,
) -> None:  # fmt: skip
    """Take and settle at once; gifts leave the stock, which is held before offers and vouchers are."""
    hold_in(tx, applied.gifts)
    take_in(tx, member_id, applied, cause, day, now, by)
    settle_in(tx, cause, now, extra_points)
    hand_out_in(tx, cause, by, now)


def _applied(tx: Transaction, sale: NewPurchase, voucher_id: int | None, day: date) -> Applied:
    """What counts for a sale of today; for one of another day nothing does."""
    if sale.bought_on != day:  # nobody can tell any more what would have counted then
        if voucher_id is not None:
            raise NotForThatDay
        return Applied()
    buyer = buyer_of(tx, sale.member_id, day)
    chosen = () if voucher_id is None else (voucher_id,)
    candidates = candidates_for(tx, buyer, day, Place.COUNTER, chosen)
    if not candidates:
        return Applied()
    gifts = _gifts(tx, candidates, buyer, day)
    return apply(candidates, _lines(sale, tree(tx)), _prices(gifts), _on_the_shelf(gifts))


def _lines(sale: NewPurchase, known: Tree) -> list[Line]:
    """At the counter goods are known by the word of their category alone."""
    if not sale.lines:
        return [Line(amount=sale.amount)]
    by_word = {known.purchase_category(node_id).casefold(): node_id for node_id in known.nodes}
    return [
        Line(
            amount=line.amount,
            categories=frozenset(node.id for node in known.path(by_word.get(line.category.casefold()))),
        )
        for line in sale.lines
    ]


def _gifts(tx: Transaction, candidates: Sequence[Candidate], buyer: Buyer, day: date) -> dict[int, OnSale]:
    """What the catalogue knows of the goods that would be given, by variant."""
    wanted = {
        one.offer.gift_variant_id: one.offer.gift_quantity
        for one in candidates
        if one.offer.kind is Kind.GIFT and one.offer.gift_variant_id is not None
    }
    return offers_for(tx, wanted, buyer, day)


def _prices(gifts: Mapping[int, OnSale]) -> dict[int, int]:
    """What a piece costs; what has no price costs nothing."""
    return {variant_id: one.price.amount if one.price else 0 for variant_id, one in gifts.items()}


def _on_the_shelf(gifts: Mapping[int, OnSale]) -> dict[int, int]:
    """How many pieces can be handed over: what is to come is not there. What is not counted is left out."""
    levels = {variant_id: one.choice.level for variant_id, one in gifts.items()}
    return {variant_id: max(0, level.free) for variant_id, level in levels.items() if level.is_counted}


def _less(sale: NewPurchase, applied: Applied) -> NewPurchase:
    if not applied.discount:
        return sale
    lines = tuple(
        replace(line, amount=line.amount - off, tax=min(line.tax, line.amount - off))
        for line, off in zip(sale.lines, applied.per_line, strict=False)
    )
    return replace(sale, amount=sale.amount - applied.discount, lines=lines)

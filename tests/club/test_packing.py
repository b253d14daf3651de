"""Staff pack, send and hand over: whole orders, parts, several parcels, and what is refused."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry, AuditWords
from club.carts.models import Owner
from club.catalogue.models import Variant
from club.catalogue.rules.products import sku_key
from club.database import transaction
from club.errors import (
    AddressMissing,
    CodeNotRight,
    DateInFuture,
    MoneyNotTaken,
    MoreThanLeft,
    MoveNotAllowed,
    NotAllowed,
    NotFound,
    NothingLeft,
    OrderChanged,
    ReasonMissing,
)
from club.messages.models import Message
from club.orders.finding import find_orders
from club.orders.listing import Sort, View, Wanted, count_orders, orders, waiting
from club.orders.moves import Means, may_make
from club.orders.picking import shelf_list, to_pack
from club.orders.reading import OrderView, moves_of, order_with
from club.orders.rules import Delivery, Fulfilment, Move, PayBy, PaymentStatus, State
from club.orders.service import settle_in
from club.orders.service.correcting import Address, correct_address
from club.orders.service.packing import (
    AtTheCounter,
    OnItsWay,
    delivered,
    hand_over,
    pack,
    ready_for_pickup,
    send,
    unpack,
)
from club.permissions import Permission, Role, may
from club.programme.rules import Club
from tests.order_world import CONTACT, COUNTER, Till, open_shop
from tests.people import new_colleague

TODAY = date(2026, 6, 15)
WAY = OnItsWay(carrier="SEUR", tracking="1Z999", tracking_url="https://seur.example/1Z999")


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    open_shop(db)
    return Till(db, now)


@pytest.fixture
def clerk(db: Session, now: datetime) -> int:
    return new_colleague(db, now, Role.SHOP).account_id


@pytest.fixture
def order(db: Session, till: Till, now: datetime) -> OrderView:
    """A guest's paid order: three of one thing and one of another."""
    return paid_order(db, till, now)


def paid_order(db: Session, till: Till, now: datetime, name: str = "Ana García") -> OrderView:
    things = (till.shelf.thing("Rioja"), 3), (till.shelf.thing("Cava"), 1)
    placed = till.order(Owner(), *things, contact=replace(CONTACT, full_name=name))
    with transaction(db) as tx:
        settle_in(tx, placed.order_id, placed.total, now)
    return order_with(db, placed.order_id)


def at_the_counter(db: Session, till: Till) -> OrderView:
    """An order that is paid when it is picked up."""
    placed = till.order(Owner(), (till.shelf.thing(), 2), method_id=COUNTER, pay_by=PayBy.PICKUP)
    return order_with(db, placed.order_id)


def seen(db: Session, order: OrderView) -> OrderView:
    db.rollback()
    return order_with(db, order.id)


def mails(db: Session, act: str) -> list[dict[str, object]]:
    db.rollback()
    return list(db.scalars(select(Message.data).where(Message.act == act).order_by(Message.id)))


def test_a_whole_order_is_packed_sent_and_arrives(
    db: Session, till: Till, order: OrderView, clerk: int, now: datetime
) -> None:
    assert pack(db, order.id, None, clerk, Role.SHOP, now, seen_version=order.version) == 4
    assert seen(db, order).fulfilment is Fulfilment.PACKED
    parcel_id = send(db, order.id, None, WAY, clerk, Role.SHOP, now)
    sent = seen(db, order)
    assert (sent.fulfilment, sent.state) == (Fulfilment.SENT, State.PLACED)
    first, second = order.lines
    assert [(one.id, one.carrier, one.tracking, one.pieces) for one in sent.parcels] == [
        (parcel_id, "SEUR", "1Z999", {first.id: 3, second.id: 1})
    ]
    (mail,) = mails(db, "order.sent")
    assert (mail["order"], mail["key"], mail["tracking"]) == (order.number, order.key, "1Z999")
    delivered(db, order.id, None, clerk, Role.SHOP, now + timedelta(days=1))
    arrived = seen(db, order)
    assert (arrived.fulfilment, arrived.state, arrived.delivered_on) == (
        Fulfilment.DELIVERED, State.DONE, TODAY + timedelta(days=1),
    )  # fmt: skip
    told = [(move.kind, move.by) for move in moves_of(db, order.id)]
    assert told[-3:] == [("packed", clerk), ("sent", clerk), ("delivered", clerk)]
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "order").order_by(AuditEntry.id)).all()
    assert acts == ["order.packed", "order.sent", "order.delivered"]


def test_parts_go_out_in_several_parcels(db: Session, order: OrderView, clerk: int, now: datetime) -> None:
    first, second = order.lines
    pack(db, order.id, {first.id: 2}, clerk, Role.SHOP, now)
    assert seen(db, order).fulfilment is Fulfilment.PARTLY_PACKED
    send(db, order.id, {first.id: 1}, OnItsWay(), clerk, Role.SHOP, now)
    assert seen(db, order).fulfilment is Fulfilment.PARTLY_SENT
    with pytest.raises(MoveNotAllowed):
        delivered(db, order.id, None, clerk, Role.SHOP, now)
    assert pack(db, order.id, None, clerk, Role.SHOP, now) == 2
    send(db, order.id, None, WAY, clerk, Role.SHOP, now)
    done = seen(db, order)
    assert done.fulfilment is Fulfilment.SENT
    assert [one.pieces for one in done.parcels] == [{first.id: 1}, {first.id: 2, second.id: 1}]
    assert len(mails(db, "order.sent")) == 2


def test_more_than_there_is_and_nothing_at_all_are_refused(
    db: Session, order: OrderView, clerk: int, now: datetime
) -> None:
    first, second = order.lines
    for wanted in ({first.id: 4}, {first.id: -1}, {999: 1}):
        with pytest.raises(MoreThanLeft):
            pack(db, order.id, wanted, clerk, Role.SHOP, now)
    with pytest.raises(NothingLeft):
        pack(db, order.id, {first.id: 0}, clerk, Role.SHOP, now)
    with pytest.raises(MoveNotAllowed):
        send(db, order.id, None, WAY, clerk, Role.SHOP, now)
    pack(db, order.id, {first.id: 1}, clerk, Role.SHOP, now)
    with pytest.raises(MoreThanLeft):
        send(db, order.id, {second.id: 1}, WAY, clerk, Role.SHOP, now)
    with pytest.raises(NotFound):
        pack(db, 999, None, clerk, Role.SHOP, now)
    after = seen(db, order)
    assert [(line.packed, line.sent) for line in after.lines] == [(1, 0), (0, 0)]
    assert (after.version, after.parcels) == (order.version + 1, ())


def test_what_is_packed_can_be_unpacked_until_it_is_sent(
    db: Session, order: OrderView, clerk: int, now: datetime
) -> None:
    first, _second = order.lines
    pack(db, order.id, None, clerk, Role.SHOP, now)
    send(db, order.id, {first.id: 1}, WAY, clerk, Role.SHOP, now)
    assert unpack(db, order.id, None, clerk, Role.SHOP, now) == 3
    assert [(line.packed, line.sent) for line in seen(db, order).lines] == [(1, 1), (0, 0)]
    with pytest.raises(NothingLeft):
        unpack(db, order.id, None, clerk, Role.SHOP, now)


def test_who_saw_an_older_state_is_told(db: Session, order: OrderView, clerk: int, now: datetime) -> None:
    pack(db, order.id, {order.lines[0].id: 1}, clerk, Role.SHOP, now, seen_version=order.version)
    with pytest.raises(OrderChanged):
        pack(db, order.id, None, clerk, Role.SHOP, now, seen_version=order.version)
    assert [line.packed for line in seen(db, order).lines] == [1, 0]


def test_an_order_that_is_not_paid_is_not_packed(db: Session, till: Till, clerk: int, now: datetime) -> None:
    placed = till.order(Owner(), (till.shelf.thing(), 1))
    with pytest.raises(MoveNotAllowed):
        pack(db, placed.order_id, None, clerk, Role.SHOP, now)
    assert count_orders(db, Wanted(view=View.TO_PAY), now) == 1


def test_at_the_counter_it_is_told_paid_and_handed_over(db: Session, till: Till, clerk: int, now: datetime) -> None:
    order = at_the_counter(db, till)
    pack(db, order.id, None, clerk, Role.SHOP, now)
    with pytest.raises(MoveNotAllowed):
        send(db, order.id, None, WAY, clerk, Role.SHOP, now)
    code = ready_for_pickup(db, order.id, clerk, Role.SHOP, now)
    (mail,) = mails(db, "order.ready")
    assert mail["code"] == code
    with pytest.raises(CodeNotRight):
        hand_over(db, order.id, AtTheCounter(code="WRONG1", means=Means.CASH), clerk, Role.SHOP, now)
    with pytest.raises(ReasonMissing):
        hand_over(db, order.id, AtTheCounter(means=Means.CASH), clerk, Role.SHOP, now)
    with pytest.raises(MoneyNotTaken) as due:
        hand_over(db, order.id, AtTheCounter(code=code), clerk, Role.SHOP, now)
    assert due.value.due == order.total
    assert seen(db, order).paid == 0
    said = AtTheCounter(code=f" {code[:3]}-{code[3:].lower()} ", means=Means.TERMINAL)
    assert hand_over(db, order.id, said, clerk, Role.SHOP, now) == order.total
    done = seen(db, order)
    assert (done.state, done.payment_status, done.fulfilment) == (
        State.DONE, PaymentStatus.PAID, Fulfilment.DELIVERED,
    )  # fmt: skip
    paid = next(move for move in moves_of(db, order.id) if move.kind == "paid" and move.by == clerk)
    assert paid.numbers == {"amount": order.total, "means": 2}


def test_without_its_code_goods_are_handed_over_with_a_reason(
    db: Session, till: Till, clerk: int, now: datetime
) -> None:
    order = at_the_counter(db, till)
    pack(db, order.id, None, clerk, Role.SHOP, now)
    handed = AtTheCounter(reason="Her husband, with the mail", means=Means.CASH)
    hand_over(db, order.id, handed, clerk, Role.SHOP, now)
    entry = db.execute(
        select(AuditEntry.numbers, AuditWords.why).join(AuditWords).where(AuditEntry.act == "order.handed_over")
    ).one()
    assert (entry.numbers["without_code"], entry.why) == (1, "Her husband, with the mail")
    assert seen(db, order).fulfilment is Fulfilment.DELIVERED


def test_nothing_arrives_tomorrow(db: Session, order: OrderView, clerk: int, now: datetime) -> None:
    pack(db, order.id, None, clerk, Role.SHOP, now)
    send(db, order.id, None, WAY, clerk, Role.SHOP, now)
    with pytest.raises(DateInFuture):
        delivered(db, order.id, TODAY + timedelta(days=1), clerk, Role.SHOP, now)
    assert seen(db, order).delivered_on is None


@pytest.mark.proves("F-36")
@pytest.mark.parametrize("role", [role for role in Role if not may(role, Permission.MANAGE_ORDERS)])
def test_who_may_not_work_on_orders_changes_nothing(db: Session, order: OrderView, now: datetime, role: Role) -> None:
    for act in (pack, unpack):
        with pytest.raises(NotAllowed):
            act(db, order.id, None, 1, role, now)
    with pytest.raises(NotAllowed):
        send(db, order.id, None, WAY, 1, role, now)
    with pytest.raises(NotAllowed):
        hand_over(db, order.id, AtTheCounter(reason="x"), 1, role, now)
    assert seen(db, order).version == order.version


def test_the_address_is_put_right_until_the_goods_are_on_their_way(
    db: Session, order: OrderView, clerk: int, now: datetime
) -> None:
    new = Address(full_name="Ana María García", address="Calle Mayor 11", postcode="26001", city="Logroño")
    assert correct_address(db, order.id, new, clerk, Role.SHOP, now, seen_version=order.version)
    after = seen(db, order)
    assert after.contact is not None
    assert (after.contact.full_name, after.contact.address, after.contact.country) == (
        "Ana María García", "Calle Mayor 11", "ES",
    )  # fmt: skip
    assert not correct_address(db, order.id, new, clerk, Role.SHOP, now)
    entry = db.execute(select(AuditEntry.numbers).where(AuditEntry.act == "order.address_corrected")).scalar_one()
    assert entry == {"address": True, "full_name": True}
    assert [one.number for one in find_orders(db, "maria garcia", 5, by_contact=False)] == [order.number]
    with pytest.raises(AddressMissing):
        correct_address(db, order.id, replace(new, city=""), clerk, Role.SHOP, now)
    pack(db, order.id, None, clerk, Role.SHOP, now)
    send(db, order.id, None, WAY, clerk, Role.SHOP, now)
    with pytest.raises(MoveNotAllowed):
        correct_address(db, order.id, replace(new, city="Haro"), clerk, Role.SHOP, now)


def test_each_view_shows_what_is_to_be_done_next(db: Session, till: Till, clerk: int, now: datetime) -> None:
    packed, sent, open_ = (paid_order(db, till, now) for _ in range(3))
    waits = at_the_counter(db, till)
    unpaid = till.order(Owner(), (till.shelf.thing(), 1))
    for one in (packed, sent, waits):
        pack(db, one.id, None, clerk, Role.SHOP, now)
    send(db, sent.id, None, WAY, clerk, Role.SHOP, now)
    ready_for_pickup(db, waits.id, clerk, Role.SHOP, now)
    found = {view: [row.id for row in orders(db, Wanted(view=view), now, limit=9)] for view in View}
    assert found == {
        View.TO_PAY: [unpaid.order_id],
        View.TO_PACK: [open_.id],
        View.TO_SEND: [packed.id],
        View.READY: [waits.id],
        View.SENT: [sent.id],
        View.PROBLEMS: [],
        View.ALL: [unpaid.order_id, waits.id, open_.id, sent.id, packed.id],
    }
    later = now + timedelta(days=8)
    counted = waiting(db, later)
    assert (counted.to_pack, counted.to_send, counted.ready, counted.not_fetched, counted.sent, counted.to_pay) == (
        1, 1, 1, 1, 1, 1,
    )  # fmt: skip
    assert counted.problems == count_orders(db, Wanted(view=View.PROBLEMS), later) == 1
    by_total = orders(db, Wanted(), now, sort=Sort.TOTAL, is_descending=False, limit=1)
    assert by_total[0].total == min(one.total for one in (packed, waits, order_with(db, unpaid.order_id)))


def test_orders_are_found_by_number_article_name_and_address(
    db: Session, till: Till, order: OrderView, now: datetime
) -> None:
    other = paid_order(db, till, now, name="Борис Ёлкин")
    line = order.lines[0]
    with transaction(db) as tx:
        tx.execute(update(Variant).where(Variant.id == line.variant_id).values(sku_key=sku_key(line.sku)))

    def found(words: str, *, by_contact: bool = True) -> set[int]:
        return {row.id for row in orders(db, Wanted(words=words, by_contact=by_contact), now, limit=9)}

    assert found(order.number.lower()) == {order.id}
    assert found(f"{order.number[:4]}-{order.number[4:]}") == {order.id}
    assert found("garc") == {order.id}
    assert found("елкин") == {other.id}
    assert found(line.sku.upper()) == {order.id}
    assert found("ana@example.org") == {order.id, other.id}
    assert found("ana@example.org", by_contact=False) == set()
    assert found("nobody at all") == set()
    assert found("%") == set()


def test_a_packing_list_says_what_is_left_of_each(db: Session, order: OrderView, clerk: int, now: datetime) -> None:
    first, second = order.lines
    pack(db, order.id, {first.id: 1}, clerk, Role.SHOP, now)
    (found,) = to_pack(db, [order.number, "NOSUCH"], 10)
    assert [(pick.sku, pick.pieces) for pick in found.picks] == [(first.sku, 2), (second.sku, 1)]
    assert [(pick.sku, pick.pieces) for pick in shelf_list([found, found])] == [(first.sku, 4), (second.sku, 2)]
    pack(db, order.id, None, clerk, Role.SHOP, now)
    assert to_pack(db, [order.number], 10) == []


def test_the_table_of_moves() -> None:
    assert may_make(Move.PACKED, Fulfilment.TO_PACK, Delivery.SHIP)
    assert not may_make(Move.READY, Fulfilment.PACKED, Delivery.SHIP)
    assert may_make(Move.READY, Fulfilment.PACKED, Delivery.PICKUP)
    for stands in (Fulfilment.CANCELLED, Fulfilment.RETURNED, Fulfilment.DELIVERED):
        assert not any(may_make(move, stands, Delivery.SHIP) for move in Move)
    assert not any(may_make(move, Fulfilment.WAITING, Delivery.SHIP) for move in (Move.PACKED, Move.SENT))

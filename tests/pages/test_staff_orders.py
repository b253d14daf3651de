"""Orders as staff see them: the list by what is to be done next, one order from its packing to its arrival."""

from csv import DictReader
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from sqlalchemy import func, select

from club.audit import AuditEntry
from club.carts.models import Owner
from club.database import transaction
from club.orders.models import Parcel
from club.orders.reading import order_with
from club.orders.rules import Fulfilment, PayBy, State
from club.orders.service import settle_in
from club.orders.service.packing import pack, ready_for_pickup
from club.payments.models import Refund
from club.permissions import Role
from tests.order_world import COUNTER, Till, open_shop
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def till(db, club, now):
    open_shop(db)
    return Till(db, now)


@pytest.fixture
def colleague(db, now):
    return new_colleague(db, now, Role.SHOP)


@pytest.fixture
def clerk(app, db, now, colleague):
    return browser_of(app, db, colleague, now, second_factor=True)


def paid(db, till, now, owner=None, pieces=3):
    placed = till.order(owner or Owner(), (till.shelf.thing(), pieces))
    with transaction(db) as tx:
        settle_in(tx, placed.order_id, placed.total, now)
    return order_with(db, placed.order_id)


def fetched(db, till):
    placed = till.order(Owner(), (till.shelf.thing(), 2), method_id=COUNTER, pay_by=PayBy.PICKUP)
    return order_with(db, placed.order_id)


def again(db, order):
    db.rollback()
    return order_with(db, order.id)


def address(order, act=""):
    return f"/admin/orders/{order.number}{act and '/'}{act}"


@pytest.mark.proves("R184")
def test_from_the_list_to_the_post_in_three_clicks(clerk, db, till, now):
    order = paid(db, till, now)
    listed = clerk.get("/admin/orders")
    assert address(order) in listed.text
    assert "To pack (1)" in listed.text
    page = clerk.get(address(order))
    assert "Next: pack" in page.text
    packed = clerk.post(address(order, "pack"), data={"seen": order.version, f"pack_{order.lines[0].id}": "3"})
    assert packed.status_code == 303
    page = clerk.get(packed.location)
    assert "3 pieces packed." in page.text
    assert "Next: send" in page.text
    data = {"seen": again(db, order).version, f"send_{order.lines[0].id}": "3", "carrier": "SEUR", "tracking": "1Z9"}
    sent = clerk.post(address(order, "send"), data=data)
    page = clerk.get(sent.location)
    assert "Sent. The buyer gets a mail." in page.text
    assert "1Z9" in page.text
    assert again(db, order).fulfilment is Fulfilment.SENT
    assert address(order) in clerk.get("/admin/orders?view=sent").text
    day = {"day-day": "15", "day-month": "6", "day-year": "2026"}
    clerk.post(address(order, "arrived"), data={"seen": again(db, order).version, **day})
    assert again(db, order).state is State.DONE


@pytest.mark.parametrize("pieces", ["4", "-1", "x", "1.5"])
def test_pieces_that_are_not_there_are_refused_at_their_field(clerk, db, till, now, pieces):
    order = paid(db, till, now)
    answer = clerk.post(address(order, "pack"), data={"seen": order.version, f"pack_{order.lines[0].id}": pieces})
    assert answer.status_code == 422
    assert f'id="pack_{order.lines[0].id}-error"' in answer.text
    assert f'value="{pieces}"' in answer.text
    assert again(db, order).lines[0].packed == 0


def test_who_presses_the_button_of_an_older_page_is_told(clerk, db, till, now, colleague):
    order = paid(db, till, now)
    pack(db, order.id, {order.lines[0].id: 1}, colleague.account_id, Role.SHOP, now)
    answer = clerk.post(address(order, "pack"), data={"seen": order.version, f"pack_{order.lines[0].id}": "1"})
    assert answer.status_code == 422
    assert "A colleague did something to this order meanwhile" in answer.text
    now_seen = again(db, order)
    assert f'name="seen" value="{now_seen.version}"' in answer.text
    assert now_seen.lines[0].packed == 1


def test_what_was_typed_stays_when_a_colleague_was_faster(clerk, db, till, now, colleague):
    order = paid(db, till, now)
    pack(db, order.id, {order.lines[0].id: 1}, colleague.account_id, Role.SHOP, now)
    old = again(db, order).version
    pack(db, order.id, {order.lines[0].id: 1}, colleague.account_id, Role.SHOP, now)
    parcel = {"seen": old, f"send_{order.lines[0].id}": "1", "carrier": "SEUR", "tracking": "1Z9"}
    corrected = {"seen": old, "full_name": "Ana García", "address": "Calle Menor 2", "city": "Haro"}
    for act, typed, kept in (("address", corrected, "Calle Menor 2"), ("send", parcel, "1Z9")):
        answer = clerk.post(address(order, act), data=typed)
        assert (answer.status_code, f'value="{kept}"' in answer.text) == (422, True), act
        assert "A colleague did something to this order meanwhile" in answer.text
        assert clerk.post(address(order, act), data=typed | {"seen": again(db, order).version}).status_code == 303, act


def test_a_link_of_the_parcel_is_one_of_the_web(clerk, db, till, now, colleague):
    order = paid(db, till, now)
    pack(db, order.id, None, colleague.account_id, Role.SHOP, now)
    typed = {"seen": again(db, order).version, "tracking_url": "javascript:alert(1)"}
    answer = clerk.post(address(order, "send"), data={**typed, f"send_{order.lines[0].id}": "3"})
    assert answer.status_code == 422
    assert 'id="tracking_url-error"' in answer.text
    assert db.scalar(select(func.count(Parcel.id))) == 0


def test_at_the_counter_the_code_and_the_money_are_asked_for(clerk, db, till, now, colleague):
    order = fetched(db, till)
    pack(db, order.id, None, colleague.account_id, Role.SHOP, now)
    ready = clerk.post(address(order, "ready"), data={"seen": again(db, order).version})
    page = clerk.get(ready.location)
    assert "To be paid now: 48,00\u00a0€" in page.text
    code = again(db, order).pickup_code
    assert code not in page.text
    wrong = {"seen": again(db, order).version, "code": "WRONG1", "means": "cash"}
    for data, field in (
        (wrong, "code"),
        ({**wrong, "code": ""}, "reason"),
        ({**wrong, "code": code, "means": ""}, "means"),
    ):
        answer = clerk.post(address(order, "hand-over"), data=data)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
    done = clerk.post(address(order, "hand-over"), data={**wrong, "code": code})
    assert "Handed over, 48,00\u00a0€ taken." in clerk.get(done.location).text
    assert again(db, order).state is State.DONE


def test_an_order_is_cancelled_with_a_reason_until_it_is_packed(clerk, db, till, now, colleague):
    order = paid(db, till, now)
    assert clerk.post(address(order, "cancel"), data={"reason": " "}).status_code == 422
    assert again(db, order).state is State.PLACED
    done = clerk.post(address(order, "cancel"), data={"reason": "broken on the shelf"})
    assert "The order is cancelled." in clerk.get(done.location).text
    assert again(db, order).state is State.CANCELLED
    db.rollback()
    back = db.execute(select(Refund.order_id, Refund.amount, Refund.cause_kind)).all()
    assert back == [(order.id, order.total, "cancellation")]
    late = clerk.post(address(order, "cancel"), data={"reason": "broken on the shelf"})
    assert late.location == address(order)
    assert "This order stands elsewhere by now" in clerk.get(late.location).text
    other = paid(db, till, now)
    pack(db, other.id, None, colleague.account_id, Role.SHOP, now)
    assert clerk.get(address(other, "cancel")).location == address(other)
    assert clerk.get(address(order, "address")).location == address(order)


def test_only_what_can_be_printed_is_offered(clerk, db, till, now):
    slip, label = "/admin/orders/packing.pdf?order=", "/admin/orders/labels.pdf?order="
    waits = order_with(db, till.order(Owner(), (till.shelf.thing(), 1)).order_id)
    for order, offered in (
        (paid(db, till, now), (True, True)),
        (fetched(db, till), (True, False)),
        (waits, (False,) * 2),
    ):
        page = clerk.get(address(order)).text
        assert (slip in page, label in page) == offered, order.number


def test_the_address_is_put_right_and_what_was_typed_stays(clerk, db, till, now):
    order = paid(db, till, now)
    form = clerk.get(address(order, "address"))
    assert "Calle Mayor 1" in form.text
    typed = {"seen": order.version, "full_name": "Ana García", "address": "Calle Menor 2", "city": ""}
    refused = clerk.post(address(order, "address"), data=typed)
    assert refused.status_code == 422
    assert "Calle Menor 2" in refused.text
    clerk.post(address(order, "address"), data={**typed, "city": "Haro"})
    assert "Calle Menor 2" in clerk.get(address(order)).text


def test_several_orders_are_printed_packed_sent_and_told(clerk, db, till, now):
    orders = [paid(db, till, now), paid(db, till, now)]
    ticked = {"order": [str(one.id) for one in orders]}
    listed = clerk.post("/admin/orders/several", data={**ticked, "do": "list"})
    page = clerk.get(listed.location)
    assert "Take from the shelves" in page.text
    for one in orders:
        assert one.number in page.text
    labels = clerk.post("/admin/orders/several", data={**ticked, "do": "labels"})
    assert labels.location == f"/admin/orders/labels.pdf?order={orders[0].number}&order={orders[1].number}"
    picked_up = {"order": [str(fetched(db, till).id)], "do": "labels"}
    assert "nothing to label" in clerk.post("/admin/orders/several", data=picked_up).text
    packed = clerk.post("/admin/orders/several", data={**ticked, "do": "pack"})
    assert "Done for 2 orders." in clerk.get(packed.location).text
    repeated = clerk.post("/admin/orders/several", data={**ticked, "do": "pack"})
    assert f"{orders[0].number}: This order stands elsewhere by now" in clerk.get(repeated.location).text
    clerk.post("/admin/orders/several", data={**ticked, "do": "send"})
    assert [again(db, one).fulfilment for one in orders] == [Fulfilment.SENT] * 2
    clerk.post("/admin/orders/several", data={**ticked, "do": "arrive"})
    assert [again(db, one).state for one in orders] == [State.DONE] * 2
    assert clerk.post("/admin/orders/several", data={"do": "pack"}).status_code == 422
    assert clerk.post("/admin/orders/several", data={**ticked, "do": "burn"}).status_code == 404


def test_the_list_takes_few_questions_however_long(clerk, db, till, now, count_queries):
    member = new_signed_up_member(db, now)
    till.give_points(member.person_id, 10)
    paid(db, till, now, Owner(member.person_id))
    clerk.get("/admin/orders")
    with count_queries() as few:
        clerk.get("/admin/orders")
    for _ in range(4):
        paid(db, till, now, Owner(member.person_id))
    with count_queries() as many:
        assert "(5)" in clerk.get("/admin/orders").text
    assert len(many) == len(few)
    assert len(many) <= 14


def test_a_name_never_becomes_a_formula_and_taking_the_list_is_in_the_log(app, db, till, now):
    placed = till.order(Owner(), (till.shelf.thing(), 1))
    owner = browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)
    table = owner.post("/admin/orders/export?view=all")
    assert table.mimetype == "text/csv"
    assert order_with(db, placed.order_id).number in table.text
    assert "ana@example.org" in table.text
    (row,) = DictReader(StringIO(table.text.removeprefix("\ufeff")))
    order = order_with(db, placed.order_id)
    net, tax, total = (Decimal(row[name]) for name in ("Total without tax", "Tax inside", "Total"))
    parts = (Decimal(row[name]) for name in ("Goods without tax", "Delivery without tax"))
    assert (int(tax * 100), int(total * 100)) == (order.tax, order.total)
    assert net == total - tax == sum(parts)
    db.rollback()
    entry = db.execute(select(AuditEntry.numbers).where(AuditEntry.act == "orders.exported")).scalar_one()
    assert entry == {"rows": 1, "with_contact": True}


@pytest.mark.proves("F-36")
def test_who_may_not_take_lists_along_gets_none(clerk, db, till, now):
    paid(db, till, now)
    assert clerk.post("/admin/orders/export").status_code == 403
    db.rollback()
    assert db.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.act == "orders.exported")) == 0


def test_today_says_what_is_to_be_packed_and_the_search_finds_an_order(clerk, db, till, now, colleague):
    order = paid(db, till, now)
    waits = fetched(db, till)
    pack(db, waits.id, None, colleague.account_id, Role.SHOP, now)
    ready_for_pickup(db, waits.id, colleague.account_id, Role.SHOP, now - timedelta(days=8))
    today = clerk.get("/admin").text
    assert "1 order is to be packed" in today
    assert "1 order waits at the counter for over 7 days" in today
    assert clerk.get(f"/admin/search?q={order.number}").location == address(order)
    found = clerk.get("/admin/search?q=garcia")
    assert order.number in found.text
    assert waits.number in found.text


def test_the_log_leads_to_the_order(clerk, db, till, now):
    order = paid(db, till, now)
    assert clerk.get(f"/admin/orders/with-id/{order.id}").location == address(order)
    assert clerk.get("/admin/orders/NOSUCH").status_code == 404

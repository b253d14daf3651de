"""Stock through the staff's pages: what is low, counting many at once, arrivals and losses, the log."""

import re

import pytest

from club.audit import Wanted, entries
from club.catalogue.rules.stock import Reason
from club.catalogue.service.stock import level_of, move_stock, set_limits
from club.catalogue.stocks import movements_of, violations
from club.permissions import Role
from tests.people import browser_of, new_colleague
from tests.shop_world import category, product, set_rungs, texts

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def clerk(db, club, now):
    set_rungs(db, now)
    return new_colleague(db, now, Role.SHOP)


@pytest.fixture
def shop(app, db, now, clerk):
    return browser_of(app, db, clerk, now, second_factor=True)


@pytest.fixture
def shelf(db, now, clerk):
    """Three wines: plenty, low, none."""
    found = [
        product(db, texts(name), sku, now, stock=stock).variant_id
        for name, sku, stock in (("Alvarinho", "ALV", 40), ("Rioja", "RIO", 3), ("Cava", "CAV", 0))
    ]
    set_limits(db, found[1], back_order_limit=0, low_mark=5, is_counted=True, by=None, role=Role.SHOP, now=now)
    return found


def names(page):
    return re.findall(r'<th scope="row"><a href="/admin/stock/\d+">([^<]+)<', page.text)


def on_hand(db, variant_ids):
    db.rollback()
    return [level_of(db, one).on_hand for one in variant_ids]


def test_what_is_short_comes_first_and_can_be_looked_at_alone(shop, db, now, shelf, count_queries):
    with count_queries() as queries:
        page = shop.get("/admin/stock")
    assert len(queries) <= 15
    assert names(page) == ["Cava", "Rioja", "Alvarinho"]
    assert names(shop.get("/admin/stock?short=low")) == ["Cava", "Rioja"]
    assert names(shop.get("/admin/stock?short=out")) == ["Cava"]
    assert names(shop.get("/admin/stock?q=alv")) == ["Alvarinho"]
    assert names(shop.get(f"/admin/stock?category={category(db, texts('Wine'), now)}")) == []
    assert "sold out" in page.text


def test_many_are_counted_compared_and_put_right_at_once(shop, db, now, shelf, clerk):
    plenty, low, none = shelf
    form = {f"seen_{plenty}": "40", f"count_{plenty}": "38", f"seen_{low}": "3", f"count_{low}": "3"}
    form |= {f"seen_{none}": "0", f"count_{none}": ""}
    compared = shop.post("/admin/stock/count", data=form | {"do": "compare"})
    assert compared.status_code == 200
    assert "−2" in compared.text and "1 variant differs." in compared.text
    assert on_hand(db, shelf) == [40, 3, 0]

    saved = shop.post("/admin/stock/count", data=form | {"why": "June", "do": "save"}, follow_redirects=True)
    assert "2 variants counted. 1 differed and is put right." in saved.text
    assert on_hand(db, shelf) == [38, 3, 0]
    last = movements_of(db, plenty, 1)[0]
    assert (last.reason, last.quantity, last.on_hand_after, last.by) == (Reason.COUNT, -2, 38, clerk.account_id)
    log = entries(db, Wanted(acts=("stock.count",)), 9)
    assert [(one.subject_id, one.numbers, one.why) for one in log] == [(plenty, {"before": 40, "after": 38}, "June")]
    assert violations(db) == []


def test_goods_that_went_while_somebody_counted_are_counted_again(shop, db, now, shelf):
    plenty, low, _none = shelf
    form = {f"seen_{plenty}": "40", f"count_{plenty}": "38", f"seen_{low}": "3", f"count_{low}": "5", "do": "save"}
    move_stock(db, plenty, Reason.DAMAGE, -1, None, Role.SHOP, now)
    page = shop.post("/admin/stock/count", data=form)
    assert page.status_code == 422
    assert "Moved meanwhile. Count it again." in page.text
    assert f'name="seen_{plenty}" type="hidden" value="39"' in page.text
    assert on_hand(db, shelf) == [39, 3, 0]


def test_a_count_of_nothing_or_of_nonsense_is_refused(shop, db, shelf):
    low = shelf[1]
    for typed in ("", "many", "-1", "2000000"):
        page = shop.post("/admin/stock/count", data={f"seen_{low}": "3", f"count_{low}": typed, "do": "save"})
        assert page.status_code == 422, typed
    assert shop.post("/admin/stock/count", data={"do": "save"}).status_code == 422
    assert on_hand(db, shelf) == [40, 3, 0]


def test_arrivals_and_losses_are_written_down_with_their_reason(shop, db, shelf, clerk):
    low = shelf[1]
    for what, quantity, after in (
        ("arrived", 12, 15),
        ("lost", 2, 13),
        ("counted", 14, 14),
        ("more", 1, 15),
        ("less", 3, 12),
    ):
        sent = shop.post(f"/admin/stock/{low}", data={"what": what, "quantity": quantity, "why": "note 7"})
        assert sent.status_code == 303
        assert on_hand(db, [low]) == [after]
    page = shop.get(f"/admin/stock/{low}").text
    assert page.count("Put right") >= 2 and "Broken or lost" in page
    assert clerk.email.split("@")[0].title() in page
    assert shop.post(f"/admin/stock/{low}", data={"what": "arrived", "quantity": "0"}).status_code == 422
    assert shop.post(f"/admin/stock/{low}", data={"what": "arrived"}).status_code == 422
    assert on_hand(db, [low]) == [12]


def test_low_mark_and_ordering_ahead_are_set(shop, db, shelf):
    none = shelf[2]
    sent = shop.post(f"/admin/stock/{none}/limits", data={"low_mark": "4", "back_order_limit": "6", "is_counted": "y"})
    assert sent.status_code == 303
    db.rollback()
    level = level_of(db, none)
    assert (level.low_mark, level.back_order_limit, level.left) == (4, 6, 6)
    shop.post(f"/admin/stock/{none}/limits", data={"low_mark": "0", "back_order_limit": "0"})
    db.rollback()
    assert level_of(db, none).is_counted is False
    assert "It is not counted" in shop.get(f"/admin/stock/{none}").text
    assert shop.get("/admin/stock/999999").status_code == 404


def test_who_keeps_no_stock_stays_outside(app, db, now, shelf):
    seller = browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)
    assert seller.get("/admin/products").status_code == 200
    for path in ("/admin/stock", "/admin/stock/count", f"/admin/stock/{shelf[0]}"):
        assert seller.get(path).status_code == 403
    assert seller.post(f"/admin/stock/{shelf[0]}", data={"what": "arrived", "quantity": 1}).status_code == 403
    assert on_hand(db, shelf) == [40, 3, 0]

"""The catalogue as a table through the staff's pages: taken along, tried, taken in."""

import csv
import io

import pytest

from club.audit import Wanted, entries
from club.catalogue.reading import product_for_staff
from club.permissions import Role
from tests.people import browser_of, new_colleague
from tests.shop_world import TODAY, product, set_rungs, texts

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def keeper(db, club, now):
    set_rungs(db, now)
    return new_colleague(db, now, Role.MANAGER)


@pytest.fixture
def shop(app, db, now, keeper):
    return browser_of(app, db, keeper, now, second_factor=True)


def tried(shop, table, name="products.csv"):
    return shop.post("/admin/products/import", data={"file": (io.BytesIO(table.encode()), name)})


def hidden(page, name):
    return page.text.split(f'name="{name}" type="hidden" value="')[1].split('"')[0]


def taken(shop, page):
    data = {"token": hidden(page, "token"), "seen": hidden(page, "seen")}
    return shop.post("/admin/products/import/take", data=data)


def price(db, product_id):
    db.rollback()
    return product_for_staff(db, product_id, TODAY).variants[0].price.amount


def test_what_was_taken_along_is_changed_tried_and_taken_in(shop, db, now, keeper):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2400).product_id
    product(db, texts("=1+1"), "EVIL", now)
    exported = shop.post("/admin/products/export").text
    rows = list(csv.DictReader(io.StringIO(exported.removeprefix("\ufeff"))))
    assert [(row["sku"], row["name_en"]) for row in rows] == [("RIO-1", "Rioja"), ("EVIL", "'=1+1")]
    same = tried(shop, exported)
    assert "there is nothing to do" in same.text

    page = tried(shop, "sku;name_es;price\nRIO-1;Rioja tinto;19,50\nNEW-1;Nuevo;5,00\n")
    assert page.status_code == 200
    assert "24.00 → 19.50" in page.text.replace(",", ".")
    assert "Take in 2 rows" in page.text
    assert price(db, rioja) == 2400
    assert taken(shop, page).status_code == 303
    assert price(db, rioja) == 1950
    log = entries(db, Wanted(acts=("products.imported", "products.exported")), 9)
    assert [(one.act, one.by) for one in log] == [
        ("products.imported", keeper.account_id),
        ("products.exported", keeper.account_id),
    ]
    assert taken(shop, page).status_code == 303  # sent twice: the file is gone
    assert len(entries(db, Wanted(acts=("products.imported",)), 9)) == 1


def test_a_table_with_a_wrong_row_is_not_taken_in_and_says_which(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2400).product_id
    page = tried(shop, "sku,price\nRIO-1,10\nbad sku,7\n")
    assert "Take in" not in page.text
    assert "bad sku" in page.text
    assert 'name="token"' not in page.text
    assert price(db, rioja) == 2400
    for table in ("", "name\nx\n", "PK\x03\x04zip"):
        assert tried(shop, table).status_code == 422
    assert shop.post("/admin/products/import", data={}).status_code == 422


def test_what_changed_since_the_trial_is_shown_again_before_it_is_taken_in(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2400).product_id
    first = tried(shop, "sku,price\nRIO-1,10\n")
    assert taken(shop, tried(shop, "sku,price\nRIO-1,12\n")).status_code == 303
    again = taken(shop, first)
    assert again.status_code == 422
    assert "The catalogue changed since the file was tried." in again.text
    assert price(db, rioja) == 1200
    assert taken(shop, again).status_code == 303
    assert price(db, rioja) == 1000


def test_nobody_takes_in_the_file_of_somebody_else(app, shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2400).product_id
    page = tried(shop, "sku,price\nRIO-1,10\n")
    other = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    assert taken(other, page).location == "/admin/products/import"
    assert price(db, rioja) == 2400
    assert other.post("/admin/products/export").status_code == 403

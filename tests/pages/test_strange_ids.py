"""Numbers that no row can have, in addresses and forms: they lead nowhere, and nothing breaks."""

import pytest

from club.permissions import Role
from tests.people import browser_of, new_colleague, new_signed_up_member
from tests.shop_world import product, set_rungs, texts
from web.database import LARGEST_ID, id_in

pytestmark = pytest.mark.usefixtures("club")

STRANGE = [str(LARGEST_ID + 1), "9" * 25, "9" * 5000, "²", "٣", "-1"]


@pytest.fixture
def owner(app, db, now, club):
    set_rungs(db, now)
    return browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)


def test_an_id_is_read_as_long_as_a_row_can_have_it():
    assert [id_in(text) for text in ("7", str(LARGEST_ID))] == [7, LARGEST_ID]
    assert [id_in(text) for text in (*STRANGE, "", None, "7 ")] == [None] * (len(STRANGE) + 3)


def test_an_address_with_a_nul_in_it_leads_nowhere(client, owner):
    for address in ("/orders/%00", "/orders/a%00b/papers/1", "/%00", "/admin/orders/%00"):
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404), address
    for address in ("/admin/orders/%00", "/admin/orders/packing.pdf?order=a%00b", "/admin/orders/labels.pdf?order=%00"):
        assert owner.get(address).status_code == 404, address


@pytest.mark.parametrize("strange", STRANGE)
def test_pages_and_forms_take_a_strange_number_for_none(app, owner, db, now, strange):
    made = product(db, texts("Rioja"), "RIO", now, stock=3)
    person_id = new_signed_up_member(db, now).person_id
    asked = {"query_string": {"case": strange, "with": strange, "undo": strange}}
    for address in ("/admin/measures/new", f"/admin/customers/{person_id}/merge", "/admin/customers"):
        assert owner.get(address, **asked).status_code == 200, address
    count = {f"seen_{strange}": "3", f"count_{strange}": "3", "do": "save"}
    assert owner.post("/admin/stock/count", data=count).status_code == 422
    row = {"rows": "1", "id_1": strange, "sku_1": "RIO", "sold_in_1": "1", "active_1": "y", "version": "1"}
    answer = owner.post(f"/admin/products/{made.product_id}/variants", data={**row, "do": "save"})
    assert answer.status_code in {303, 422}
    for address in ("/admin/products", "/admin/customers"):
        ticked = {"product": strange, "person": strange, "do": "archive"}
        assert owner.post(address, data=ticked).status_code < 500, address

"""Invoices on pages: for their buyer alone, every download written down, the journal and its data for staff."""

import csv
import io
import json

import pytest
from sqlalchemy import func, select, update

from club.audit import Wanted, entries
from club.database import transaction
from club.papers.keeping import FOLDER
from club.papers.models import Paper, PaperContent, PaperDownload, PaperSetting
from club.papers.reading import paper_row
from club.permissions import Role
from tests.paper_world import invoiced, settled_order, wine
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def member(db, club, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def goods(db, club, now):
    return wine(db, now)


@pytest.fixture
def paper(db, goods, member, now):
    """A receipt of the member's order."""
    return paper_row(db, invoiced(db, settled_order(db, goods, now, person_id=member.person_id), now))


def address(paper):
    return f"/orders/{paper.order_key}/papers/{paper.number}"


def downloads(db):
    db.rollback()
    return [tuple(row) for row in db.execute(select(PaperDownload.actor, PaperDownload.by))]


SELLER = {
    "seen": "0", "mode": "invoices", "legal_name": "Casa Alba S.L.", "tax_number": "B87654321", "city": "Madrid",
    "address": "Cava Baja 17", "postcode": "28005", "country": "ES", "register": "", "invoice_prefix": "a",
    "credit_prefix": "AC", "receipt_prefix": "R", "refund_prefix": "RC", "how_to_pay_es": "IBAN ES00",
}  # fmt: skip


@pytest.mark.proves("F-35", "A-5.4.1")
def test_whoever_has_the_address_of_an_order_gets_its_papers_and_nobody_else(app, client, db, goods, paper, now):
    other = paper_row(db, invoiced(db, settled_order(db, goods, now, number=2), now))
    for wrong in (f"/orders/guessed/papers/{paper.number}", f"/orders/{other.order_key}/papers/{paper.number}"):
        assert (client.get(wrong).status_code, client.post(wrong).status_code) == (404, 404)
    assert downloads(db) == []
    assert paper.number in client.get(address(paper)).text
    assert downloads(db) == [], "looking at the page takes nothing away"
    answer = client.post(address(paper))
    assert answer.data.startswith(b"%PDF")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{paper.number}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in client.get(address(paper)).headers["X-Robots-Tag"]
    assert downloads(db) == [("buyer", None)]
    eva = new_signed_up_member(db, now, email="eva@example.org")
    signed_in = browser_of(app, db, eva, now)
    assert (signed_in.get(address(paper)).status_code, signed_in.post(address(paper)).status_code) == (404, 404)
    assert signed_in.post(address(other)).status_code == 200, "a guest's order: whoever has its address"
    assert downloads(db) == [("buyer", None), ("buyer", eva.account_id)]


def test_a_member_finds_their_invoices_by_year_and_takes_them_along(app, db, goods, member, paper, now, count_queries):
    mine = browser_of(app, db, member, now)
    assert paper.number in mine.get("/me/invoices").text
    with count_queries() as few:
        mine.get("/me/invoices")
    for number in range(2, 9):
        invoiced(db, settled_order(db, goods, now, number=number, person_id=member.person_id), now)
    with count_queries() as many:
        assert mine.get("/me/invoices").text.count("Receipt of order") == 8
    assert len(many) == len(few) <= 8
    assert mine.post(address(paper)).status_code == 200
    assert downloads(db) == [("member", member.account_id)]
    stranger = browser_of(app, db, new_signed_up_member(db, now, email="eva@example.org"), now)
    assert paper.number not in stranger.get("/me/invoices").text


def test_a_paper_that_was_changed_is_not_given_out_and_staff_see_why(app, client, db, paper, now, settings):
    client.post(address(paper))
    assert (settings.uploads_path / FOLDER / f"{paper.number}.pdf").is_file()
    with transaction(db) as tx:
        tx.execute(update(PaperContent).values(content="{}"))
    assert client.post(address(paper)).location == address(paper)
    assert "is not what was issued" in client.get(address(paper)).text
    shop = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    assert "somebody changed it in the database" in shop.get(f"/admin/shop/papers/{paper.id}").text


def test_staff_see_series_record_and_who_took_a_paper_away(app, db, client, member, paper, now, count_queries):
    client.post(address(paper))
    shop = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    shop.post(f"/admin/shop/papers/{paper.id}")
    page = shop.get(f"/admin/shop/papers/{paper.id}").text
    assert "By the address of the order" in page
    assert "Shop" in page.split("Taken away")[-1]
    assert db.scalar(select(Paper.content_hash)) not in page, "the hash of the file is what people can check"
    with count_queries() as queries:
        journal = shop.get("/admin/shop/papers", query_string={"number": paper.order_number.lower()})
    assert len(queries) <= 10
    assert paper.number in journal.text
    assert "Take the data along" not in journal.text, "staff of the shop export nothing"
    assert "Nothing matches" in shop.get("/admin/shop/papers?number=X").text


def test_the_data_are_taken_along_and_that_is_written_down(app, db, paper, now):
    manager = new_colleague(db, now, Role.MANAGER)
    browser = browser_of(app, db, manager, now, second_factor=True)
    days = {"first-day": "1", "first-month": "6", "first-year": "2026", "last-day": "15", "last-month": "6"}
    asked = days | {"last-year": "2026", "form": "csv"}
    rows = list(
        csv.DictReader(io.StringIO(browser.post("/admin/shop/papers/export", data=asked).text.lstrip("\ufeff")))
    )
    assert [(row["number"], row["tax_rate"], row["net"], row["tax"], row["gross"]) for row in rows] == [
        (paper.number, "21.00", "99.59", "20.91", "120.50"),
        (paper.number, "10.00", "9.09", "0.91", "10.00"),
    ]
    told = json.loads(browser.post("/admin/shop/papers/export", data=asked | {"form": "json"}).text)["papers"]
    assert [(one["number"], one["total"], one["buyer"]["tax_number"]) for one in told] == [
        (paper.number, 13_050, "ESB12345674")
    ]
    assert browser.post("/admin/shop/papers/export", data=asked | {"first-year": "2027"}).status_code == 422
    end = {"first-year": "9999", "last-day": "31", "last-month": "12", "last-year": "9999"}
    ahead = browser.post("/admin/shop/papers/export?kind=order_receipt", data=asked | end)
    assert (ahead.status_code, "lies in the future" in ahead.text) == (422, True)
    assert 'chip-remove" href="/admin/shop/papers"' in ahead.text, (
        "the list is another page than the one it was sent to"
    )
    db.rollback()
    found = [(entry.act, entry.by, entry.words["kind"]) for entry in entries(db, Wanted(subjects=("export",)), 9)]
    assert found == [("papers.exported", manager.account_id, kind) for kind in ("json", "csv")]


def test_the_owner_says_who_sells_and_invoices_begin(app, db, goods, now):
    owner = new_colleague(db, now, Role.OWNER)
    browser = browser_of(app, db, owner, now, second_factor=True)
    for wrong in ({"tax_number": ""}, {"invoice_prefix": "R"}, {"invoice_prefix": "F/"}, {"legal_name": ""}):
        answer = browser.post("/admin/shop/papers/seller", data=SELLER | wrong)
        assert (answer.status_code, "There is something to put right" in answer.text) == (422, True), wrong
    assert db.scalar(select(func.count()).select_from(PaperSetting)) == 0
    assert browser.post("/admin/shop/papers/seller", data=SELLER).status_code == 303
    stale = browser.post("/admin/shop/papers/seller", data=SELLER | {"legal_name": "Another"})
    assert stale.status_code == 422
    row = paper_row(db, invoiced(db, settled_order(db, goods, now), now))
    assert (row.kind, row.number) == ("invoice", "A2026-00001")
    changed = SELLER | {"seen": "1", "invoice_prefix": "B", "credit_prefix": "A"}
    assert browser.post("/admin/shop/papers/seller", data=changed).status_code == 422, "A stays with the invoices"
    db.rollback()
    (entry,) = entries(db, Wanted(acts=("papers.seller_changed",)), 9)
    assert (entry.by, entry.words["legal_name"]) == (owner.account_id, ["Our club", "Casa Alba S.L."])


def test_lists_and_labels_are_printed_for_several_orders(app, db, goods, now):
    for number in (1, 2):
        settled_order(db, goods, now, number=number, language="ru" if number == 2 else "en")
    settled_order(db, goods, now, number=3, delivery="pickup")
    settled_order(db, goods, now, number=4, state="pending_payment", is_settled=False)
    shop = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    several = {"order": ["ORDER-1", "ORDER-2", "ORDER-3"]}
    for path in ("/admin/orders/packing.pdf", "/admin/orders/labels.pdf"):
        answer = shop.get(path, query_string=several)
        assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "application/pdf", b"%PDF")
        assert shop.get(path, query_string={"order": "ORDER-4"}).status_code == 404
    assert shop.get("/admin/orders/labels.pdf?order=ORDER-3").status_code == 404, "it is picked up"

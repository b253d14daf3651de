"""The counter through the pages: find, type, see the effect, save; take back; enrol."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from club.accrual import service as accrual
from club.accrual.rules import AllRules, BaseRate, Bonus
from club.database import transaction
from club.delivery.rules import Rule
from club.delivery.service import save_rule
from club.members.models import Person
from club.members.rules import NewPerson, grouped
from club.members.service import add_identifier, change_email, new_member
from club.permissions import Permission, Role, may
from club.points.models import BALANCES
from club.points.service import open_account
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import browser_of, new_colleague

pytestmark = pytest.mark.usefixtures("club")

START = date(2024, 1, 1)


@pytest.fixture
def emma(db, club, now):
    rate = BaseRate(points=2, per_amount=100, starts_on=START)
    accrual.set_rules(
        db, AllRules(bases=(rate,), bonuses=(Bonus(act="join", points=50, starts_on=START),)), None, Role.OWNER, now
    )
    gold = Rung("gold", Texts({"en": "Gold", "es": "Oro"}), spend=100_000, multiplier_percent=150)
    set_ladder(db, Ladder((Rung("member", Texts({"en": "Member"})), gold)), START, None, now)
    return _join(db, now, "Emma Núñez", "600111222")


def _join(db, now, name, phone):
    with transaction(db) as tx:
        person = NewPerson(full_name=name, language="en", source="counter", phone=phone)
        member_id = new_member(tx, person, None, date(2025, 1, 1), now)
        open_account(tx, member_id)
    return member_id


@pytest.fixture
def clerk(app, db, now, emma):
    return browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)


def hidden(page, name):
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)
    return found.group(1) if found else ""


def fields(page, **typed):
    """The form as a browser would send it after typing."""
    day = {"bought_on-day": "15", "bought_on-month": "6", "bought_on-year": "2026"}
    return {**day, "key": hidden(page, "key"), "shown": hidden(page, "shown"), "do": "show", **typed}


def show(clerk, address, **typed):
    return clerk.post(address, data=fields(clerk.get(address), **typed))


def record(clerk, address, **typed):
    shown = show(clerk, address, **typed)
    assert shown.status_code == 200
    return clerk.post(address, data=fields(shown, **typed, do="save"))


def active(db, member_id):
    db.rollback()
    return db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == member_id))


def page_of_only_purchase(db):
    db.rollback()
    return f"/admin/counter/purchases/{db.scalars(select(Purchase.id)).one()}"


def count(db, table):
    db.rollback()
    return db.scalar(select(func.count()).select_from(table))


# --- finding


def test_a_member_is_found_by_number_card_name_and_phone(clerk, db, emma):
    number = db.scalar(select(Person.member_number).where(Person.id == emma))
    with transaction(db) as tx:
        add_identifier(tx, emma, "card", "29 0001 7")
    for words in (number, grouped(number).lower(), "2900017", "nunez", "600 11 12 22"):
        answer = clerk.get("/admin/counter", query_string={"q": words})
        assert (answer.status_code, answer.location) == (303, f"/admin/counter/{emma}")


def test_several_are_listed_and_none_leads_to_enrolment(clerk, db, now, emma):
    _join(db, now, "Emma Other", "600999888")
    listed = clerk.get("/admin/counter?q=emma")
    assert "Emma Núñez" in listed.text
    assert "Emma Other" in listed.text
    assert "/admin/enrol" in clerk.get("/admin/counter?q=nobody").text


def test_what_no_row_can_have_is_not_there_and_no_fault(clerk, emma):
    for address in ("/admin/counter/99999999999999999999", "/admin/counter/purchases/99999999999999999999"):
        assert clerk.get(address).status_code == 404
    for question in ("q=%00a", "q=a%00@example.org", "receipt=%00"):
        assert clerk.get(f"/admin/counter?{question}").status_code in {200, 303}


# --- recording


def test_the_effect_is_shown_before_anything_is_saved(clerk, db, emma):
    shown = show(clerk, f"/admin/counter/{emma}", amount="1,000.50")
    assert shown.status_code == 200
    for words in ("2.001\u00a0points", "2\u00a0points per 1\u00a0€", "Gold", "Save purchase"):
        assert words in shown.text
    assert count(db, Purchase) == 0
    assert active(db, emma) == 0


def test_a_purchase_is_saved_with_its_effect_and_listed(clerk, db, emma):
    assert "Missing then for Gold: 990,00\u00a0€." in show(clerk, f"/admin/counter/{emma}", amount="10").text
    saved = record(clerk, f"/admin/counter/{emma}", amount="1000", reference="T-17")
    page = clerk.get(saved.location)
    assert saved.status_code == 303
    assert "Saved: 2.000\u00a0points for Emma Núñez." in page.text
    assert "Emma Núñez is now Gold." in page.text
    assert "Next customer" in page.text
    assert "T-17" in clerk.get("/admin/counter").text
    assert active(db, emma) == 2000
    again = show(clerk, f"/admin/counter/{emma}", amount="10")
    assert "30\u00a0points" in again.text
    assert "Gold ×1,5" in again.text


@pytest.mark.proves("F-02")
@pytest.mark.parametrize("reference", ["", "T-17"])
def test_a_double_click_records_once(clerk, db, emma, reference):
    address = f"/admin/counter/{emma}"
    typed = {"amount": "10", "reference": reference}
    data = fields(show(clerk, address, **typed), **typed, do="save")
    answers = [clerk.post(address, data=data) for _ in range(3)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, page_of_only_purchase(db))}
    assert "saved already" in clerk.get(answers[2].location).text
    assert (count(db, Purchase), active(db, emma)) == (1, 20)


@pytest.mark.proves("F-02")
def test_a_form_that_was_saved_and_now_says_something_else_is_refused(clerk, db, emma):
    address = f"/admin/counter/{emma}"
    saved = fields(show(clerk, address, amount="10"), amount="10", do="save")
    assert clerk.post(address, data=saved).status_code == 303
    answer = clerk.post(address, data={**saved, "amount": "11"})
    assert answer.status_code == 409
    assert "was saved already, with other content" in answer.text
    assert hidden(answer, "key") != saved["key"]
    assert 'value="11"' in answer.text
    assert count(db, Purchase) == 1


@pytest.mark.proves("F-36")
def test_nobody_records_or_takes_back_for_their_own_membership(app, db, now, emma):
    colleague = new_colleague(db, now, Role.SHOP, email="emma@example.org")
    own = browser_of(app, db, colleague, now, second_factor=True)
    other = browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)
    address = f"/admin/counter/{emma}"
    recorded = record(other, address, amount="10").location
    with transaction(db) as tx:
        change_email(tx, emma, "Emma@example.org")
    for do in ("show", "save"):
        answer = own.post(address, data=fields(own.get(address), amount="10", do=do))
        assert answer.status_code == 422
        assert "your own membership" in answer.text
    day = {"corrected_on-day": "15", "corrected_on-month": "6", "corrected_on-year": "2026"}
    answer = show(own, f"{recorded}/return", amount="10", **day)
    assert answer.status_code == 422
    assert "your own membership" in answer.text
    assert (count(db, Purchase), count(db, Correction)) == (1, 0)
    assert record(other, address, amount="10").status_code == 303


def test_what_was_changed_after_looking_is_shown_again_and_not_saved(clerk, db, emma):
    address = f"/admin/counter/{emma}"
    data = fields(show(clerk, address, amount="10"), amount="20", do="save")
    answer = clerk.post(address, data=data)
    assert answer.status_code == 200
    assert "Something has changed since" in answer.text
    assert "40\u00a0points" in answer.text
    assert count(db, Purchase) == 0


@pytest.mark.proves("F-25")
@pytest.mark.parametrize("amount", ["", "-1", "0.001", "1e9", "Infinity", "NaN", "٣", "５", "1000000000000000", "abc"])
def test_amounts_that_nobody_pays_are_refused_and_kept_as_typed(clerk, db, emma, amount):
    answer = show(clerk, f"/admin/counter/{emma}", amount=amount, reference="T-1")
    assert answer.status_code == 422
    assert 'value="T-1"' in answer.text
    assert f'value="{amount}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert count(db, Purchase) == 0


def test_a_day_ahead_is_refused_beside_its_field(clerk, db, emma):
    answer = show(clerk, f"/admin/counter/{emma}", amount="10", **{"bought_on-day": "16"})
    assert answer.status_code == 422
    assert "lies in the future" in answer.text
    assert 'id="bought_on-error"' in answer.text


def test_a_receipt_counts_once(clerk, db, emma):
    record(clerk, f"/admin/counter/{emma}", amount="10", reference="T-1")
    answer = show(clerk, f"/admin/counter/{emma}", amount="10", reference="T-1")
    assert answer.status_code == 422
    assert 'id="reference-error"' in answer.text
    assert clerk.get("/admin/counter?receipt=T-1").location == page_of_only_purchase(db)
    assert "T-2" in clerk.get("/admin/counter?receipt=T-2").text


def test_lines_are_recorded_with_their_categories(clerk, db, emma):
    address = f"/admin/counter/{emma}?lines=3"
    typed = {"category_1": "wine", "quantity_1": "3", "amount_1": "10", "amount_2": "5.50"}
    saved = record(clerk, address, **typed)
    assert saved.status_code == 303
    rows = db.execute(select(PurchaseLine.category, PurchaseLine.quantity, PurchaseLine.amount)).all()
    assert rows == [("wine", 3, 1000), ("", 1, 550)]
    assert active(db, emma) == 31
    assert 'value="wine"' in clerk.get(address).text


def test_one_more_line_keeps_what_was_typed(clerk, emma):
    answer = show(clerk, f"/admin/counter/{emma}?lines=1", category_1="wine", amount_1="7", do="more")
    assert answer.status_code == 200
    assert 'value="wine"' in answer.text
    assert 'name="amount_2"' in answer.text
    assert f"/admin/counter/{emma}?lines=2" in answer.text


@pytest.mark.parametrize(
    "typed", [{}, {"category_1": "wine"}, {"amount_1": "5", "quantity_2": "2"}, {"amount_1": "-5"}]
)
def test_a_line_without_an_amount_is_refused(clerk, db, emma, typed):
    answer = show(clerk, f"/admin/counter/{emma}?lines=2", **typed)
    assert answer.status_code == 422
    assert count(db, Purchase) == 0


@pytest.mark.proves("F-42")
def test_what_the_form_does_not_ask_for_is_not_taken(clerk, db, emma):
    more = {
        "points": "9999",
        "tier": "gold",
        "member_id": "9",
        "recorded_by": "9",
        "channel": "shop",
        "net_amount": "1",
    }
    record(clerk, f"/admin/counter/{emma}", amount="10", **more)
    saved = db.execute(select(Purchase.member_id, Purchase.channel, Purchase.points, Purchase.net_amount)).one()
    assert saved == (emma, "counter", 20, 1000)


# --- giving back


def test_a_part_of_an_amount_comes_back_after_its_effect_was_shown(clerk, db, emma):
    record(clerk, f"/admin/counter/{emma}", amount="1000", reference="T-1")
    address = page_of_only_purchase(db) + "/return"
    day = {"corrected_on-day": "15", "corrected_on-month": "6", "corrected_on-year": "2026"}
    shown = show(clerk, address, amount="400", **day)
    assert "\u2212800" in shown.text
    assert "Gold" in shown.text
    assert count(db, Correction) == 0
    data = fields(shown, amount="400", **day, do="save")
    answers = [clerk.post(address, data=data) for _ in range(2)]
    assert [answer.location for answer in answers] == [page_of_only_purchase(db)] * 2
    assert (count(db, Correction), active(db, emma)) == (1, 1200)
    page = clerk.get(answers[0].location)
    assert "600,00\u00a0€" in page.text
    refused = show(clerk, address, amount="601", **day)
    assert refused.status_code == 422
    assert "600,00\u00a0€" in refused.text


def test_nothing_comes_back_before_it_was_bought(clerk, db, emma):
    record(clerk, f"/admin/counter/{emma}", amount="1000", reference="T-1")
    day = {"corrected_on-day": "14", "corrected_on-month": "6", "corrected_on-year": "2026"}
    refused = show(clerk, page_of_only_purchase(db) + "/return", amount="400", **day)
    assert refused.status_code == 422
    assert 'href="#corrected_on' in refused.text


def test_pieces_of_lines_come_back_and_the_rest_with_one_tick(clerk, db, emma):
    record(clerk, f"/admin/counter/{emma}?lines=2", category_1="wine", quantity_1="3", amount_1="10", amount_2="5")
    address = page_of_only_purchase(db) + "/return"
    day = {"corrected_on-day": "15", "corrected_on-month": "6", "corrected_on-year": "2026"}
    assert show(clerk, address, **day).status_code == 422
    assert show(clerk, address, units_1="4", **day).status_code == 422
    record(clerk, address, units_1="1", **day)
    assert active(db, emma) == 23
    record(clerk, address, whole="y", **day)
    assert active(db, emma) == 0
    assert db.scalars(select(PurchaseLine.returned_quantity)).all() == [3, 1]


# --- enrolling


def test_somebody_is_enrolled_and_can_buy_at_once(clerk, db, emma):
    answer = clerk.post("/admin/enrol", data={"name": "Пётр Ёлкин", "phone": "+34 600 333 444", "language": "ru"})
    assert answer.status_code == 303
    page = clerk.get(answer.location)
    assert "Пётр Ёлкин is a member now" in page.text
    assert "50\u00a0points for joining" in page.text
    assert clerk.get("/admin/counter?q=елкин").location == answer.location


def test_nobody_is_enrolled_from_a_country_whose_people_may_not_join(clerk, db, now):
    by = new_colleague(db, now, Role.OWNER, "owner@example.net").account_id
    save_rule(db, Rule(country="PT"), 0, by, Role.OWNER, now)
    typed = {"name": "Ana", "phone": "+34 600 333 444", "language": "en"}
    refused = clerk.post("/admin/enrol", data={**typed, "country": "-"})
    assert (refused.status_code, "one of these countries: Spain and Portugal." in refused.text) == (422, True)
    assert clerk.post("/admin/enrol", data={**typed, "country": "PT"}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "x"}, "email"),
        ({"name": "Emma Núñez", "phone": "600111222"}, "phone"),
    ],
)
def test_an_enrolment_that_cannot_be_says_why_beside_the_field(clerk, db, emma, typed, field):
    answer = clerk.post("/admin/enrol", data={"name": "New", "phone": "600 333 444", "language": "en", **typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert count(db, Person) == 1


# --- who may


@pytest.mark.parametrize("role", list(Role))
def test_every_page_asks_for_its_permission(app, db, now, emma, clerk, role):
    record(clerk, f"/admin/counter/{emma}", amount="10")
    somebody = browser_of(
        app, db, new_colleague(db, now, role, f"second-{role.value}@example.org"), now, second_factor=True
    )
    pages = {
        "/admin": Permission.SEE_ADMIN,
        "/admin/counter": Permission.RECORD_PURCHASES,
        f"/admin/counter/{emma}": Permission.RECORD_PURCHASES,
        page_of_only_purchase(db): Permission.RECORD_PURCHASES,
        page_of_only_purchase(db) + "/return": Permission.CORRECT_PURCHASES,
        "/admin/enrol": Permission.ENROL_MEMBERS,
    }
    answers = {page: somebody.get(page).status_code for page in pages}
    assert answers == {page: 200 if may(role, needed) else 403 for page, needed in pages.items()}
    if not may(role, Permission.RECORD_PURCHASES):
        assert somebody.post(f"/admin/counter/{emma}", data={"amount": "10", "do": "save"}).status_code == 403
    assert count(db, Purchase) == 1


def test_without_a_second_factor_the_counter_stays_closed(app, db, now, emma):
    somebody = browser_of(app, db, new_colleague(db, now, Role.OWNER), now)
    assert somebody.get("/admin/counter").status_code == 303
    assert app.test_client().get("/admin/counter").status_code == 303


def test_no_page_is_there_for_who_does_not_exist(clerk):
    for page in ("/admin/counter/999", "/admin/counter/purchases/999", "/admin/counter/purchases/999/return"):
        assert clerk.get(page).status_code == 404


def test_the_counter_asks_the_database_little(clerk, db, emma, count_queries):
    for number in range(12):
        record(clerk, f"/admin/counter/{emma}", amount="10", reference=f"T-{number}")
    clerk.get("/admin/counter")  # takes the notice of the last purchase away
    with count_queries() as of_list:
        assert clerk.get("/admin/counter").text.count("Emma Núñez") == 10
    with count_queries() as of_member:
        clerk.get(f"/admin/counter/{emma}")
    assert len(of_list) <= 6
    assert len(of_member) <= 10


# --- points pay a part


@pytest.mark.proves("F-02")
def test_points_pay_a_part_once_and_undo_brings_them_back(clerk, db, emma):
    record(clerk, f"/admin/counter/{emma}", amount="500", reference="before")
    address = f"/admin/counter/{emma}"
    assert "In steps of 100; 1.000\u00a0points are there." in clerk.get(address).text
    shown = show(clerk, address, amount="50", use_points="1000")
    assert "To be paid: 40,00\u00a0€" in shown.text
    assert active(db, emma) == 1000
    data = fields(shown, amount="50", use_points="1000", do="save")
    answers = [clerk.post(address, data=data) for _ in range(2)]
    assert answers[0].location == answers[1].location
    page = clerk.get(answers[0].location)
    assert "1.000\u00a0points are used, 40,00\u00a0€ is to be paid." in page.text
    assert "saved already" in page.text
    assert active(db, emma) == 80
    undone = [clerk.post(answers[0].location + "/undo") for _ in range(2)]
    assert [answer.status_code for answer in undone] == [303, 303]
    assert "1.000\u00a0points that paid for it are there again." in clerk.get(answers[0].location).text
    assert (count(db, Correction), active(db, emma)) == (1, 1000)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("150", "Points are used in steps of 100."),
        ("600", "Of this sale at most 500\u00a0points can be used."),
        ("1100", "1.000\u00a0points are there, 1.100\u00a0points are needed."),
    ],
)
def test_points_that_cannot_pay_are_refused_beside_their_field(clerk, db, emma, use, words):
    record(clerk, f"/admin/counter/{emma}", amount="500", reference="before")
    amount = "5" if use == "600" else "50"
    answer = show(clerk, f"/admin/counter/{emma}", amount=amount, use_points=use)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="use_points-error"' in answer.text
    assert (count(db, Purchase), active(db, emma)) == (1, 1000)


def test_a_saved_sale_with_other_points_is_another_sale(clerk, db, emma):
    record(clerk, f"/admin/counter/{emma}", amount="500", reference="before")
    address = f"/admin/counter/{emma}"
    saved = fields(show(clerk, address, amount="50", use_points="100"), amount="50", use_points="100", do="save")
    assert clerk.post(address, data=saved).status_code == 303
    assert clerk.post(address, data={**saved, "use_points": "200"}).status_code == 409
    assert count(db, Purchase) == 2


def test_an_older_purchase_is_not_undone_with_one_click(clerk, db, emma):
    saved = record(clerk, f"/admin/counter/{emma}", amount="10", **{"bought_on-day": "14"})
    assert "/undo" not in clerk.get(saved.location).text
    assert clerk.post(saved.location + "/undo").status_code == 404
    assert count(db, Correction) == 0

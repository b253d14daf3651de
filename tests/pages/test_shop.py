"""The catalogue and the product through their pages: who sees what, at which price, and why."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from club.accounts.rules import LIMITS, Limit
from club.accrual.rules import AllRules, BaseRate, Campaign
from club.accrual.service import record_purchase, set_rules
from club.catalogue.models import StockWish
from club.catalogue.rules.pricing import Kind
from club.catalogue.rules.products import NewCategory
from club.catalogue.service.categories import add_category
from club.permissions import Role
from club.purchases.rules import NewLine, NewPurchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_by_hand, set_ladder
from tests.people import browser_of, link_in, mails_to, new_signed_up_member
from tests.shelf_world import LONG_AGO, NOW, price, put_out

pytestmark = pytest.mark.usefixtures("club")

LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver"}), 500_00),
        Rung("gold", Texts({"en": "Gold"}), 1500_00, discount_percent=10),
    )
)


@pytest.fixture(autouse=True)
def tiers_and_points(db, club):
    set_ladder(db, LADDER, date(2024, 1, 1), None, LONG_AGO)
    rules = AllRules(
        bases=(BaseRate(points=2, per_amount=100, starts_on=date(2024, 1, 1)),),
        campaigns=(Campaign(percent=300, starts_on=date(2024, 1, 1), category="sparkling"),),
    )
    set_rules(db, rules, None, Role.OWNER, LONG_AGO)


@pytest.fixture
def member(db, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def at(app, db, now, member):
    """A browser of the member at a tier."""

    def signed_in(tier="member"):
        if tier != "member":
            set_by_hand(db, member.person_id, tier, date(2027, 6, 30), "A gift", by=None, role=Role.OWNER, now=now)
        return browser_of(app, db, member, now)

    return signed_in


def plain(answer):
    """What the page says, without its menus."""
    said = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", said).replace("\u00a0", " ").replace("&#43;", "+").split())


def on_shelf(answer):
    return re.findall(r'<h2><a href="/shop/([^"?]+)', answer.text)


def shelf(db, name="Sparkling", **values):
    slugs = Texts({"en": name.lower(), "es": f"{name.lower()}-es", "ru": f"{name.lower()}-ru"})
    return add_category(db, NewCategory(Texts({"en": name}), slugs=slugs, **values), None, Role.OWNER, LONG_AGO)


def test_a_member_of_a_tier_sees_the_usual_price_their_own_why_and_what_it_is_in_points(db, at):
    put_out(db)
    page = at("gold").get("/shop/reserva-en")
    said = plain(page)
    assert "Usual price: 24,00 € Your price: 21,60 €" in said
    assert "Your tier, Gold −10%" in said and "28,80 € a litre" in said
    assert "or 2.160 points" in said and "You earn 43 points" in said


def test_a_list_says_what_holds_now_however_often_it_was_drawn(db, at, client):
    good = put_out(db)
    gold = at("gold")
    for _ in range(2):
        assert "24,00 €" in plain(client.get("/shop"))
        assert "Your price: 21,60 €" in plain(gold.get("/shop"))
    price(db, good.product_id, Kind.BASE, NOW, amount=3000, variant_id=good.variants[0])
    assert "30,00 €" in plain(client.get("/shop"))
    assert "Your price: 27,00 €" in plain(gold.get("/shop"))
    set_rules(
        db, AllRules(bases=(BaseRate(points=5, per_amount=100, starts_on=date(2024, 1, 1)),)), None, Role.OWNER, NOW
    )
    assert "Members earn 150 points" in plain(client.get("/shop"))
    assert "You earn 135 points" in plain(gold.get("/shop"))


def test_pages_of_the_shop_ask_at_most_eight_questions(db, at, client, count_queries):
    category_id = shelf(db)
    for number in range(5):
        put_out(db, f"Wine{number}", category_ids=(category_id,))
    addresses = ("/shop", "/shop?category=sparkling", "/shop?q=wine&order=price", "/shop/filter", "/shop/wine1-en")
    for browser in (at("gold"), client):
        for address in addresses:
            browser.get(address)
            with count_queries() as queries:
                assert browser.get(address).status_code == 200
            assert len(queries) <= 8, (address, queries.statements)


def test_a_guest_sees_what_members_pay_and_earn_and_the_way_in(db, client):
    good = put_out(db)
    price(db, good.product_id, Kind.TIER, LONG_AGO, percent=5, rung_key="member")
    said = plain(client.get("/shop/reserva-en"))
    assert "24,00 €" in said and "Your price" not in said
    assert "Members pay 22,80 € Members earn 48 points Join, free of charge" in said
    assert "or 2.400 points" not in said


def test_what_is_shown_as_earned_is_what_a_purchase_brings(db, at, member, now):
    put_out(db, "Cava", cents=1350, category_ids=(shelf(db),))
    browser = at("gold")
    shown = int(re.search(r"You earn ([0-9.]+) point", plain(browser.get("/shop/cava-en"))).group(1).replace(".", ""))
    line = NewLine(category="sparkling", amount=1215)
    bought = NewPurchase(member_id=member.person_id, channel="shop", bought_on=now.date(), amount=1215, lines=(line,))
    recorded = record_purchase(db, bought, None, Role.OWNER, now)
    assert (shown, recorded.points) == (72, 72)


def test_goods_of_a_category_that_is_barred_neither_bring_nor_take_points(db, at):
    put_out(db, "Book", category_ids=(shelf(db, "Books", earns_points=False, takes_points=False),))
    said = plain(at().get("/shop/book-en"))
    assert "You earn" not in said and "or 2.400 points" not in said


@pytest.mark.proves("R14")
def test_each_tier_sees_exactly_its_shelf_in_the_list_and_by_address(db, at, client):
    put_out(db, "For All")
    put_out(db, "For Silver", rung_key="silver")
    put_out(db, "For Gold", rung_key="gold")
    put_out(db, "Draft", live=False)
    put_out(db, "Soon", visible_from=NOW.date() + timedelta(days=1))
    put_out(db, "Over", visible_until=NOW.date() - timedelta(days=1))
    addresses = [f"/shop/{name}-en" for name in ("for-all", "for-silver", "for-gold", "draft", "soon", "over")]

    def sees(browser):
        answers = [browser.get(address) for address in addresses]
        assert all("Look for it here" in answer.text for answer in answers if answer.status_code == 404)
        return sorted(on_shelf(browser.get("/shop"))), [answer.status_code for answer in answers]

    assert sees(client) == (["for-all-en"], [200, 404, 404, 404, 404, 404])
    assert sees(at("silver")) == (["for-all-en", "for-silver-en"], [200, 200, 404, 404, 404, 404])
    assert sees(at("gold")) == (["for-all-en", "for-gold-en", "for-silver-en"], [200, 200, 200, 404, 404, 404])
    assert client.get("/shop?q=gold").text.count("for-gold") == 0


def test_an_address_of_another_language_leads_to_the_right_one(db, client):
    good = put_out(db, in_cases=13_680, category_ids=(shelf(db),))
    client.set_cookie("language", "es", domain="localhost")
    moved = client.get(f"/shop/reserva-en?variant={good.variants[1]}")
    assert (moved.status_code, moved.location) == (303, f"/shop/reserva-es?variant={good.variants[1]}")
    assert client.get("/shop/reserva-ru").location == "/shop/reserva-es"
    assert client.get("/shop?category=sparkling&stock=y").location == "/shop?category=sparkling-es&stock=y"
    assert client.get("/shop?category=nothing").status_code == 404


def test_a_size_has_its_own_address_price_and_contents(db, client):
    good = put_out(db, in_cases=13_680)
    assert "from 24,00 €" in plain(client.get("/shop"))
    said = client.get(f"/shop/reserva-en?variant={good.variants[1]}")
    assert "136,80 €" in plain(said) and "30,40 € a litre" in plain(said)
    assert re.search(r'aria-current="true">\s*<span>Case of six</span>', said.text)
    assert "24,00 €" in plain(client.get("/shop/reserva-en?variant=999999"))


def test_a_reduction_for_everybody_stands_beside_the_lowest_price_of_30_days(db, client):
    good = put_out(db)
    first, second = NOW - timedelta(days=20), NOW - timedelta(days=2)
    price(db, good.product_id, Kind.SALE, first, first.date() + timedelta(days=3), amount=2200)
    price(db, good.product_id, Kind.SALE, second, NOW.date() + timedelta(days=15), percent=25)
    for path in ("/shop", "/shop/reserva-en"):
        said = plain(client.get(path))
        assert "24,00 €" in said and "18,00 €" in said
        assert "Reduced until 30 June 2026" in said
        assert "Lowest price of the 30 days before: 22,00 €" in said


def test_the_list_is_searched_narrowed_ordered_and_turned_over(db, at):
    home = shelf(db)
    put_out(db, "Cava", cents=1350, category_ids=(home,))
    put_out(db, "Ancestral", cents=1420, stock=0, category_ids=(home,))
    put_out(db, "Decanter", cents=4950)
    browser = at()
    assert on_shelf(browser.get("/shop?q=Cava")) == ["cava-en"]
    assert on_shelf(browser.get("/shop?q=decanetr")) == ["decanter-en"]
    assert "This is what there is for “decanter”" in plain(browser.get("/shop?q=decanetr"))
    assert on_shelf(browser.get("/shop?category=sparkling&order=name")) == ["ancestral-en", "cava-en"]
    narrowed = browser.get("/shop?category=sparkling&stock=y&most=14")
    assert on_shelf(narrowed) == ["cava-en"]
    assert "In stock ×" in plain(narrowed) and "Up to 14,00 € ×" in plain(narrowed)
    assert on_shelf(browser.get("/shop?order=-price")) == ["decanter-en", "ancestral-en", "cava-en"]
    assert on_shelf(browser.get("/shop?points=y")) == []
    wrong = browser.get("/shop?most=much")
    assert wrong.status_code == 422 and "Enter an amount" in plain(wrong) and len(on_shelf(wrong)) == 3


def test_an_empty_shop_and_a_search_without_a_hit_say_different_things(db, client):
    assert "The shelves are being filled" in plain(client.get("/shop"))
    put_out(db, category_ids=(shelf(db),))
    nothing = plain(client.get("/shop?q=xylophone"))
    assert "Nothing matches this choice" in nothing and "The shelves" not in nothing
    assert "Try one word less" in nothing and "Sparkling" in nothing


@pytest.mark.proves("I-10")
def test_pages_ask_no_more_however_many_products_there_are(db, at, client, count_queries):
    put_out(db, in_cases=13_680, category_ids=(shelf(db),))
    browser = at("gold")
    paths = ("/shop", "/shop?q=reserva", "/shop?category=sparkling&stock=y&points=y", "/shop/reserva-en")

    def asked(who):
        found = []
        for path in paths:
            who.get(path)
            with count_queries() as queries:
                assert who.get(path).status_code == 200
            found.append(len(queries))
        return found

    few = asked(browser), asked(client)
    for number in range(30):
        put_out(db, f"Reserva {number}", in_cases=13_680, category_ids=(1,))
    assert (asked(browser), asked(client)) == few
    assert max(few[0] + few[1]) <= 8


def test_what_is_sold_out_can_be_waited_for(db, client, at, member):
    good = put_out(db, stock=0)
    assert "Sold out" in plain(client.get("/shop/reserva-en"))
    address = f"/shop/reserva-en/tell?variant={good.variants[0]}"
    wrong = client.post(address, data={"email": "nobody"})
    assert wrong.status_code == 422 and 'value="nobody"' in wrong.text and "Error:" in wrong.text
    assert "One step is left" in plain(client.post(address, data={"email": "guest@example.org"}, follow_redirects=True))
    (asked,) = mails_to(db, "guest@example.org")
    db.rollback()
    assert "Reserva" in plain(client.get(link_in(asked)))
    assert "Noted." in plain(client.post(link_in(asked), follow_redirects=True))
    assert client.get(link_in(asked)).status_code == client.post(link_in(asked)).status_code == 410
    browser = at()
    assert "One e-mail to ana@example.org" in plain(browser.get("/shop/reserva-en"))
    for _ in range(2):
        assert "Noted." in plain(browser.post(address, follow_redirects=True))
    db.rollback()
    waiting = db.execute(select(StockWish.email, StockWish.person_id).order_by(StockWish.id)).all()
    assert [tuple(one) for one in waiting] == [("guest@example.org", None), ("ana@example.org", member.person_id)]


def test_who_asks_too_often_is_told_to_wait(db, client, at, member, monkeypatch):
    monkeypatch.setitem(LIMITS, "wish.address", Limit(1, 3600))
    monkeypatch.setitem(LIMITS, "wish.recipient", Limit(1, 3600))
    put_out(db, stock=0)
    assert client.post("/shop/reserva-en/tell", data={"email": "guest@example.org"}).status_code == 303
    late = client.post("/shop/reserva-en/tell", data={"email": "other@example.org"})
    assert late.status_code == 429 and late.headers["Retry-After"]
    assert "Too many tries." in late.text and 'value="other@example.org"' in late.text
    browser = at()
    assert "Noted." in browser.post("/shop/reserva-en/tell", follow_redirects=True).text
    assert "Too many tries." in browser.post("/shop/reserva-en/tell", follow_redirects=True).text


def test_nobody_waits_for_what_is_there_or_not_for_them(db, client):
    there = put_out(db)
    put_out(db, "For Gold", stock=0, rung_key="gold")
    said = client.post("/shop/reserva-en/tell", data={"email": "guest@example.org"}, follow_redirects=True)
    assert "It is back already" in plain(said)
    assert client.post("/shop/for-gold-en/tell", data={"email": "guest@example.org"}).status_code == 404
    db.rollback()
    assert db.scalars(select(StockWish.id)).all() == [] and there.product_id

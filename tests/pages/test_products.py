"""Products through the staff's pages: the list, the editor, variants, prices."""

import re

import html5lib
import pytest
from sqlalchemy import select

from club.audit import Wanted as LogWanted
from club.audit import entries
from club.catalogue import priced
from club.catalogue.models import MemberPrice
from club.catalogue.priced import agreed_with
from club.catalogue.reading import product_for_staff
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import AttributeKind, State, TaxClass
from club.catalogue.service.categories import save_attribute
from club.catalogue.service.prices import set_member_price, set_price
from club.delivery.rules import Rule
from club.delivery.service import save_rule
from club.permissions import Role
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import browser_of, new_colleague, new_signed_up_member
from tests.shop_world import TODAY, category, product, set_rungs, texts

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def keeper(db, club, now):
    set_rungs(db, now)
    return new_colleague(db, now, Role.MANAGER)


@pytest.fixture
def shop(app, db, now, keeper):
    return browser_of(app, db, keeper, now, second_factor=True)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.replace("\u00a0", " ")).split())


def read(db, product_id):
    db.rollback()
    return product_for_staff(db, product_id, TODAY)


def fields_of(page):
    """What a browser would send back: every field of the page's last form with its value."""
    tree = html5lib.parse(page.text, namespaceHTMLElements=False)
    form = next(form for form in reversed(list(tree.iter("form"))) if form.find(".//*[@name='version']") is not None)
    found: dict[str | None, str | None] = {}
    for field in form.iter():
        name, kind = field.get("name"), field.get("type")
        if field.tag == "textarea":
            found[name] = (field.text or "").removeprefix("\r").strip("\n")
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = [one for one in options if one.get("selected") is not None] or options[:1]
            found[name] = chosen[0].get("value") if chosen else ""
        elif field.tag == "input" and (kind != "checkbox" or field.get("checked") is not None):
            found[name] = field.get("value", "")
    return found


# --- the list


def test_the_list_is_searched_narrowed_ordered_and_kept_in_its_address(shop, db, now):
    wines = category(db, texts("Wine", "Vino"), now)
    product(db, texts("Rioja Reserva", "Rioja Reserva"), "RIO-1", now, price=2400, stock=5, category_ids=(wines,))
    product(db, texts("Alvarinho"), "ALV-1", now, price=1200, is_live=False)
    product(db, texts("Gift card"), "GIFT-1", now, price=None, rung_key="gold")

    def listed(query):
        return re.findall(r'href="/admin/products/\d+">([^<]+)<', shop.get(f"/admin/products{query}").text)

    assert listed("") == ["Alvarinho", "Gift card", "Rioja Reserva"]
    assert listed("?order=-price") == ["Rioja Reserva", "Alvarinho", "Gift card"]
    assert listed("?q=rioja") == listed("?q=rio-1") == listed(f"?category={wines}") == ["Rioja Reserva"]
    assert listed("?state=live&seen=now") == ["Rioja Reserva"]
    assert listed("?lacks=price") == listed("?tiers=yes") == ["Gift card"]
    assert listed("?lacks=category") == listed("?stock=out") == ["Alvarinho", "Gift card"]
    assert listed("?q=%C2%BF%3F") == []
    assert "Nothing matches these filters." in shop.get("/admin/products?state=archived").text


def test_a_list_of_many_products_asks_few_questions(shop, db, now, count_queries):
    for number in range(12):
        product(db, texts(f"Wine {number}"), f"W-{number}", now, stock=3)
    shop.get("/admin/products")
    with count_queries() as queries:
        page = shop.get("/admin/products?order=left&state=live")
    assert "12 products." in plain(page)
    assert len(queries) <= 15


def test_several_go_into_the_shop_at_once_and_what_cannot_says_why(shop, db, now, keeper):
    ready = product(db, texts("Rioja"), "RIO-1", now, is_live=False).product_id
    unpriced = product(db, texts("Alvarinho"), "ALV-1", now, price=None).product_id
    done = shop.post(
        "/admin/products/several", data={"do": "publish", "product": [ready, unpriced]}, follow_redirects=True
    )
    assert "1 product is in the shop." in plain(done)
    assert "Alvarinho: Each variant needs a price before the product goes live." in plain(done)
    assert (read(db, ready).state, read(db, unpriced).state) == (State.LIVE, State.DRAFT)

    shop.post("/admin/products/several", data={"do": "archive", "product": [ready, unpriced]})
    assert (read(db, ready).state, read(db, unpriced).state) == (State.ARCHIVED, State.ARCHIVED)
    assert shop.post("/admin/products/several", data={"do": "archive"}).status_code == 422
    log = [one for one in entries(db, LogWanted(subjects=("product",)), 50) if one.by == keeper.account_id]
    assert [(one.act, one.subject_id) for one in reversed(log)] == [
        ("product.live", ready),
        ("product.archived", ready),
        ("product.archived", unpriced),
    ]


# --- one product


def test_a_product_begins_as_a_draft_that_can_be_told_in_three_languages(shop, db, now):
    assert shop.post("/admin/products/new", data={"name_en": "Rioja", "unit": "l"}).status_code == 422
    made = shop.post("/admin/products/new", data={"name_en": "Rioja", "sku": "RIO-1", "content": "0,75", "unit": "l"})
    product_id = int(made.location.rsplit("/", 1)[-1])
    page = read(db, product_id)
    choice = page.variants[0].choice
    assert (page.state, choice.sku, choice.content) == (State.DRAFT, "RIO-1", 750)

    wines = category(db, texts("Wine"), now)
    save_attribute(
        db, "vintage", texts("Vintage"), AttributeKind.NUMBER, unit="", is_filter=True, by=None, role=Role.SHOP, now=now
    )
    save_attribute(
        db, "grape", texts("Grape"), AttributeKind.TEXT, unit="", is_filter=True, by=None, role=Role.SHOP, now=now
    )
    form = fields_of(shop.get(f"/admin/products/{product_id}"))
    typed = form | {
        "name_es": "Rioja tinto", "name_ru": "Риоха", "short_en": "A red.", "slug_en": "red-rioja", "home": wines,
        "tax_class": "reduced", "rung_key": "gold", "limit_per_member": "6", "min_age": "18", "visible_from-day": "1",
        "visible_from-month": "7", "visible_from-year": "2026", "fact-vintage": "2019", "fact-grape-en": "Tempranillo",
    }  # fmt: skip
    saved = shop.post(f"/admin/products/{product_id}", data=typed)
    assert saved.status_code == 303
    page = read(db, product_id)
    assert dict(page.name) == {"en": "Rioja", "es": "Rioja tinto", "ru": "Риоха"}
    assert dict(page.slugs) == {"en": "red-rioja", "es": "rioja-tinto", "ru": "riokha"}
    assert (page.category_id, page.rung_key, page.limit_per_member, page.min_age) == (wines, "gold", 6, 18)
    assert str(page.visible_from) == "2026-07-01"
    assert [(fact.key, fact.number, fact.value.into("en")) for fact in page.facts] == [
        ("vintage", 2_019_000, "2019"),
        ("grape", None, "Tempranillo"),
    ]
    assert page.variants[0].choice.sku == "RIO-1"


def test_a_product_may_fall_under_another_tax_where_goods_go_abroad(shop, db, now, keeper):
    rioja = product(db, texts("Rioja"), "RIO-1", now).product_id
    assert "Another tax in some countries" not in shop.get(f"/admin/products/{rioja}").text
    save_rule(db, Rule(country="PT"), 0, keeper.account_id, Role.MANAGER, now)
    form = fields_of(shop.get(f"/admin/products/{rioja}"))
    assert (form["abroad-PT"], "abroad-ES" in form) == ("", False)
    assert shop.post(f"/admin/products/{rioja}", data=form | {"abroad-PT": "reduced"}).status_code == 303
    assert read(db, rioja).tax_abroad == {"PT": TaxClass.REDUCED}
    assert fields_of(shop.get(f"/admin/products/{rioja}"))["abroad-PT"] == "reduced"


@pytest.mark.parametrize("key", ["member", "gold"])
def test_a_product_for_the_first_tier_or_for_one_that_is_gone_stays_so_when_it_is_saved(shop, db, now, key):
    rioja = product(db, texts("Rioja"), "RIO-1", now, rung_key=key).product_id
    set_ladder(
        db, Ladder((Rung("member", texts("Member")), Rung("silver", texts("Silver"), spend=1))), TODAY, None, now
    )
    form = fields_of(shop.get(f"/admin/products/{rioja}"))
    assert shop.post(f"/admin/products/{rioja}", data=form | {"short_en": "A red."}).status_code == 303
    page = read(db, rioja)
    assert (page.short.into("en"), page.rung_key) == ("A red.", key)


def test_what_somebody_else_saved_meanwhile_is_not_lost_unseen(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now).product_id
    form = fields_of(shop.get(f"/admin/products/{rioja}"))
    assert shop.post(f"/admin/products/{rioja}", data=form | {"name_en": "Rioja Reserva"}).status_code == 303
    late = shop.post(f"/admin/products/{rioja}", data=form | {"name_en": "Red"})
    assert late.status_code == 422
    assert read(db, rioja).name.into("en") == "Rioja Reserva"
    again = fields_of(late) | {"name_en": "Red"}
    assert shop.post(f"/admin/products/{rioja}", data=again).status_code == 303
    assert read(db, rioja).name.into("en") == "Red"


def test_a_form_that_cannot_be_saved_keeps_what_was_typed_and_says_where(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now).product_id
    product(db, texts("Other"), "OTH-1", now)
    form = fields_of(shop.get(f"/admin/products/{rioja}"))
    for typed, words in (
        ({"name_en": ""}, "Enter the name in English."),
        ({"slug_en": "other"}, "Another page has the address “other”, or had it."),
        ({"slug_es": "Two Words"}, "use the small letters a to z"),
        ({"limit_per_member": "0"}, "Enter 1 or more."),
    ):
        page = shop.post(f"/admin/products/{rioja}", data=form | {"short_en": "Kept."} | typed)
        assert page.status_code == 422
        assert words in page.text.replace("&#34;", '"')
        assert "Kept." in page.text
    assert read(db, rioja).version == 2


def test_it_goes_into_the_shop_once_it_has_a_price_and_out_again(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=None).product_id
    refused = shop.post(f"/admin/products/{rioja}/publish", follow_redirects=True)
    assert "Each variant needs a price" in refused.text
    set_price(db, rioja, PriceRow(Kind.BASE, TODAY, amount=2400), None, Role.SHOP, now)
    assert "It is in the shop." in shop.post(f"/admin/products/{rioja}/publish", follow_redirects=True).text
    shop.post(f"/admin/products/{rioja}/draft")
    assert read(db, rioja).state is State.DRAFT


# --- variants


def test_variants_are_made_from_options_and_keep_their_stock(shop, db, now):
    shirt = product(db, texts("Apron"), "APR", now, is_live=False)
    address = f"/admin/products/{shirt.product_id}/variants"
    form = fields_of(shop.get(address))
    option = {
        "option_en_1": "Size",
        "option_es_1": "Talla",
        "option_values_1": "m: Medium | Mediana\nl: Large | Grande",
    }
    combined = shop.post(address, data=form | option | {"do": "combine"})
    assert combined.status_code == 200
    offered = fields_of(combined)
    assert [offered[f"sku_{row}"] for row in (1, 2)] == ["APR", "APR-L"]
    offered |= {
        "option_values_1": option["option_values_1"],
        "choice_1_1": "m",
        "choice_1_2": "l",
        "unit_1": "l",
        "unit_2": "l",
    }
    assert shop.post(address, data=offered | {"do": "save"}).status_code == 303
    page = read(db, shirt.product_id)
    assert [(one.choice.sku, dict(one.choice.choices), one.choice.is_active) for one in page.variants] == [
        ("APR", {"size": "m"}, True),
        ("APR-L", {"size": "l"}, True),
    ]
    assert page.variants[0].choice.id == shirt.variant_id
    assert [name.into("es") for _, name in page.options[0].values] == ["Mediana", "Grande"]


def test_a_sku_that_another_product_has_is_refused_at_its_field(shop, db, now):
    product(db, texts("Other"), "OTH-1", now)
    rioja = product(db, texts("Rioja"), "RIO-1", now).product_id
    form = fields_of(shop.get(f"/admin/products/{rioja}/variants"))
    page = shop.post(f"/admin/products/{rioja}/variants", data=form | {"sku_1": "oth-1", "unit_1": "l", "do": "save"})
    assert page.status_code == 422
    assert "has the SKU" in page.text
    assert read(db, rioja).variants[0].choice.sku == "RIO-1"


# --- prices


SALE = {
    "kind": "sale", "variant": "", "percent": "25", "min_quantity": "1", "rung_key": "gold", "from_on-day": "20",
    "from_on-month": "6", "from_on-year": "2026", "until_on-day": "30", "until_on-month": "6", "until_on-year": "2026",
}  # fmt: skip


def test_a_price_shows_who_would_pay_what_before_it_is_set(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2000).product_id
    address = f"/admin/products/{rioja}/prices"
    today = plain(shop.get(address))
    assert "A guest usual price 20,00 €" in today
    assert "Tier Gold tier Gold: 10% off 18,00 €" in today

    looked = plain(shop.post(address, data=SALE | {"do": "preview"}))
    assert "What this price would do On 20 June 2026" in looked
    assert "A guest sale 20,00 € 15,00 €" in looked
    assert "Tier Gold sale 18,00 € 15,00 €" in looked
    assert "the lowest price of the 30 days before it, 20,00 €" in looked
    assert read(db, rioja).rows == tuple(read(db, rioja).rows[:1])

    assert shop.post(address, data=SALE | {"do": "save"}).status_code == 303
    later = plain(shop.get(f"{address}?on=2026-06-21"))
    assert "A guest sale 15,00 €" in later
    assert "to come" in later


def test_a_price_that_cannot_hold_is_refused_with_the_reason(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2000).product_id
    address = f"/admin/products/{rioja}/prices"
    for typed in (
        {"percent": ""},
        {"amount": "9"},
        {"until_on-day": "", "until_on-month": "", "until_on-year": ""},
        {"from_on-day": "1", "from_on-month": "1"},
        {"kind": "member", "member": "nobody@example.org"},
    ):
        page = shop.post(address, data=SALE | typed | {"do": "save"})
        assert page.status_code == 422, typed
        assert "There is something to put right" in page.text
    assert len(read(db, rioja).rows) == 1


def test_a_tiers_and_a_members_price_are_set_and_ended(shop, db, now):
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2000).product_id
    ana = new_signed_up_member(db, now)
    address = f"/admin/products/{rioja}/prices"
    today = {"from_on-day": "15", "until_on-day": "", "until_on-month": "", "until_on-year": "", "percent": ""}
    shop.post(address, data=SALE | today | {"kind": "tier", "amount": "16", "do": "save"})
    shop.post(address, data=SALE | today | {"kind": "member", "member": ana.email, "amount": "12,50", "do": "save"})
    page = plain(shop.get(address))
    assert "Tier Gold price of tier Gold 16,00 €" in page
    assert "Ana García 12,50 €" in page
    ends = re.findall(rf'action="({address}/\d+/(?:end|leave))"', shop.get(address).text)
    assert len(ends) == 2
    for one in ends:
        assert shop.post(one).status_code == 303
    assert "Tier Gold tier Gold: 10% off 18,00 €" in plain(shop.get(address))
    assert "Ana García" not in shop.get(address).text


def test_an_agreement_that_the_list_has_no_room_for_is_reckoned_with_and_can_be_ended(shop, db, now, monkeypatch):
    monkeypatch.setattr(priced, "MOST_AGREED", 1)
    rioja = product(db, texts("Rioja"), "RIO-1", now, price=2000).product_id
    first = new_signed_up_member(db, now, email="first@example.org", name="Abel")
    last = new_signed_up_member(db, now, email="last@example.org", name="Zoe")
    assert first.person_id is not None and last.person_id is not None
    for member, amount in ((first.person_id, 1100), (last.person_id, 1200)):
        row = PriceRow(Kind.MEMBER, TODAY, amount=amount)
        set_member_price(db, rioja, member, row, None, Role.SHOP, now)
    address = f"/admin/products/{rioja}/prices"
    assert "Zoe" not in plain(shop.get(address))
    today = {"from_on-day": "15", "until_on-day": "", "until_on-month": "", "until_on-year": "", "percent": ""}
    tried = SALE | today | {"kind": "member", "member": "last@example.org", "amount": "9", "do": "preview"}
    assert "Zoe agreed with this member 12,00 € 9,00 €" in plain(shop.post(address, data=tried))
    theirs = db.scalar(select(MemberPrice.id).where(MemberPrice.person_id == last.person_id))
    db.rollback()
    assert shop.post(f"{address}/{theirs}/leave").status_code == 303
    assert agreed_with(db, rioja, last.person_id, TODAY) == []
    other = product(db, texts("Cava"), "CAV-1", now).product_id
    assert shop.post(f"/admin/products/{other}/prices/{theirs}/leave").status_code == 404


def test_only_who_keeps_the_catalogue_gets_in(app, db, now, keeper):
    rioja = product(db, texts("Rioja"), "RIO-1", now).product_id
    clerk = browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)
    for path in ("", f"/{rioja}", f"/{rioja}/prices", f"/{rioja}/variants", f"/{rioja}/pictures", "/facts"):
        assert clerk.get(f"/admin/products{path}").status_code == 403
    assert clerk.post(f"/admin/products/{rioja}/archive").status_code == 403
    assert clerk.get("/admin/stock").status_code == 403
    assert read(db, rioja).state is State.LIVE

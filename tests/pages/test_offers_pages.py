"""Offers through their pages: staff write, publish and end them; members activate, take back and redeem."""

import re
from datetime import date

import pytest
from sqlalchemy import select, update

from club.accrual.service import record_purchase_in
from club.audit import AuditEntry
from club.catalogue.categories import tree
from club.catalogue.models import Variant
from club.catalogue.rules.products import NewCategory
from club.catalogue.service.categories import add_category
from club.database import transaction
from club.offers.listing import picked_with_names
from club.offers.models import OFFERS, VOUCHERS, the_offer
from club.offers.rules import Kind, Offer, Place, Way, Who
from club.offers.service import activate, add_codes, add_offer, pick, publish, redeem
from club.permissions import PERMISSIONS, Permission, Role
from club.points.models import balance_of
from club.points.service import adjust_in
from club.purchases.rules import COUNTER, NewLine, NewPurchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.cart_world import Shelf
from tests.offer_world import an_offer, running
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

LADDER = Ladder((Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), 1500_00)))
TYPED = {
    "title_en": "Autumn", "kind": "percent", "percent": "10", "who": "all", "way": "automatic", "place": "both",
    "starts_on-day": "1", "starts_on-month": "1", "starts_on-year": "2026", "version": "0", "do": "save",
    "key": "a" * 32,
}  # fmt: skip


@pytest.fixture
def marc(db, club, now):
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)
    return new_colleague(db, now, Role.MARKETING)


@pytest.fixture
def desk(app, db, now, marc):
    return browser_of(app, db, marc, now, second_factor=True)


@pytest.fixture
def ana(db, now, marc):
    member = new_signed_up_member(db, now)
    assert member.person_id is not None
    with transaction(db) as tx:
        adjust_in(tx, member.person_id, 500, "welcome", marc.account_id, now)
    return member


@pytest.fixture
def phone(app, db, now, ana):
    return browser_of(app, db, ana, now)


@pytest.fixture
def make(db, now, marc):
    """A published offer; its id."""

    def offer(title="Autumn", kind=Kind.PERCENT, people=(), **said):
        given = {"percent": 10} if kind is Kind.PERCENT else {}
        said = {"starts_on": date(2026, 1, 1), **given, **said}
        new = Offer(kind=kind, title=Texts({"en": title}), **said)
        offer_id = add_offer(db, new, marc.account_id, Role.MARKETING, now)
        if kind is Kind.PARTNER:
            add_codes(db, offer_id, ["SPA-1"], marc.account_id, Role.MARKETING, now)
        if people:
            pick(db, offer_id, people, marc.account_id, Role.MARKETING, now)
        publish(db, offer_id, the_offer(db, offer_id).version, marc.account_id, Role.MARKETING, now)
        return offer_id

    return offer


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("\u00a0", " ").split())


def found(pattern, page):
    match = re.search(pattern, page.text)
    assert match is not None
    return match[1]


def version(page):
    return found(r'name="version"[^>]*value="(\d+)"', page)


def acts(db):
    db.rollback()
    return list(db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "offer").order_by(AuditEntry.id)))


def vouchers(db):
    db.rollback()
    return [row.state for row in db.execute(select(VOUCHERS.c.state).order_by(VOUCHERS.c.id))]


def test_an_offer_is_written_looked_at_published_changed_copied_and_ended(desk, db):
    looked = desk.post("/admin/offers/new", data={**TYPED, "do": "show"})
    assert "0 members may use it today." in plain(looked) and acts(db) == []

    for _ in range(2):  # sent twice, it is there once
        saved = desk.post("/admin/offers/new", data=TYPED)
    offer_id = int(saved.location.rsplit("/", 1)[1])
    db.rollback()
    assert db.scalars(select(OFFERS.c.id)).all() == [offer_id]
    assert "10% off" in plain(desk.get("/admin/offers?state=draft"))

    confirm = desk.get(f"/admin/offers/{offer_id}/publish")
    assert "From 1 January 2026 on these members see it" in plain(confirm)
    assert desk.post(f"/admin/offers/{offer_id}/publish", data={"version": version(confirm)}).status_code == 303
    assert "Autumn" in plain(desk.get("/admin/offers"))

    form = desk.get(f"/admin/offers/{offer_id}/edit")
    assert 'name="percent"' not in form.text
    said = {"title_en": "Late autumn", "limit_all": "50", "version": version(form), "percent": "90", "do": "save"}
    assert desk.post(f"/admin/offers/{offer_id}/edit", data=said).status_code == 303
    db.rollback()
    offer = the_offer(db, offer_id).offer
    assert (offer.title["en"], offer.limit_all, offer.percent) == ("Late autumn", 50, 10)
    assert desk.post(f"/admin/offers/{offer_id}/edit", data=said).status_code == 422  # an older state of it

    copied = desk.post(f"/admin/offers/{offer_id}/copy")
    assert "/edit" in copied.location
    assert "This cannot be undone" in plain(desk.get(f"/admin/offers/{offer_id}/end"))
    desk.post(f"/admin/offers/{offer_id}/end", data={"version": "1"})
    assert "Late autumn" in plain(desk.get("/admin/offers?state=ended"))
    assert acts(db) == ["offer.added", "offer.published", "offer.changed", "offer.copied", "offer.ended"]


def test_an_offer_for_a_category_that_was_removed_is_not_widened_to_all_goods(desk, db, now, marc):
    only = Offer(
        kind=Kind.PERCENT, title=Texts({"en": "Reds"}), percent=10, starts_on=date(2026, 1, 1), categories=(77,)
    )
    offer_id = add_offer(db, only, marc.account_id, Role.MARKETING, now)
    form = desk.get(f"/admin/offers/{offer_id}/edit")
    assert "A category that was removed" in form.text
    said = {**TYPED, "title_en": "Reds", "categories": found(r'name="categories"[^>]*value="(\d+)"', form)}
    assert desk.post(f"/admin/offers/{offer_id}/edit", data={**said, "version": "1"}).status_code == 303
    db.rollback()
    assert the_offer(db, offer_id).offer == only


def test_what_cannot_be_meant_is_said_at_its_field(desk, db, make):
    make("Winter")
    wrong = desk.post("/admin/offers/new", data={**TYPED, "percent": "", "products": "NO-SUCH"})
    assert wrong.status_code == 422 and "Error:" in wrong.text
    assert "No product has this SKU: NO-SUCH" in wrong.text and 'value="NO-SUCH"' in wrong.text
    assert "Enter a percentage from 1 to 100." in plain(desk.post("/admin/offers/new", data={**TYPED, "percent": ""}))
    nameless = desk.post("/admin/offers/new", data={**TYPED, "title_en": ""})
    assert "Enter the title in English." in plain(nameless)
    meets = desk.post("/admin/offers/new", data={**TYPED, "do": "show"})
    assert "Meets other offers Winter" in plain(meets)


@pytest.mark.proves("R74")
def test_members_are_picked_by_number_and_codes_of_a_partner_are_pasted_and_settled(desk, db, now, marc, ana):
    picked = desk.post("/admin/offers/new", data={**TYPED, "who": "picked"}).location
    assert "Nobody is picked yet" in plain(desk.get(f"{picked}/publish"))
    given = {"typed": f"{ana.member_number};Ana\nM-000"}
    answer = plain(desk.post(f"{picked}/people", data=given, follow_redirects=True))
    assert "1 number belongs to nobody: M-000" in answer and "Ana García" in answer
    offer_id = int(picked.rsplit("/", 1)[1])
    assert [one.person_id for one in picked_with_names(db, offer_id, 9)] == [ana.person_id]
    desk.post(f"{picked}/people/drop", data={"person_id": ana.person_id})
    db.rollback()
    assert picked_with_names(db, offer_id, 9) == []

    partner = {**TYPED, "title_en": "Spa", "kind": "partner", "way": "activate"}
    spa = desk.post("/admin/offers/new", data=partner).location
    desk.post(f"{spa}/codes", data={"typed": "A1\nB2\nA1"})
    assert "2 of 2 codes are left." in plain(desk.get(spa))
    assert "Codes that members have already stay theirs." in plain(desk.get(f"{spa}/end"))

    db.rollback()
    spa_id = int(spa.rsplit("/", 1)[1])
    publish(db, spa_id, the_offer(db, spa_id).version, marc.account_id, Role.MARKETING, now)
    assert desk.post(f"{spa}/codes/export").text.count("\n") == 1  # only the heads: nobody has one yet
    activate(db, ana.person_id, spa_id, now)
    assert "A1 Ana García" in plain(desk.get(f"{spa}/codes"))
    settled = desk.post(f"{spa}/codes/export").text
    assert "2026-06-15,A1,0" in settled.replace(";", ",") and "Ana" not in settled and "B2" not in settled
    assert acts(db)[-1] == "offer.codes_exported"
    assert desk.post(f"{picked}/codes/export").status_code == 404


def test_a_member_activates_takes_back_and_the_page_says_what_is_in_the_way(phone, desk, db, make):
    free = make("Delivery", Kind.FREE_DELIVERY, way=Way.ACTIVATE, place=Place.SHOP)
    gold = make("Tasting", who=Who.RUNG, rung_key="gold", way=Way.ACTIVATE)
    page = plain(phone.get("/me/offers"))
    assert "For you Delivery" in page and "With a higher level Tasting 10% off Tier Gold and above" in page

    active = phone.post(f"/me/offers/{free}/activate", follow_redirects=True)
    assert "Active: Delivery It counts by itself in the cart. Undo" in plain(active)
    voucher_id = found(r"/me/offers/vouchers/(\d+)/undo", active)
    phone.post(f"/me/offers/vouchers/{voucher_id}/undo")
    assert vouchers(db) == ["undone"]

    refused = plain(phone.post(f"/me/offers/{gold}/activate", follow_redirects=True))
    assert "This offer is for the tier Gold and above." in refused and vouchers(db) == ["undone"]


@pytest.mark.proves("F-49")
def test_a_reward_is_redeemed_once_after_its_price_was_read(phone, app, db, ana, now, make):
    reward = make("Glass", way=Way.REDEEM, points=300, voucher_days=30)
    dear = make("Trip", way=Way.REDEEM, points=800)
    page = plain(phone.get("/me/offers"))
    assert page.index("Glass") < page.index("Trip") and "300 points are missing." in page
    confirm = phone.get(f"/me/offers/{reward}/redeem")
    assert "Your points now 500 points This reward costs −300 points Your points afterwards 200 points" in plain(
        confirm
    )
    assert "They come back if the club ends the reward before you used it." in plain(confirm)
    spa = make("Spa", Kind.PARTNER, way=Way.REDEEM, points=100)
    assert "do not come back: the code is shown at once." in plain(phone.get(f"/me/offers/{spa}/redeem"))
    key = found(r'name="key"[^>]*value="([0-9a-f]+)"', confirm)
    for _ in range(2):
        answer = phone.post(f"/me/offers/{reward}/redeem", data={"key": key})
    assert vouchers(db) == ["active"]
    assert balance_of(db, ana.person_id, now.date()).active == 200
    shown = phone.get(answer.location)
    assert "<svg" in shown.text and "Redeemed for 300 points" in plain(shown)

    short = phone.get(f"/me/offers/{dear}/redeem")
    assert "600 points are missing for this reward." in plain(short) and "Redeem for" not in short.text
    other = browser_of(app, db, new_signed_up_member(db, now, name="Eva", email="eva@example.org"), now)
    assert other.get(answer.location).status_code == 404


def test_uses_are_taken_along_by_whoever_may_and_the_log_says_so(app, desk, db, now, make):
    offer_id = make()
    assert "Nobody has used it yet." in plain(desk.get(f"/admin/offers/{offer_id}/uses"))
    table = desk.post(f"/admin/offers/{offer_id}/uses/export")
    assert table.mimetype == "text/csv" and acts(db)[-1] == "offer.uses_exported"
    for role in (Role.SHOP, Role.READ_ONLY):
        assert Permission.MANAGE_OFFERS not in PERMISSIONS[role]
        clerk = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
        assert clerk.get(f"/admin/offers/{offer_id}").status_code == 200
        assert clerk.post(f"/admin/offers/{offer_id}/end").status_code == 403
    assert the_offer(db, offer_id).ended_at is None


def test_the_pages_ask_few_queries(phone, desk, db, ana, now, make, count_queries):
    for number in range(4):
        make(f"One {number}", way=Way.ACTIVATE)
        make(f"Two {number}", way=Way.REDEEM, points=100)
    activate(db, ana.person_id, 1, now)
    for who, address, most in ((phone, "/me/offers", 9), (desk, "/admin/offers", 9), (desk, "/admin/offers/1", 10)):
        who.get(address)
        with count_queries() as queries:
            assert who.get(address).status_code == 200
        assert len(queries) <= most, (address, queries.statements)
    assert "1 issued · 0 used" in plain(desk.get("/admin/offers"))


def test_points_are_asked_only_for_what_this_member_can_have_and_what_it_is_stands_there(phone, db, now, ana, make):
    glass = Shelf(db, now).thing("Wine glass")
    said = {"way": Way.REDEEM, "points": 100}
    gift = make(
        "Glass",
        Kind.GIFT,
        gift_variant_id=glass,
        condition=Texts({"en": "While there are any."}),
        limit_member=1,
        **said,
    )
    page = plain(phone.get(f"/me/offers/{gift}/redeem"))
    assert "A gift: Wine glass" in page and "While there are any." in page
    eva = new_signed_up_member(db, now, name="Eva", email="eva@example.org")
    gold = make("Trip", who=Who.RUNG, rung_key="gold", **said)
    others = make("Secret", who=Who.PICKED, people=[eva.person_id], **said)
    later = make("Later", starts_on=date(2026, 7, 1), **said)
    redeem(db, ana.person_id, gift, bytes(32), now)
    for offer_id, words in (
        (gold, "This offer is for the tier Gold and above."),
        (others, "does not run any more, or not yet"),
        (later, "does not run any more, or not yet"),
        (gift, "You have had this offer 1 time"),
    ):
        assert phone.get(f"/me/offers/{offer_id}/redeem").status_code == 303
        page = plain(phone.get("/me/offers"))
        assert words in page and "Secret" not in page


def test_a_version_that_says_nonsense_or_is_old_is_refused_and_the_next_button_works(desk, db):
    address = desk.post("/admin/offers/new", data=TYPED).location
    for old in ("9" * 5000, "0"):
        refused = desk.post(f"{address}/publish", data={"version": old})
        assert refused.status_code == 422 and acts(db) == ["offer.added"]
    assert desk.post(f"{address}/publish", data={"version": version(refused)}).status_code == 303
    assert acts(db) == ["offer.added", "offer.published"]


def test_one_sku_in_two_spellings_is_one_product(desk, db, now):
    product_id = Shelf(db, now).product_of(Shelf(db, now).thing("Rioja"))
    db.execute(update(Variant).values(sku_key="THING1"))
    db.commit()
    saved = desk.post("/admin/offers/new", data={**TYPED, "products": "thing-1 THING-1"})
    assert saved.status_code == 303
    assert the_offer(db, int(saved.location.rsplit("/", 1)[1])).offer.products == (product_id,)


def test_an_offer_below_cost_says_so_and_costs_are_for_staff_alone(desk, app, db, now):
    variant_id = Shelf(db, now).thing(price=1000)
    product_id = db.scalar(select(Variant.product_id).where(Variant.id == variant_id))
    db.rollback()
    costs = f"/admin/products/{product_id}/costs"
    assert desk.post(costs, data={f"cost_{variant_id}": "9.50"}).status_code == 303
    assert 'value="9,50"' in desk.get(costs).text
    assert "would sell below what" in plain(desk.post("/admin/offers/new", data={**TYPED, "do": "show"}))
    assert "below what" not in plain(desk.post("/admin/offers/new", data={**TYPED, "do": "show", "percent": "5"}))
    assert desk.post(costs, data={f"cost_{variant_id}": ""}).status_code == 303
    assert "below what" not in plain(desk.post("/admin/offers/new", data={**TYPED, "do": "show"}))


def test_an_offer_says_that_its_goods_are_what_the_member_buys(phone, db, now, marc, ana, count_queries):
    wine = add_category(db, NewCategory(Texts({"en": "Wine"})), None, Role.SHOP, now)
    white = add_category(db, NewCategory(Texts({"en": "White wine"}), parent_id=wine), None, Role.SHOP, now)
    cheese = add_category(db, NewCategory(Texts({"en": "Cheese"})), None, Role.SHOP, now)
    for title, category in (("Cellar days", wine), ("Cheese days", cheese)):
        running(db, an_offer(title=Texts({"en": title}), categories=frozenset({category})), now)
    with count_queries() as before:
        assert "Because you buy" not in plain(phone.get("/me/offers"))
    word = tree(db).purchase_category(white)
    bought = (NewLine(amount=2000, category=word),)
    sale = NewPurchase(member_id=ana.person_id, channel=COUNTER, bought_on=now.date(), amount=2000, lines=bought)
    with transaction(db) as tx:
        record_purchase_in(tx, sale, marc.account_id, now)
    with count_queries() as after:
        said = plain(phone.get("/me/offers"))
    assert said.count("Because you buy") == 1 and "Cellar days Because you buy: White wine" in said
    assert len(after) <= len(before)

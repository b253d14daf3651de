"""Products as staff make them: parts, addresses, states, prices, categories, pictures; and what each leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin.products.options import missing_combinations
from club.audit import AuditEntry
from club.catalogue.buying import Trouble, offers_for
from club.catalogue.categories import tree
from club.catalogue.listing import Wanted, search_products
from club.catalogue.models import Price, Product, ProductWord
from club.catalogue.reading import product_for_staff, product_page
from club.catalogue.rules.pricing import GUEST, Buyer, Kind, PriceRow
from club.catalogue.rules.products import (
    MOST_VALUES,
    AttributeKind,
    NewAttribute,
    NewCategory,
    NewProduct,
    NewVariant,
    Option,
    State,
    Unit,
    check_product,
)
from club.catalogue.service import nightly
from club.catalogue.service.categories import (
    add_category,
    change_category,
    move_category,
    remove_category,
    save_attribute,
)
from club.catalogue.service.images import (
    NewImage,
    add_image,
    image_made,
    move_image,
    remove_image,
    waiting_images,
)
from club.catalogue.service.prices import end_member_price, end_price, set_member_price, set_price
from club.catalogue.service.products import add_product, change_product, set_state
from club.catalogue.service.stock import take_of_limit
from club.catalogue.setprices import agreed_for, prices_of, standing_prices
from club.catalogue.visitors import buyer_of, member_buyer
from club.catalogue.written import products_as_written
from club.database import transaction
from club.errors import (
    BadPrice,
    BadProduct,
    CategoryInItself,
    CategoryInUse,
    ChangedMeanwhile,
    NotAllowed,
    NotFound,
    ProductNotReady,
    Refusal,
    SkuTaken,
    SlugTaken,
    UnknownRung,
)
from club.permissions import Role
from club.programme.rules import Club
from tests.people import new_signed_up_member
from tests.shop_world import TODAY, category, first_variant, go_live, product, set_rungs, texts, version_of

SHIRT = NewProduct(
    name=texts("Shirt", "Camiseta", "Футболка"),
    options=(Option("size", texts("Size"), (("s", texts("Small")), ("l", texts("Large")))),),
    variants=(NewVariant("SHIRT-S", {"size": "s"}), NewVariant("SHIRT-L", {"size": "l"})),
)


def acts(db: Session) -> list[str]:
    db.rollback()
    return list(db.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def seen(db: Session, slug: str, buyer: Buyer = GUEST) -> list[tuple[str, int | None]]:
    db.rollback()
    page = product_page(db, slug, buyer, TODAY)
    return [(one.choice.sku, one.price.amount if one.price else None) for one in page.variants]


def test_a_product_has_variants_that_are_chosen_by_options(db: Session, club: Club, now: datetime) -> None:
    product_id = add_product(db, SHIRT, None, Role.SHOP, now)
    set_price(db, product_id, PriceRow(Kind.BASE, TODAY, amount=1900), None, Role.SHOP, now)
    large = product_for_staff(db, product_id, TODAY).variants[1].choice.id
    set_price(db, product_id, PriceRow(Kind.BASE, TODAY, amount=2100, variant_id=large), None, Role.SHOP, now)
    go_live(db, product_id, now)
    assert seen(db, "camiseta") == seen(db, "futbolka") == [("SHIRT-S", 1900), ("SHIRT-L", 2100)]
    card = search_products(db, Wanted("shirt"), GUEST, "en", TODAY).cards[0]
    assert (card.price.amount, card.has_more_prices, card.variants) == (1900, True, 2)
    assert acts(db)[-4:] == ["product.added", "price.set", "price.set", "product.live"]
    assert products_as_written(db, [product_id])[product_id].product == replace(
        SHIRT,
        slugs=texts("shirt", "camiseta", "futbolka"),
        variants=(
            replace(SHIRT.variants[0], id=first_variant(db, product_id)), replace(SHIRT.variants[1], id=large)
        ),
    )  # fmt: skip


def with_values(count: int, key: str = "size") -> Option:
    return Option(key, texts("Size"), tuple((f"v{number}", texts(f"{number}")) for number in range(count)))


def test_an_option_has_so_many_values_and_only_the_combinations_that_are_wanted_are_made() -> None:
    check_product(replace(SHIRT, options=(with_values(MOST_VALUES),), variants=(NewVariant("A", {"size": "v0"}),)))
    wide = [with_values(2000, key) for key in ("one", "two", "three")]
    there = NewVariant("A", {"one": "v0", "two": "v0", "three": "v1"})
    made = missing_combinations(wide, [there], 3)
    assert [choices["three"] for choices in made] == ["v0", "v2", "v3"]
    assert missing_combinations(wide, [there], 0) == []


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SHIRT, name=texts(" ")),
        replace(SHIRT, variants=()),
        replace(SHIRT, variants=SHIRT.variants[:1] * 2),
        replace(SHIRT, variants=(NewVariant("A", {"size": "s"}), NewVariant("a", {"size": "l"}))),
        replace(SHIRT, variants=(NewVariant("A", {"size": "xl"}),)),
        replace(SHIRT, variants=(NewVariant("A"),)),
        replace(SHIRT, options=(), variants=(NewVariant("A", content=750),)),
        replace(SHIRT, options=(), variants=(NewVariant("=A"),)),
        replace(SHIRT, options=SHIRT.options * 2),
        replace(SHIRT, options=(with_values(MOST_VALUES + 1),), variants=(NewVariant("A", {"size": "v0"}),)),
        replace(SHIRT, slugs=texts("Shirt!")),
        replace(SHIRT, visible_from=date(2026, 2, 1), visible_until=date(2026, 1, 1)),
        replace(SHIRT, limit_per_member=0),
        replace(SHIRT, category_ids=(1, 1)),
    ],
)
def test_a_product_that_does_not_hold_together_is_refused(wrong: NewProduct) -> None:
    with pytest.raises(BadProduct):
        check_product(wrong)


def test_a_sku_is_taken_once_however_it_is_written(db: Session, club: Club, now: datetime) -> None:
    product(db, texts("One"), "AB-1", now)
    with pytest.raises(SkuTaken):
        product(db, texts("Two"), "ab.1", now)
    assert db.scalar(select(func.count()).select_from(Product)) == 1


def test_an_address_belongs_to_one_page_for_ever(db: Session, club: Club, now: datetime) -> None:
    first = product(db, texts("Wine"), "A", now)
    second = product(db, texts("Wine"), "B", now)
    assert product_for_staff(db, second.product_id, TODAY).slugs == texts("wine-2")
    renamed = replace(products_as_written(db, [first.product_id])[first.product_id].product, slugs=texts("red-wine"))
    change_product(db, first.product_id, renamed, version_of(db, first.product_id), None, Role.SHOP, now)
    assert seen(db, "wine") == seen(db, "red-wine") == [("A", 2400)]
    with pytest.raises(SlugTaken):
        product(db, texts("Other"), "C", now, slugs=texts("wine"))


def test_no_product_takes_the_address_of_a_page_of_the_shop(db: Session, club: Club, now: datetime) -> None:
    coffee = product(db, texts("Filter"), "A", now)
    assert product_for_staff(db, coffee.product_id, TODAY).slugs == texts("filter-2")
    assert seen(db, "filter-2") == [("A", 2400)]
    with pytest.raises(SlugTaken):
        product(db, texts("Other"), "B", now, slugs=texts("filter"))


@pytest.mark.parametrize("slug", ["\x00", "wine\x00", "Wine", "wine_red", "w" * 81, ""])
def test_what_no_address_can_hold_leads_nowhere(db: Session, club: Club, now: datetime, slug: str) -> None:
    product(db, texts("Wine"), "A", now)
    with pytest.raises(NotFound):
        product_page(db, slug, GUEST, TODAY)


def test_who_saves_second_is_told(db: Session, club: Club, now: datetime) -> None:
    wine = product(db, texts("Wine"), "A", now)
    written = products_as_written(db, [wine.product_id])[wine.product_id]
    change_product(db, wine.product_id, written.product, written.version, None, Role.SHOP, now)
    with pytest.raises(ChangedMeanwhile):
        change_product(db, wine.product_id, written.product, written.version, None, Role.SHOP, now)
    with pytest.raises(ChangedMeanwhile):
        set_state(db, wine.product_id, State.ARCHIVED, written.version, None, Role.SHOP, now)


def test_a_variant_that_is_left_out_is_kept_inactive(db: Session, club: Club, now: datetime) -> None:
    product_id = add_product(db, SHIRT, None, Role.SHOP, now)
    small = replace(SHIRT, variants=SHIRT.variants[:1])
    change_product(db, product_id, small, 1, None, Role.SHOP, now)
    page = product_for_staff(db, product_id, TODAY)
    assert [(one.choice.sku, one.choice.is_active) for one in page.variants] == [("SHIRT-S", True), ("SHIRT-L", False)]


def test_nothing_goes_live_without_a_price(db: Session, club: Club, now: datetime) -> None:
    wine = product(db, texts("Wine"), "A", now, price=None)
    with pytest.raises(ProductNotReady):
        go_live(db, wine.product_id, now)
    with pytest.raises(NotFound):
        product_page(db, "wine", GUEST, TODAY)


@pytest.mark.proves("F-21")
def test_only_the_shop_changes_products_and_prices(db: Session, club: Club, now: datetime) -> None:
    wine = product(db, texts("Wine"), "A", now)
    before = acts(db)
    price = PriceRow(Kind.BASE, TODAY, amount=1)
    for role in (Role.SUPPORT, Role.EVENTS, Role.READ_ONLY):
        for act in (
            lambda role=role: add_product(db, SHIRT, None, role, now),
            lambda role=role: set_price(db, wine.product_id, price, None, role, now),
            lambda role=role: set_state(db, wine.product_id, State.DRAFT, 2, None, role, now),
            lambda role=role: add_category(db, NewCategory(texts("C")), None, role, now),
        ):
            with pytest.raises(NotAllowed):
                act()
    assert acts(db) == before


# --- prices


def test_prices_are_set_for_days_to_come_and_history_stays(db: Session, club: Club, now: datetime) -> None:
    wine = product(db, texts("Wine"), "A", now)
    tomorrow, week = TODAY + timedelta(days=1), TODAY + timedelta(days=7)
    sale = set_price(db, wine.product_id, PriceRow(Kind.SALE, tomorrow, week, amount=2000), None, Role.SHOP, now)
    set_price(db, wine.product_id, PriceRow(Kind.BASE, week, amount=2600), None, Role.SHOP, now)
    with pytest.raises(BadPrice):
        set_price(db, wine.product_id, PriceRow(Kind.BASE, TODAY - timedelta(days=1), amount=1), None, Role.SHOP, now)
    assert [one.row.amount for one in standing_prices(prices_of(db, wine.product_id), TODAY)] == [2600, 2000, 2400]
    end_price(db, sale, None, Role.SHOP, now)
    assert [one.row.amount for one in standing_prices(prices_of(db, wine.product_id), TODAY)] == [2600, 2400]
    assert db.scalar(select(func.count()).select_from(Price)) == 4
    assert product_page(db, "wine", GUEST, tomorrow).variants[0].price.amount == 2400


def test_the_night_turns_the_price_to_sort_by(db: Session, club: Club, now: datetime) -> None:
    wine = product(db, texts("Wine"), "A", now)
    tomorrow = TODAY + timedelta(days=1)
    set_price(db, wine.product_id, PriceRow(Kind.SALE, tomorrow, tomorrow, percent=50), None, Role.SHOP, now)
    kept = select(Product.public_price)
    found = []
    for days in range(3):
        found.append(db.scalar(kept))
        nightly.night(db, TODAY + timedelta(days=days), now + timedelta(days=days + 1))
    assert found == [2400, 1200, 2400]


@pytest.mark.proves("R65", "R172")
def test_a_price_agreed_with_one_member_is_theirs_alone(db: Session, club: Club, now: datetime) -> None:
    set_rungs(db, now)
    ana, ben = (new_signed_up_member(db, now, email=f"{name}@example.org").person_id or 0 for name in ("ana", "ben"))
    wine = product(db, texts("Wine"), "A", now)
    row = PriceRow(Kind.MEMBER, TODAY, amount=1500)
    price_id = set_member_price(db, wine.product_id, ana, row, None, Role.SHOP, now)
    assert seen(db, "wine", buyer_of(db, ana, TODAY)) == [("A", 1500)]
    assert seen(db, "wine", buyer_of(db, ben, TODAY)) == seen(db, "wine") == [("A", 2400)]
    assert [(one.person_id, one.amount) for one in agreed_for(db, TODAY, product_id=wine.product_id)] == [(ana, 1500)]
    end_member_price(db, price_id, None, Role.SHOP, now)
    assert seen(db, "wine", buyer_of(db, ana, TODAY)) == [("A", 2400)]
    with pytest.raises(NotFound):
        set_member_price(db, wine.product_id, 999, row, None, Role.SHOP, now)


def test_a_tier_price_names_a_tier_of_the_ladder(db: Session, club: Club, now: datetime) -> None:
    set_rungs(db, now)
    wine = product(db, texts("Wine"), "A", now)
    with pytest.raises(UnknownRung):
        set_price(db, wine.product_id, PriceRow(Kind.TIER, TODAY, amount=1, rung_key="platinum"), None, Role.SHOP, now)
    set_price(db, wine.product_id, PriceRow(Kind.TIER, TODAY, amount=2300, rung_key="member"), None, Role.SHOP, now)
    assert seen(db, "wine", member_buyer(db, TODAY)) == [("A", 2300)]


def test_a_product_can_be_left_out_of_the_discount(db: Session, club: Club, now: datetime) -> None:
    product(db, texts("Book"), "BOOK", now, takes_tier_discount=False)
    gold = Buyer(1, "gold", frozenset({"gold"}), 10)
    assert seen(db, "book", gold) == [("BOOK", 2400)]


# --- what a cart asks


def test_a_cart_learns_what_stands_in_the_way_of_each_line(
    db: Session, club: Club, now: datetime, count_queries: Callable[[], Any]
) -> None:
    set_rungs(db, now)
    ana = new_signed_up_member(db, now).person_id or 0
    gifts = category(db, texts("Gifts"), now)
    node = tree(db).node(gifts)
    barred = NewCategory(node.name, earns_points=False, takes_points=False)
    change_category(db, gifts, barred, node.version, None, Role.SHOP, now)
    inside = category(db, texts("Cards"), now, gifts)
    fine = product(db, texts("Fine"), "FINE", now, stock=5, category_ids=(inside,))
    few = product(db, texts("Few"), "FEW", now, stock=2)
    out = product(db, texts("Out"), "OUT", now)
    draft = product(db, texts("Draft"), "DRAFT", now, stock=5, is_live=False)
    drop = product(db, texts("Drop"), "DROP", now, stock=50, limit_per_member=3)
    gold = product(db, texts("Gold"), "GOLD", now, stock=5, rung_key="gold")
    with transaction(db) as tx:
        take_of_limit(tx, drop.product_id, ana, 2, limit=3)
    member = buyer_of(db, ana, TODAY)
    lines = dict.fromkeys((one.variant_id for one in (fine, out, draft, gold)), 1)
    lines |= {few.variant_id: 3, drop.variant_id: 2, 999: 1}
    tree(db)
    with count_queries() as queries:
        offers = offers_for(db, lines, member, TODAY)
    assert len(queries) <= 4
    assert {offer.sku: (offer.trouble, offer.most) for offer in offers.values()} == {
        "FINE": (None, 5),
        "FEW": (Trouble.TOO_FEW_LEFT, 2),
        "OUT": (Trouble.OUT_OF_STOCK, 0),
        "DRAFT": (Trouble.GONE, 5),
        "DROP": (Trouble.LIMIT, 1),
        "GOLD": (Trouble.GONE, 5),
    }
    assert (offers[fine.variant_id].earns_points, offers[fine.variant_id].takes_points) == (False, False)
    assert offers_for(db, {drop.variant_id: 1}, GUEST, TODAY)[drop.variant_id].trouble is Trouble.MEMBERS_ONLY


def test_what_is_sold_in_cartons_is_bought_in_cartons(db: Session, club: Club, now: datetime) -> None:
    new = NewProduct(texts("Carton"), variants=(NewVariant("CAR", sold_in=6, content=6000, unit=Unit.PIECE),))
    product_id = add_product(db, new, None, Role.SHOP, now)
    set_price(db, product_id, PriceRow(Kind.BASE, TODAY, amount=600), None, Role.SHOP, now)
    set_price(db, product_id, PriceRow(Kind.BASE, TODAY, amount=500, min_quantity=12), None, Role.SHOP, now)
    go_live(db, product_id, now)
    variant = first_variant(db, product_id)
    assert offers_for(db, {variant: 7}, GUEST, TODAY)[variant].trouble is Trouble.OUT_OF_STOCK
    assert offers_for(db, {variant: 12}, GUEST, TODAY)[variant].price.amount == 500


# --- categories, facts, pictures


def test_the_tree_is_moved_and_nothing_stands_in_itself(db: Session, club: Club, now: datetime) -> None:
    wines, food = category(db, texts("Wines"), now), category(db, texts("Food"), now)
    reds = category(db, texts("Reds"), now, wines)
    move_category(db, food, -1, None, Role.SHOP, now)
    assert [(depth, node.id) for depth, node in tree(db).in_order()] == [(0, food), (0, wines), (1, reds)]
    with pytest.raises(CategoryInItself):
        change_category(db, wines, NewCategory(texts("Wines"), parent_id=reds), 1, None, Role.SHOP, now)
    with pytest.raises(CategoryInUse):
        remove_category(db, wines, None, Role.SHOP, now)
    product(db, texts("Wine"), "A", now, category_ids=(reds,))
    with pytest.raises(CategoryInUse):
        remove_category(db, reds, None, Role.SHOP, now)
    remove_category(db, food, None, Role.SHOP, now)
    assert tree(db).of_slug("reds").id == reds
    assert acts(db)[-1] == "category.removed"


def test_facts_are_texts_or_numbers_that_the_club_knows(db: Session, club: Club, now: datetime) -> None:
    save_attribute(
        db, "abv", texts("Alcohol"), AttributeKind.NUMBER, unit="%", is_filter=False, by=None, role=Role.SHOP, now=now
    )
    facts = (NewAttribute("abv", texts("13.5"), 13500),)
    product(db, texts("Wine"), "A", now, attributes=facts)
    fact = product_page(db, "wine", GUEST, TODAY).facts[0]
    assert (fact.key, fact.number, fact.unit) == ("abv", 13500, "%")
    for wrong in (NewAttribute("abv", texts("strong")), NewAttribute("colour", texts("red"))):
        with pytest.raises(BadProduct):
            product(db, texts("Other"), "B", now, attributes=(wrong,))
    assert db.scalar(select(func.count()).select_from(Product)) == 1


def test_pictures_wait_for_their_sizes_and_the_first_one_stands_in_lists(
    db: Session, club: Club, now: datetime
) -> None:
    wine = product(db, texts("Wine"), "A", now)
    first, second = (
        add_image(db, wine.product_id, NewImage(f"{name}.jpg", texts(name), 800, 600), None, Role.SHOP, now)
        for name in ("front", "back")
    )
    assert [one.id for one in waiting_images(db)] == [first, second]
    assert image_made(db, first, [{"width": 480, "height": 360, "format": "webp", "file": "f480.webp"}])
    move_image(db, second, -1, None, Role.SHOP, now)
    assert search_products(db, Wanted(), GUEST, "en", TODAY).cards[0].image.file == "back.jpg"
    assert remove_image(db, first, None, Role.SHOP, now) == ["front.jpg", "f480.webp"]
    assert not image_made(db, first, [])
    with pytest.raises(NotFound):
        remove_image(db, first, None, Role.SHOP, now)


def test_a_refused_product_leaves_nothing_behind(db: Session, club: Club, now: datetime) -> None:
    with pytest.raises(Refusal):
        product(db, texts("Wine"), "A", now, category_ids=(77,))
    assert db.scalar(select(func.count()).select_from(ProductWord)) == 0
    assert acts(db) == ["programme.set_up"]

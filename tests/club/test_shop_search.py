"""Finding products: words, slips, filters, order, pages, and only what the visitor may see."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from club.catalogue.categories import tree
from club.catalogue.listing import Sort, Wanted, filter_values, search_products
from club.catalogue.rules.pricing import GUEST, Buyer, Kind, PriceRow
from club.catalogue.rules.products import AttributeKind, NewAttribute, NewCategory, State
from club.catalogue.rules.stock import Availability
from club.catalogue.rules.words import is_slip, stem
from club.catalogue.service.categories import change_category, save_attribute
from club.catalogue.service.prices import set_price
from club.catalogue.service.products import set_state
from club.permissions import Role
from club.programme.rules import Club
from club.texts import Texts
from tests.shop_world import TODAY, OnSale, category, product, set_rungs, texts, version_of

GOLD = Buyer(1, "gold", frozenset({"member", "silver", "gold"}), 10)


def grape(value: str) -> tuple[NewAttribute, ...]:
    return (NewAttribute("grape", texts(value)),)


@pytest.fixture
def cellar(db: Session, club: Club, now: datetime) -> dict[str, OnSale]:
    """Four wines in two categories, one of them for Gold alone, and a draft."""
    set_rungs(db, now)
    wines = category(db, texts("Wines", "Vinos", "Вина"), now)
    reds = category(db, texts("Red wines", "Vinos tintos", "Красные вина"), now, wines)
    save_attribute(
        db, "grape", texts("Grape", "Uva", "Сорт"), AttributeKind.TEXT, unit="", is_filter=True, by=None,
        role=Role.SHOP, now=now,
    )  # fmt: skip
    return {
        "rioja": product(
            db, texts("Rioja Reserva 2019", "Rioja Reserva 2019", "Риоха Ресерва 2019"), "RIO-2019", now,
            price=2400, stock=3, category_ids=(reds,), attributes=grape("Tempranillo"),
            short=texts("A red wine with cherries", "Un tinto con cerezas", "Тёмное вино с вишней"),
        ),
        "jamon": product(db, texts("Ham", "Jamón ibérico", "Хамон"), "JAM/1", now, price=9900, stock=1),
        "cava": product(
            db, texts("Cava Brut", "Cava brut", "Кава брют"), "CAV-01", now, price=1200, category_ids=(wines,),
            attributes=grape("Macabeo"),
        ),
        "gold": product(
            db, texts("Gran Reserva 2010", "Gran Reserva 2010", "Гран Ресерва 2010"), "GR-2010", now, price=6000,
            stock=2, category_ids=(reds,), attributes=grape("Tempranillo"), rung_key="gold",
        ),
        "draft": product(db, texts("Reserva in the making"), "DRAFT-1", now, price=None),
    }  # fmt: skip


def skus(db: Session, words: str = "", language: str = "en", buyer: Buyer = GUEST, **more: object) -> list[str]:
    found = search_products(db, Wanted(words, **more), buyer, language, TODAY)  # type: ignore[arg-type]
    assert found.total == len(found.cards)
    return [card.sku for card in found.cards]


@pytest.mark.parametrize(
    ("words", "language", "wanted"),
    [
        ("rioja", "en", ["RIO-2019"]),
        ("RIOJA reserva", "es", ["RIO-2019"]),
        ("jamon iberico", "es", ["JAM/1"]),
        ("JAMÓN", "es", ["JAM/1"]),
        ("rio-2019", "ru", ["RIO-2019"]),
        ("rio2019", "en", ["RIO-2019"]),
        ("cav", "en", ["CAV-01"]),
        ("темное", "ru", ["RIO-2019"]),
        ("тёмное вино", "ru", ["RIO-2019"]),
        ("вишня", "ru", ["RIO-2019"]),
        ("tempranillo", "es", ["RIO-2019"]),
        ("tintos", "es", ["RIO-2019"]),
        ("красное", "ru", ["RIO-2019"]),
        ("rioja cava", "en", []),
        ("%", "en", []),
        ("making", "en", []),
    ],
)
def test_products_are_found_by_their_words_in_the_language_of_the_page(
    db: Session, cellar: dict[str, OnSale], words: str, language: str, wanted: list[str]
) -> None:
    assert skus(db, words, language) == wanted


@pytest.mark.parametrize(
    ("words", "language", "meant"),
    [
        ("rioha", "en", ("rioja",)),
        ("rijoa reserva", "en", ("rioja", "reserva")),
        ("tenpranillo", "es", ("tempranillo",)),
        ("резерва", "ru", ("ресерва",)),
    ],
)
def test_one_slip_is_forgiven_and_said(
    db: Session, cellar: dict[str, OnSale], words: str, language: str, meant: tuple[str, ...]
) -> None:
    found = search_products(db, Wanted(words), GUEST, language, TODAY)
    assert [card.sku for card in found.cards] == ["RIO-2019"]
    assert found.meant == meant


def test_no_word_of_what_is_hidden_is_said_to_be_meant(db: Session, cellar: dict[str, OnSale], now: datetime) -> None:
    product(db, texts("Rioga"), "HID-1", now, is_live=False)
    product(db, texts("Riofa"), "HID-2", now, rung_key="gold")
    assert search_products(db, Wanted("rioha"), GUEST, "en", TODAY).meant == ("rioja",)
    assert search_products(db, Wanted("rioha"), GOLD, "en", TODAY).meant == ("riofa",)
    assert search_products(db, Wanted("tenpranillo riogas"), GUEST, "en", TODAY).meant == ()


def test_two_slips_and_short_words_are_not_guessed(db: Session, cellar: dict[str, OnSale]) -> None:
    assert skus(db, "riohha") == []
    assert skus(db, "hqm") == []


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [("vino", "vnio", True), ("vino", "vin", True), ("vino", "vinos", True), ("vino", "vena", False),
     ("vino", "pino", True), ("vino", "on", False), ("abcd", "badc", False)],
)  # fmt: skip
def test_a_slip_is_one_letter(one: str, other: str, is_one: bool) -> None:
    assert is_slip(one, other) is is_slip(other, one) is is_one


def test_endings_are_dropped_and_numbers_stay() -> None:
    assert [stem("tintos", "es"), stem("красное", "ru"), stem("2010s", "en"), stem("oro", "es")] == [
        "tint", "красн", "2010s", "oro",
    ]  # fmt: skip


def test_a_name_says_more_than_a_description(db: Session, club: Club, now: datetime) -> None:
    product(db, texts("Glass"), "GLASS", now, description=texts("For every Rioja"))
    product(db, texts("Rioja"), "RIO", now)
    assert skus(db, "rioja") == ["RIO", "GLASS"]


def test_only_what_this_visitor_may_see_is_found(db: Session, cellar: dict[str, OnSale], now: datetime) -> None:
    product(db, texts("Summer wine"), "SUM", now, visible_from=date(2026, 6, 16))
    product(db, texts("Spring wine"), "SPR", now, visible_until=date(2026, 6, 14))
    assert sorted(skus(db)) == ["CAV-01", "JAM/1", "RIO-2019"]
    assert sorted(skus(db, buyer=GOLD)) == ["CAV-01", "GR-2010", "JAM/1", "RIO-2019"]
    archived = cellar["cava"].product_id
    set_state(db, archived, State.ARCHIVED, version_of(db, archived), None, Role.SHOP, now)
    assert sorted(skus(db)) == ["JAM/1", "RIO-2019"]


def test_filters_narrow_together(db: Session, cellar: dict[str, OnSale]) -> None:
    wines = tree(db).roots[0].id
    assert sorted(skus(db, category_id=wines)) == ["CAV-01", "RIO-2019"]
    assert skus(db, price_from=1201, price_to=9899) == ["RIO-2019"]
    assert sorted(skus(db, in_stock=True)) == ["JAM/1", "RIO-2019"]
    assert skus(db, attributes={"grape": ["macabeo"]}) == ["CAV-01"]
    assert skus(db, attributes={"grape": ["macabeo"]}, in_stock=True) == []
    assert skus(db, points=1200) == ["CAV-01"]
    values = filter_values(db, Wanted(category_id=wines), GOLD, TODAY)
    assert [(one.key, one.values) for one in values] == [
        ("grape", [("macabeo", texts("Macabeo"), 1), ("tempranillo", texts("Tempranillo"), 2)])
    ]


def test_the_list_is_put_in_order(db: Session, cellar: dict[str, OnSale]) -> None:
    assert skus(db, sort=Sort.PRICE) == ["CAV-01", "RIO-2019", "JAM/1"]
    assert skus(db, sort=Sort.PRICE_DOWN) == ["JAM/1", "RIO-2019", "CAV-01"]
    assert skus(db, sort=Sort.NAME) == ["CAV-01", "JAM/1", "RIO-2019"]
    assert skus(db, sort=Sort.NAME, language="ru") == ["CAV-01", "RIO-2019", "JAM/1"]
    assert skus(db, sort=Sort.NEW) == ["CAV-01", "JAM/1", "RIO-2019"]


def test_pages_carry_the_whole_count_and_one_too_far_is_the_first(db: Session, cellar: dict[str, OnSale]) -> None:
    second = search_products(db, Wanted(sort=Sort.PRICE, page=2, per_page=2), GUEST, "en", TODAY)
    assert ([card.sku for card in second.cards], second.total, second.page, second.pages) == (["JAM/1"], 3, 2, 2)
    beyond = search_products(db, Wanted(sort=Sort.PRICE, page=9, per_page=2), GUEST, "en", TODAY)
    assert ([card.sku for card in beyond.cards], beyond.page) == (["CAV-01", "RIO-2019"], 1)


def test_a_card_says_price_unit_price_and_what_is_left(db: Session, cellar: dict[str, OnSale], now: datetime) -> None:
    sale = PriceRow(Kind.SALE, TODAY, date(2026, 6, 30), percent=25)
    set_price(db, cellar["rioja"].product_id, sale, None, Role.SHOP, now)
    card = search_products(db, Wanted("rioja"), GOLD, "en", TODAY).cards[0]
    assert (card.price.amount, card.price.kind, card.price.base, card.price.lowest_before) == (
        1800,
        Kind.SALE,
        2400,
        None,
    )
    assert (card.unit_price.amount, card.unit_price.unit) == (2400, "l")
    assert (card.availability, card.left, card.variants, card.image) == (Availability.IN_STOCK, None, 1, None)
    assert skus(db, price_to=1800) == ["CAV-01", "RIO-2019"]


def test_a_list_takes_as_many_questions_for_fifty_products_as_for_three(
    db: Session, cellar: dict[str, OnSale], now: datetime, count_queries: Callable[[], Any]
) -> None:
    for number in range(20):
        product(db, texts(f"Wine {number}"), f"W-{number}", now, stock=1)
    wanted = Wanted(per_page=50, category_id=None, in_stock=True, sort=Sort.NAME)
    for questions in (7, 3):  # the club's stamp, the list, what is left; once, the club and what cards say besides
        db.rollback()
        with count_queries() as queries:
            assert search_products(db, wanted, GOLD, "en", TODAY).total == 23
        assert len(queries) == questions


def test_a_new_name_of_a_category_finds_what_stands_in_it(
    db: Session, cellar: dict[str, OnSale], now: datetime
) -> None:
    reds = next(node for _, node in tree(db).in_order() if node.name["en"] == "Red wines")
    renamed = NewCategory(Texts({"en": "Scarlet bottles"}), parent_id=reds.parent_id)
    change_category(db, reds.id, renamed, reds.version, None, Role.SHOP, now)
    assert skus(db, "scarlet") == ["RIO-2019"]
    assert skus(db, "red") == ["RIO-2019"]  # its short text

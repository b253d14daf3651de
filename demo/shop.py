"""The shop of the demonstration club: shelves, prices with a past, a sale, what is rare and what is gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from club.catalogue.cards import choices_of
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import (
    AttributeKind,
    NewAttribute,
    NewCategory,
    NewProduct,
    NewVariant,
    NoReturn,
    Option,
    State,
    TaxClass,
    Unit,
)
from club.catalogue.rules.stock import Reason
from club.catalogue.service.categories import add_category, save_attribute
from club.catalogue.service.prices import set_member_price, set_price
from club.catalogue.service.products import add_product, set_state
from club.catalogue.service.stock import move_stock, set_limits
from club.clock import club_day
from club.members.models import person_with_email
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts
from demo.shop_goods import CATEGORIES, Good, Words
from demo.shop_table import FOR_THE_TABLE
from demo.shop_wines import WINES

LOW = 6
"""So few are few."""
PLENTY = 60
"""Of so many there are cases of six."""

SIZE: Words = ("Size", "Formato", "Формат")
BOTTLE: Words = ("Bottle", "Botella", "Бутылка")
BOX: Words = ("Case of six", "Caja de seis", "Ящик, шесть бутылок")
MAGNUM: Words = ("Magnum", "Magnum", "Магнум")

ATTRIBUTES: tuple[tuple[str, Words, AttributeKind, str, bool], ...] = (
    ("vintage", ("Vintage", "Añada", "Год урожая"), AttributeKind.NUMBER, "", True),
    ("grape", ("Grapes", "Uva", "Сорта винограда"), AttributeKind.TEXT, "", True),
    ("origin", ("Origin", "Origen", "Происхождение"), AttributeKind.TEXT, "", True),
    ("alcohol", ("Alcohol by volume", "Grado alcohólico", "Крепость"), AttributeKind.NUMBER, "%", False),
    ("allergens", ("Allergens", "Alérgenos", "Аллергены"), AttributeKind.TEXT, "", False),
    ("ingredients", ("Ingredients", "Ingredientes", "Состав"), AttributeKind.TEXT, "", False),
    ("energy", ("Energy in 100 ml", "Energía en 100 ml", "Энергия в 100 мл"), AttributeKind.TEXT, "", False),
)
INGREDIENTS: Words = ("Grapes, sulphites", "Uva, sulfitos", "Виноград, сульфиты")
ENERGY: Words = ("332 kJ / 80 kcal", "332 kJ / 80 kcal", "332 кДж / 80 ккал")
SULPHITES: Words = ("Contains sulphites", "Contiene sulfitos", "Содержит сульфиты")
ALLERGENS: dict[str, Words] = {
    "queso": ("Milk", "Leche", "Молоко"),
    "almendras": ("Nuts: almonds", "Frutos de cáscara: almendras", "Орехи: миндаль"),
    "vinagre": SULPHITES,
    "estuche-tres": SULPHITES,
}

FROM_A_TIER_ON = {"barrica-numero-7": "gold", "supurado": "silver"}
AT_MOST = {"barrica-numero-7": 2, "gran-reserva-1994": 1}
NO_RETURN = {"queso": NoReturn.PERISHABLE}
LESS_FOR_MEMBERS = {"crianza": 5, "vermut-rojo": 5, "aceite": 10, "estuche-tres": 5}
"""Percent off for every member, from the first tier on."""
IN_A_SALE = {"blanco-barrica": 20, "cava-brut": 15, "rosado": 10, "decantador": 25}
"""Percent off for everybody, for three weeks."""
COST_BEFORE = {"crianza": 1390, "blanco-barrica": 1490, "cava-brut": 1250, "copas": 7400}
"""Cents, until three months ago."""
TAX_IN_PORTUGAL = {
    "red": TaxClass.REDUCED,
    "white": TaxClass.REDUCED,
    "pantry": TaxClass.SUPER_REDUCED,
}
"""By shelf: still wine and food fall under other rates there than at home."""
GIFT_CARD: Words = (
    "For wine, the pantry and glasses; valid for two years.",
    "Para vinos, despensa y copas; válida durante dos años.",
    "На вино, деликатесы и бокалы; действует два года.",
)
COMES_AGAIN = ("vinagre", "libro")
"""Goods that can be ordered before they are there."""


def fill_shop(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Six shelves with forty things on them, some sold out, nearly gone or reduced; a gift card, and a draft."""
    clerk = _Clerk(db, staff[Role.SHOP], now)
    clerk.name_facts()
    homes = {key: clerk.open_shelf(name, slugs) for key, name, slugs in CATEGORIES}
    made = {good.key: clerk.put_out(good, homes[good.category]) for good in (*WINES, *FOR_THE_TABLE)}
    clerk.agree("carmen@example.org", made["reserva"], 12)
    clerk.sell_gift_cards()
    clerk.draft()


class _Clerk:
    """Whoever fills the shelves, through the services that staff use."""

    def __init__(self, db: Session, account_id: int, now: datetime) -> None:
        self._db = db
        self._by = account_id
        self._now = now
        self._opened = now - timedelta(days=400)
        self._zone = the_club(db).time_zone
        db.rollback()

    def name_facts(self) -> None:
        for key, name, kind, unit, is_filter in ATTRIBUTES:
            save_attribute(
                self._db, key, _texts(name), kind, unit=unit, is_filter=is_filter, by=self._by, role=Role.SHOP,
                now=self._opened,
            )  # fmt: skip

    def open_shelf(self, name: Words, slugs: Words, *, with_points: bool = True) -> int:
        category = NewCategory(
            name=_texts(name), slugs=_texts(slugs), earns_points=with_points, takes_points=with_points
        )
        return add_category(self._db, category, self._by, Role.SHOP, self._opened)

    def put_out(self, good: Good, category_id: int) -> int:
        """One product with its sizes, its prices of now and before, and what is there of it."""
        product_id = add_product(self._db, _product(good, category_id), self._by, Role.SHOP, self._opened)
        variants = choices_of(self._db, [product_id])[product_id]
        self._db.rollback()
        for size, variant in zip(_sizes(good), variants, strict=True):
            self._price(product_id, variant.id, size.cents(COST_BEFORE.get(good.key, good.cents)), 400)
            if good.key in COST_BEFORE:
                self._price(product_id, variant.id, size.cents(good.cents), 90)
            self._stock(variant.id, good, size)
        self._reduce(product_id, good)
        set_state(self._db, product_id, State.LIVE, 1, self._by, Role.SHOP, self._opened)
        return product_id

    def agree(self, email: str, product_id: int, percent: int) -> None:
        """A price of one member's own."""
        person = person_with_email(self._db, email)
        self._db.rollback()
        if person is not None:
            price = PriceRow(Kind.MEMBER, self._day(self._now), percent=percent)
            set_member_price(self._db, product_id, person.person_id, price, self._by, Role.OWNER, self._now)

    def sell_gift_cards(self) -> None:
        """Never counted, bought without points and bringing none."""
        shelf = self.open_shelf(
            ("Gift cards", "Tarjetas regalo", "Подарочные карты"),
            ("gift-cards", "tarjetas-regalo", "podarochnye-karty"),
            with_points=False,
        )
        card = NewProduct(
            name=_texts(("Gift Card, 50 €", "Tarjeta regalo de 50 €", "Подарочная карта на 50 €")),
            short=_texts(GIFT_CARD),
            category_ids=(shelf,),
            tax_class=TaxClass.ZERO,
            takes_tier_discount=False,
            variants=(NewVariant("GIFT-50"),),
        )
        product_id = add_product(self._db, card, self._by, Role.SHOP, self._opened)
        variant_id = choices_of(self._db, [product_id])[product_id][0].id
        self._db.rollback()
        self._price(product_id, variant_id, 5000, 400)
        self._limit(variant_id, is_counted=False)
        set_state(self._db, product_id, State.LIVE, 1, self._by, Role.SHOP, self._opened)

    def draft(self) -> None:
        """A wine that nobody sees yet."""
        name = _texts(("Harvest of This Year", "La vendimia de este año", "Урожай этого года"))
        add_product(self._db, NewProduct(name=name, variants=(NewVariant("VENDIMIA"),)), self._by, Role.SHOP, self._now)

    def _day(self, moment: datetime) -> date:
        return club_day(moment, self._zone)

    def _price(self, product_id: int, variant_id: int, cents: int, days_ago: int) -> None:
        then = self._now - timedelta(days=days_ago)
        price = PriceRow(Kind.BASE, self._day(then), amount=cents, variant_id=variant_id)
        set_price(self._db, product_id, price, self._by, Role.SHOP, then)

    def _reduce(self, product_id: int, good: Good) -> None:
        """A sale that runs, one of last month, and what members pay."""
        db, by = self._db, self._by
        if good.key in IN_A_SALE:
            before, began = self._now - timedelta(days=34), self._now - timedelta(days=5)
            small = PriceRow(Kind.SALE, self._day(before), self._day(before) + timedelta(days=9), percent=5)
            set_price(db, product_id, small, by, Role.SHOP, before)
            large = PriceRow(
                Kind.SALE, self._day(began), self._day(began) + timedelta(days=21), percent=IN_A_SALE[good.key]
            )
            set_price(db, product_id, large, by, Role.SHOP, began)
        if good.key in LESS_FOR_MEMBERS:
            percent = LESS_FOR_MEMBERS[good.key]
            less = PriceRow(Kind.TIER, self._day(self._opened), percent=percent, rung_key="member")
            set_price(db, product_id, less, by, Role.SHOP, self._opened)

    def _stock(self, variant_id: int, good: Good, size: "_Size") -> None:
        count = good.stock // size.bottles // size.rarity
        ahead = 24 if good.key in COMES_AGAIN else 0
        if count and good.key not in COMES_AGAIN:
            move_stock(self._db, variant_id, Reason.ARRIVAL, count, self._by, Role.SHOP, self._opened)
        self._limit(variant_id, ahead=ahead)

    def _limit(self, variant_id: int, *, ahead: int = 0, is_counted: bool = True) -> None:
        set_limits(
            self._db, variant_id, back_order_limit=ahead, low_mark=LOW, is_counted=is_counted, by=self._by,
            role=Role.SHOP, now=self._opened,
        )  # fmt: skip


@dataclass(frozen=True)
class _Size:
    """One of the sizes that a wine comes in."""

    key: str
    name: Words
    bottles: int
    percent: int
    """Of the price of so many bottles."""
    rarity: int = 1

    def cents(self, bottle: int) -> int:
        return bottle * self.bottles * self.percent // 100


ONE = _Size("bottle", BOTTLE, 1, 100)
CASE = _Size("case", BOX, 6, 95, rarity=2)
BIG = _Size("magnum", MAGNUM, 2, 110, rarity=8)


def _sizes(good: Good) -> tuple[_Size, ...]:
    """A bottle; of plenty a case; of some a magnum."""
    if good.wine is None or good.stock < PLENTY:
        return (ONE,)
    return (ONE, CASE, BIG) if good.is_in_magnum else (ONE, CASE)


def _product(good: Good, category_id: int) -> NewProduct:
    sizes = _sizes(good)
    has_choice = len(sizes) > 1
    in_portugal = TAX_IN_PORTUGAL.get(good.category)
    option = Option("size", _texts(SIZE), tuple((size.key, _texts(size.name)) for size in sizes))
    return NewProduct(
        name=_texts(good.name),
        short=_texts(good.words),
        category_ids=(category_id,),
        tax_class=TaxClass(good.tax),
        tax_abroad={"PT": in_portugal} if in_portugal else {},
        rung_key=FROM_A_TIER_ON.get(good.key),
        limit_per_member=AT_MOST.get(good.key),
        min_age=18 if good.wine else None,
        no_return=NO_RETURN.get(good.key),
        options=(option,) if has_choice else (),
        variants=tuple(_variant(good, size, has_choice=has_choice) for size in sizes),
        attributes=tuple(_facts(good)),
    )


def _variant(good: Good, size: _Size, *, has_choice: bool) -> NewVariant:
    content = good.grams * size.bottles or good.centilitres * 10 * size.bottles
    unit = Unit.KILOGRAM if good.grams else Unit.LITRE if good.centilitres else None
    return NewVariant(
        sku=f"{good.key.upper()}{'' if size is ONE else '-' + size.key.upper()}",
        choices={"size": size.key} if has_choice else {},
        content=content,
        unit=unit,
        weight_grams=(good.grams or 1250) * size.bottles,
    )


def _facts(good: Good) -> Iterator[NewAttribute]:
    allergens = SULPHITES if good.wine else ALLERGENS.get(good.key)
    if good.wine:
        if good.wine.vintage:
            yield NewAttribute("vintage", _same(str(good.wine.vintage)), good.wine.vintage * 1000)
        yield NewAttribute("grape", _texts(good.wine.grapes))
        yield NewAttribute("origin", _texts(good.wine.origin))
        whole, part = divmod(good.wine.abv, 10)
        comma = f"{whole},{part}"
        yield NewAttribute("alcohol", _texts((f"{whole}.{part}", comma, comma)), good.wine.abv * 100)
        yield NewAttribute("ingredients", _texts(INGREDIENTS))
        yield NewAttribute("energy", _texts(ENERGY))
    if allergens:
        yield NewAttribute("allergens", _texts(allergens))


def _texts(words: Words) -> Texts:
    return Texts(dict(zip(("en", "es", "ru"), words, strict=True)))


def _same(text: str) -> Texts:
    return _texts((text, text, text))

"""The shop of the demonstration club: a cellar's wines, its pantry and its glasses, with prices, stock and a sale."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Product, Variant
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import (
    AttributeKind,
    NewAttribute,
    NewCategory,
    NewProduct,
    NewVariant,
    Option,
    State,
    TaxClass,
    Unit,
)
from club.catalogue.rules.stock import Reason
from club.catalogue.service.categories import add_category, save_attribute
from club.catalogue.service.prices import set_price
from club.catalogue.service.products import add_product, set_state
from club.catalogue.service.stock import move_stock, set_limits
from club.clock import club_day
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts

OPENED = timedelta(days=60)
SALE_BEGAN = timedelta(days=3)
SALE_LASTS = timedelta(days=11)

CATEGORIES = (
    ("wine", None, "Wine", "Vinos", "Вино"),
    ("red", "wine", "Red wine", "Vinos tintos", "Красное вино"),
    ("white", "wine", "White wine", "Vinos blancos", "Белое вино"),
    ("sparkling", "wine", "Sparkling wine", "Espumosos", "Игристое вино"),
    ("pantry", None, "Pantry", "Despensa", "Деликатесы"),
    ("table", None, "Glasses and table", "Copas y mesa", "Бокалы и сервировка"),
    ("gifts", None, "Gift cards", "Tarjetas regalo", "Подарочные карты"),
)
WITHOUT_POINTS = ("gifts",)

ATTRIBUTES = (
    ("vintage", AttributeKind.NUMBER, "", True, "Vintage", "Añada", "Год урожая"),
    ("grape", AttributeKind.TEXT, "", True, "Grape", "Uva", "Сорт винограда"),
    ("region", AttributeKind.TEXT, "", True, "Region", "Denominación", "Регион"),
    ("abv", AttributeKind.NUMBER, "% vol", False, "Alcohol", "Alcohol", "Крепость"),
    ("allergens", AttributeKind.TEXT, "", False, "Allergens", "Alérgenos", "Аллергены"),
    ("ingredients", AttributeKind.TEXT, "", False, "Ingredients", "Ingredientes", "Состав"),
    ("nutrition", AttributeKind.TEXT, "", False, "Energy per 100 ml", "Energía por 100 ml", "Энергия на 100 мл"),
)


@dataclass(frozen=True)
class Wine:
    """One wine of the cellar."""

    sku: str
    name: str
    category: str
    cents: int
    stock: int
    vintage: int
    grape: str
    region: str
    abv: str
    short: tuple[str, str, str]
    rung_key: str | None = None
    limit: int | None = None


WINES = (
    Wine("TIN-CRZ-21", "Valdeolmos Crianza 2021", "red", 1290, 180, 2021, "Tempranillo", "Ribera del Duero", "14", (
        "Cherry and a little vanilla; for every day and for Sundays.",
        "Cereza y un toque de vainilla; para diario y para el domingo.",
        "Вишня и немного ванили — на каждый день и на воскресенье.")),
    Wine("TIN-RES-19", "Valdeolmos Reserva 2019", "red", 2400, 64, 2019, "Tempranillo", "Ribera del Duero", "14.5", (
        "Twenty months in oak; ripe plum, tobacco and a long finish.",
        "Veinte meses en barrica; ciruela madura, tabaco y final largo.",
        "Двадцать месяцев в дубе: спелая слива, табак и долгое послевкусие.")),
    Wine("TIN-GRR-15", "Valdeolmos Gran Reserva 2015", "red", 4800, 9, 2015, "Tempranillo", "Ribera del Duero", "14", (
        "Made in great years alone; it can wait ten more.",
        "Solo de grandes añadas; puede esperar diez años más.",
        "Только из лучших урожаев; может ждать ещё десять лет.")),
    Wine("TIN-PAR-18", "Finca El Olmo 2018", "red", 6500, 24, 2018, "Tempranillo", "Ribera del Duero", "15", (
        "One old vineyard, 1,800 bottles, for Gold members first.",
        "Una sola viña vieja, 1.800 botellas, primero para el nivel Oro.",
        "Один старый виноградник, 1800 бутылок; сначала для уровня «Золото»."), "gold", 3),
    Wine("TIN-GAR-22", "Piedra Alta Garnacha 2022", "red", 1090, 140, 2022, "Garnacha", "Campo de Borja", "14.5", (
        "Red berries from high stony vineyards.",
        "Frutos rojos de viñas altas y pedregosas.",
        "Красные ягоды с высоких каменистых виноградников.")),
    Wine("TIN-MEN-21", "Camino Mencía 2021", "red", 1450, 3, 2021, "Mencía", "Bierzo", "13.5", (
        "Violets and slate; light, fresh and Atlantic.",
        "Violetas y pizarra; ligero, fresco y atlántico.",
        "Фиалка и сланец: лёгкое, свежее, атлантическое.")),
    Wine("TIN-MON-20", "Tierra Vieja Monastrell 2020", "red", 1190, 75, 2020, "Monastrell", "Jumilla", "15", (
        "Dark fruit and rosemary from vines without irrigation.",
        "Fruta negra y romero de cepas de secano.",
        "Тёмные ягоды и розмарин с неорошаемых лоз.")),
    Wine("BLA-VER-23", "Río Claro Verdejo 2023", "white", 890, 210, 2023, "Verdejo", "Rueda", "13", (
        "Fennel, lime and a pleasant bitter end.",
        "Hinojo, lima y un final amargo agradable.",
        "Фенхель, лайм и приятная горчинка в конце.")),
    Wine("BLA-ALB-23", "Mar de Fuera Albariño 2023", "white", 1590, 48, 2023, "Albariño", "Rías Baixas", "12.5", (
        "Peach, salt and sea wind; for shellfish.",
        "Melocotón, sal y viento de mar; para mariscos.",
        "Персик, соль и морской ветер; к морепродуктам.")),
    Wine("BLA-GOD-22", "As Covas Godello 2022", "white", 1850, 0, 2022, "Godello", "Valdeorras", "13.5", (
        "Pear and warm stone, with a little oak.",
        "Pera y piedra caliente, con algo de barrica.",
        "Груша и тёплый камень, чуть дуба.")),
    Wine("BLA-XAR-22", "Can Ribes Xarel·lo 2022", "white", 1150, 66, 2022, "Xarel·lo", "Penedès", "12", (
        "Dry, straight and very good with rice.",
        "Seco, directo y muy bueno con arroces.",
        "Сухое, прямое, отлично к блюдам из риса.")),
    Wine("ESP-BRN-20", "Can Ribes Brut Nature 2020", "sparkling", 1690, 90, 2020, "Xarel·lo", "Penedès", "12", (
        "Thirty months on its lees, without added sugar.",
        "Treinta meses en rima, sin azúcar añadido.",
        "Тридцать месяцев на осадке, без добавления сахара.")),
    Wine("ESP-GRB-17", "Can Ribes Gran Brut 2017", "sparkling", 2900, 18, 2017, "Xarel·lo", "Penedès", "12", (
        "Brioche and roasted almonds; for long evenings.",
        "Brioche y almendra tostada; para veladas largas.",
        "Бриошь и жареный миндаль; для долгих вечеров.")),
)  # fmt: skip


@dataclass(frozen=True)
class Ware:
    """Something that is no wine."""

    sku: str
    category: str
    cents: int
    stock: int
    name: tuple[str, str, str]
    short: tuple[str, str, str]
    content: int = 0
    unit: Unit | None = None
    tax: TaxClass = TaxClass.STANDARD
    grams: int = 0


WARES = (
    Ware("ACE-500", "pantry", 1150, 120, (
        "Olive oil, early harvest", "Aceite de oliva de cosecha temprana", "Оливковое масло раннего сбора"), (
        "Picual olives of October, pressed the same day.", "Aceituna picual de octubre, molida en el día.",
        "Оливки пикуаль октябрьского сбора, отжаты в тот же день."), 500, Unit.LITRE, TaxClass.REDUCED, 950),
    Ware("JAM-100", "pantry", 1490, 40, ("Iberian ham, 100 g", "Jamón ibérico, 100 g", "Иберийский хамон, 100 г"), (
        "Cut by hand, 36 months old.", "Cortado a cuchillo, 36 meses de curación.",
        "Нарезан вручную, выдержка 36 месяцев."), 100, Unit.KILOGRAM, TaxClass.REDUCED, 150),
    Ware("QUE-250", "pantry", 790, 55, ("Sheep’s cheese, 250 g", "Queso de oveja, 250 g", "Овечий сыр, 250 г"), (
        "Raw milk, ten months in the cave.", "Leche cruda, diez meses en cueva.",
        "Сырое молоко, десять месяцев в пещере."), 250, Unit.KILOGRAM, TaxClass.REDUCED, 280),
    Ware("ANC-050", "pantry", 1250, 30, ("Anchovies of Santoña", "Anchoas de Santoña", "Анчоусы из Сантоньи"), (
        "Twelve fillets in olive oil.", "Doce filetes en aceite de oliva.", "Двенадцать филе в оливковом масле."),
        50, Unit.KILOGRAM, TaxClass.REDUCED, 120),
    Ware("SAC-001", "table", 1900, 25, ("Corkscrew of the cellar", "Sacacorchos de la bodega", "Штопор винодельни"), (
        "Two steps, olive wood.", "Dos tiempos, madera de olivo.", "Двухступенчатый, из оливы."), grams=180),
    Ware("DEC-150", "table", 4500, 8, ("Decanter, 1.5 l", "Decantador, 1,5 l", "Декантер, 1,5 л"), (
        "Mouth-blown, for old and for young wines.", "Soplado a boca, para vinos viejos y jóvenes.",
        "Выдувное стекло, для старых и молодых вин."), grams=1100),
)  # fmt: skip


def fill_catalogue(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Open the shop two months ago: everything in it with its price, counted and live; a sale runs since three days."""
    by = staff[Role.SHOP]
    opened = now - OPENED
    places = _categories(db, by, opened)
    _attributes(db, by, opened)
    _gift_card(db, places, by, opened)
    _glasses(db, places, by, opened)
    for ware in reversed(WARES):
        _ware(db, ware, places, by, opened)
    for wine in reversed(WINES):
        _wine(db, wine, places, by, opened)
    _prices(db, by, now)
    _draft(db, places, by, now)


def _three(en: str, es: str, ru: str) -> Texts:
    return Texts({"en": en, "es": es, "ru": ru})


def _categories(db: Session, by: int, at: datetime) -> dict[str, int]:
    places: dict[str, int] = {}
    for key, parent, *name in CATEGORIES:
        category = NewCategory(
            _three(*name), parent_id=places[parent] if parent else None, earns_points=key not in WITHOUT_POINTS,
            takes_points=key not in WITHOUT_POINTS,
        )  # fmt: skip
        places[key] = add_category(db, category, by, Role.SHOP, at)
    return places


def _attributes(db: Session, by: int, at: datetime) -> None:
    for key, kind, unit, is_filter, *name in ATTRIBUTES:
        save_attribute(db, key, _three(*name), kind, unit=unit, is_filter=is_filter, by=by, role=Role.SHOP, now=at)


def _wine(db: Session, wine: Wine, places: dict[str, int], by: int, at: datetime) -> None:
    facts = (
        NewAttribute("vintage", Texts({"en": str(wine.vintage)}), wine.vintage * 1000),
        NewAttribute("grape", Texts({"en": wine.grape})),
        NewAttribute("region", Texts({"en": wine.region})),
        NewAttribute("abv", Texts({"en": wine.abv}), int(float(wine.abv) * 1000)),
        NewAttribute("allergens", _three("Contains sulphites", "Contiene sulfitos", "Содержит сульфиты")),
        NewAttribute("ingredients", _three("Grapes, sulphites", "Uva, sulfitos", "Виноград, сульфиты")),
        NewAttribute("nutrition", _three("332 kJ / 80 kcal", "332 kJ / 80 kcal", "332 кДж / 80 ккал")),
    )
    product = NewProduct(
        name=Texts({"en": wine.name, "es": wine.name, "ru": wine.name}),
        short=_three(*wine.short),
        category_ids=(places[wine.category],),
        rung_key=wine.rung_key,
        limit_per_member=wine.limit,
        min_age=18,
        variants=(NewVariant(wine.sku, content=750, unit=Unit.LITRE, weight_grams=1350),),
        attributes=facts,
    )
    _sell(db, product, wine.cents, {wine.sku: wine.stock}, by, at)


def _ware(db: Session, ware: Ware, places: dict[str, int], by: int, at: datetime) -> None:
    product = NewProduct(
        name=_three(*ware.name),
        short=_three(*ware.short),
        category_ids=(places[ware.category],),
        tax_class=ware.tax,
        variants=(NewVariant(ware.sku, content=ware.content, unit=ware.unit, weight_grams=ware.grams),),
    )
    _sell(db, product, ware.cents, {ware.sku: ware.stock}, by, at)


def _glasses(db: Session, places: dict[str, int], by: int, at: datetime) -> None:
    """One product with an option: for red, white or sparkling wine."""
    kinds = (("red", "Red wine", "Tinto", "Для красного"), ("white", "White wine", "Blanco", "Для белого"),
             ("flute", "Sparkling wine", "Espumoso", "Для игристого"))  # fmt: skip
    option = Option("kind", _three("For", "Para", "Назначение"), tuple((key, _three(*name)) for key, *name in kinds))
    product = NewProduct(
        name=_three("Wine glasses, set of six", "Copas de vino, juego de seis", "Бокалы, набор из шести"),
        short=_three("Thin, plain, for the dishwasher.", "Finas, lisas, aptas para lavavajillas.",
                     "Тонкие, гладкие, можно мыть в машине."),
        category_ids=(places["table"],),
        options=(option,),
        variants=tuple(
            NewVariant(f"COP-{key.upper()}", choices={"kind": key}, content=6000, unit=Unit.PIECE, weight_grams=1500)
            for key, *_ in kinds
        ),
    )  # fmt: skip
    _sell(db, product, 3900, {"COP-RED": 14, "COP-WHITE": 6, "COP-FLUTE": 0}, by, at)


def _gift_card(db: Session, places: dict[str, int], by: int, at: datetime) -> None:
    """Sold without being counted; it earns no points and points cannot pay for it."""
    product = NewProduct(
        name=_three("Gift card, 50 euros", "Tarjeta regalo de 50 euros", "Подарочная карта на 50 евро"),
        short=_three("For wine, the pantry and events.", "Para vinos, despensa y eventos.",
                     "На вино, деликатесы и события."),
        category_ids=(places["gifts"],),
        tax_class=TaxClass.ZERO,
        takes_tier_discount=False,
        variants=(NewVariant("GIFT-50"),),
    )  # fmt: skip
    _sell(db, product, 5000, {"GIFT-50": 0}, by, at)
    set_limits(
        db, _variant(db, "GIFT-50"), back_order_limit=0, low_mark=0, is_counted=False, by=by, role=Role.SHOP, now=at
    )


def _sell(db: Session, product: NewProduct, cents: int, stock: dict[str, int], by: int, at: datetime) -> int:
    product_id = add_product(db, product, by, Role.SHOP, at)
    today = club_day(at, the_club(db).time_zone)
    set_price(db, product_id, PriceRow(Kind.BASE, today, amount=cents), by, Role.SHOP, at)
    for sku, quantity in stock.items():
        if quantity:
            move_stock(db, _variant(db, sku), Reason.ARRIVAL, quantity, by, Role.SHOP, at)
        set_limits(
            db, _variant(db, sku), back_order_limit=0, low_mark=6, is_counted=True, by=by, role=Role.SHOP, now=at
        )
    set_state(db, product_id, State.LIVE, 1, by, Role.SHOP, at)
    return product_id


def _prices(db: Session, by: int, now: datetime) -> None:
    """A sale, a price for Gold, and six bottles for less."""
    began = now - SALE_BEGAN
    first = club_day(began, the_club(db).time_zone)
    sale = PriceRow(Kind.SALE, first, first + SALE_LASTS, percent=20)
    for sku in ("BLA-VER-23", "TIN-MON-20", "ACE-500"):
        set_price(db, _product(db, sku), sale, by, Role.SHOP, began)
    gold = PriceRow(Kind.TIER, first, amount=4100, rung_key="gold")
    set_price(db, _product(db, "TIN-GRR-15"), gold, by, Role.SHOP, began)
    six = PriceRow(Kind.BASE, first, amount=1190, min_quantity=6)
    set_price(db, _product(db, "TIN-CRZ-21"), six, by, Role.SHOP, began)
    set_limits(
        db, _variant(db, "ESP-GRB-17"), back_order_limit=12, low_mark=20, is_counted=True, by=by, role=Role.SHOP,
        now=began,
    )  # fmt: skip
    move_stock(db, _variant(db, "DEC-150"), Reason.DAMAGE, -1, by, Role.SHOP, now, why="broken on the shelf")


def _draft(db: Session, places: dict[str, int], by: int, now: datetime) -> None:
    """A wine that nobody sees yet."""
    name = "Valdeolmos Rosado 2024"
    product = NewProduct(
        name=Texts({"en": name, "es": name, "ru": name}), category_ids=(places["wine"],), min_age=18,
        variants=(NewVariant("ROS-VAL-24", content=750, unit=Unit.LITRE, weight_grams=1300),),
    )  # fmt: skip
    add_product(db, product, by, Role.SHOP, now)


def _variant(db: Session, sku: str) -> int:
    return db.execute(select(Variant.id).where(Variant.sku == sku)).scalar_one()


def _product(db: Session, sku: str) -> int:
    return db.execute(select(Product.id).join(Variant).where(Variant.sku == sku)).scalar_one()

"""How the demonstration club sends wine, and the taxes inside its prices.

Spain: Ley 37/1992 del IVA, arts. 90 and 91 (21 % and 10 % since 1 September 2012, Real Decreto-ley 20/2012; 4 % since
1 January 1995, Ley 41/1994); art. 3.Dos keeps the Canary Islands, Ceuta and Melilla out of its territory.
Portugal: Código do IVA, art. 18 (23 % since 1 January 2011; still wine 13 %, lista II; food 6 %, lista I).
France: Code général des impôts, arts. 278 and 278-0 bis (20 % since 1 January 2014; food 5,5 %). Germany: § 12 UStG
(19 % and 7 %, again since 1 January 2021).
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from club.catalogue.rules.products import TaxClass
from club.delivery.cartons import Carton
from club.delivery.rules import Kind, Method, PriceRow, Rate, Rule, Zone
from club.delivery.service import add_method, add_rate, add_zone, save_rule
from club.delivery.service.cartons import add_carton
from club.permissions import Role
from club.texts import Texts

OF_AGE = 18
UNTAXED = ("35", "38", "51", "52")
"""Canary Islands, Ceuta, Melilla."""
NEIGHBOURS = ("DE", "FR", "PT")

_S, _R, _L, _Z = TaxClass.STANDARD, TaxClass.REDUCED, TaxClass.SUPER_REDUCED, TaxClass.ZERO
RATES: tuple[tuple[str, TaxClass, int, date], ...] = (
    ("ES", _S, 21_00, date(2012, 9, 1)),
    ("ES", _R, 10_00, date(2012, 9, 1)),
    ("ES", _L, 4_00, date(1995, 1, 1)),
    ("ES", _Z, 0, date(1993, 1, 1)),
    ("PT", _S, 23_00, date(2011, 1, 1)),
    ("PT", _R, 13_00, date(2011, 1, 1)),
    ("PT", _L, 6_00, date(2011, 1, 1)),
    ("FR", _S, 20_00, date(2014, 1, 1)),
    ("FR", _R, 5_50, date(2014, 1, 1)),
    ("FR", _L, 5_50, date(2014, 1, 1)),
    ("DE", _S, 19_00, date(2021, 1, 1)),
    ("DE", _R, 7_00, date(2021, 1, 1)),
    ("DE", _L, 7_00, date(2021, 1, 1)),
)
CARTONS = (
    Carton(name="Caja de 1", pieces=1, most_grams=2500, own_grams=180),
    Carton(name="Caja de 3", pieces=3, most_grams=6000, own_grams=390),
    Carton(name="Caja de 6", pieces=6, most_grams=11_000, own_grams=640),
)
OUT_OF_THE_TAX_SINCE = date(1993, 1, 1)


def fill_delivery(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Home delivery, the islands, three neighbours, and the cellar's own door."""
    by = staff[Role.OWNER]
    zones = [
        Zone(name="Península", countries=("ES",), not_postcodes=("51", "52")),
        Zone(name="Baleares", countries=("ES",), postcodes=("07",)),
        Zone(name="Canarias", countries=("ES",), postcodes=("35", "38")),
        Zone(name="Unión Europea", countries=NEIGHBOURS),
    ]
    for country, tax_class, rate, from_on in RATES:
        of_country = Rate(country=country, tax_class=tax_class, rate=rate, from_on=from_on)
        add_rate(db, of_country, by, Role.OWNER, now)
    for tax_class in (_S, _R, _L):
        untaxed = Rate(country="ES", postcodes=UNTAXED, tax_class=tax_class, rate=0, from_on=OUT_OF_THE_TAX_SINCE)
        add_rate(db, untaxed, by, Role.OWNER, now)
    for country in ("ES", *NEIGHBOURS):
        rule = Rule(country=country, min_age=OF_AGE, needs_phone=country != "ES")
        save_rule(db, rule, 0, by, Role.OWNER, now)
    for carton in CARTONS:
        add_carton(db, carton, by, Role.OWNER, now)
    ids = [add_zone(db, zone, by, Role.OWNER, now) for zone in zones]
    for method in _ways(*ids):
        add_method(db, method, by, Role.OWNER, now)


def _ways(peninsula: int, balearics: int, canaries: int, union: int) -> list[Method]:
    carrier = {
        "en": "A carrier brings it to your door.",
        "es": "Un transportista lo lleva a su puerta.",
        "ru": "Курьер привезёт заказ к вашей двери.",
    }
    return [
        Method(
            kind=Kind.SHIP,
            name=Texts({"en": "Home delivery", "es": "Entrega a domicilio", "ru": "Доставка на дом"}),
            words=Texts(carrier),
            free_from=60_00,
            days_from=1,
            days_to=3,
            prices=(PriceRow(zone_id=peninsula, price=5_90),),
        ),
        Method(
            kind=Kind.SHIP,
            name=Texts({"en": "To the islands", "es": "Envío a las islas", "ru": "Доставка на острова"}),
            words=Texts(carrier),
            days_from=4,
            days_to=8,
            prices=(
                PriceRow(zone_id=balearics, price=9_90),
                PriceRow(zone_id=canaries, price=14_90, up_to_grams=10_000),
                PriceRow(zone_id=canaries, price=24_90),
            ),
        ),
        Method(
            kind=Kind.SHIP,
            name=Texts({"en": "To the European Union", "es": "Envío a la Unión Europea", "ru": "Доставка в страны ЕС"}),
            words=Texts(carrier),
            days_from=3,
            days_to=6,
            needs_phone=True,
            prices=(PriceRow(zone_id=union, price=14_90),),
        ),
        Method(
            kind=Kind.PICKUP,
            name=Texts({"en": "Pick up at the cellar", "es": "Recoger en la bodega", "ru": "Забрать в винодельне"}),
            words=Texts(
                {
                    "en": "Calle de la Bodega 7, Haro. Monday to Saturday, 10 to 19.",
                    "es": "Calle de la Bodega 7, Haro. De lunes a sábado, de 10 a 19 h.",
                    "ru": "Calle de la Bodega 7, Аро. С понедельника по субботу, с 10 до 19.",
                }
            ),
            days_from=0,
            days_to=1,
            prices=(PriceRow(zone_id=None, price=0),),
        ),
    ]

"""Ways, their prices and zones, remembered in the process until one of them changes, and what they cost an order."""

from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.rules.products import TaxClass
from club.delivery.countries import rule_for
from club.delivery.models import DeliveryMethod, DeliveryPrice, DeliveryZone
from club.delivery.rules import Kind, Method, PriceRow, Quote, Zone, quotes_for
from club.errors import NotFound
from club.programme.models import remembered


@dataclass(frozen=True)
class Ways:
    """All ways in their order, those that are not offered included, and all zones by name."""

    methods: tuple[Method, ...]
    zones: tuple[Zone, ...]

    def method(self, method_id: int) -> Method:
        """One way; raises `NotFound`."""
        return next((method for method in self.methods if method.id == method_id), None) or _missing()

    def zone(self, zone_id: int) -> Zone:
        """One zone; raises `NotFound`."""
        return next((zone for zone in self.zones if zone.id == zone_id), None) or _missing()

    def is_priced(self, zone_id: int) -> bool:
        """Whether a way has a price into this zone."""
        return any(row.zone_id == zone_id for method in self.methods for row in method.prices)


def ways(db: Session) -> Ways:
    """All of them; costs no query while nothing changes."""
    return remembered(db, "delivery ways", _read)


def quotes(db: Session, country: str, postcode: str, weight_grams: int, value: int) -> list[Quote]:
    """The ways that are open for goods of this weight and value (after discounts, before points), in their order.

    Empty: nothing can be sent there and nothing picked up. Costs no query while nothing changes.
    """
    known = ways(db)
    return quotes_for(known.methods, known.zones, rule_for(db, country), postcode, weight_grams, value)


def _missing() -> NoReturn:
    raise NotFound


def _read(db: Session) -> Ways:
    prices: dict[int, list[PriceRow]] = {}
    rows = select(
        DeliveryPrice.method_id, DeliveryPrice.zone_id, DeliveryPrice.price, DeliveryPrice.up_to_grams,
        DeliveryPrice.up_to_value,
    ).order_by(DeliveryPrice.id)  # fmt: skip
    for row in db.execute(rows):
        found = PriceRow(zone_id=row.zone_id, price=row.price, up_to_grams=row.up_to_grams, up_to_value=row.up_to_value)
        prices.setdefault(row.method_id, []).append(found)
    methods = db.execute(
        select(*DeliveryMethod.__table__.c).order_by(DeliveryMethod.position, DeliveryMethod.id)
    ).mappings()
    zones = db.execute(select(*DeliveryZone.__table__.c).order_by(DeliveryZone.name)).mappings()
    return Ways(
        methods=tuple(
            Method(
                id=row["id"],
                kind=Kind(row["kind"]),
                name=row["name"],
                words=row["words"],
                tax_class=TaxClass(row["tax_class"]),
                free_from=row["free_from"],
                days_from=row["days_from"],
                days_to=row["days_to"],
                needs_phone=row["needs_phone"],
                is_active=row["is_active"],
                prices=tuple(prices.get(row["id"], ())),
                version=row["version"],
            )
            for row in methods
        ),
        zones=tuple(
            Zone(
                id=row["id"],
                name=row["name"],
                countries=tuple(row["countries"]),
                postcodes=tuple(row["postcodes"]),
                not_postcodes=tuple(row["not_postcodes"]),
                version=row["version"],
            )
            for row in zones
        ),
    )

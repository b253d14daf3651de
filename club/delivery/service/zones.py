"""Zones: places that cost the same."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.delivery.checks import Fault, Place, check_zone
from club.delivery.models import DeliveryPrice, DeliveryZone
from club.delivery.quoting import ways
from club.delivery.rules import Zone
from club.errors import BadDelivery, ChangedMeanwhile, ZoneInUse
from club.permissions import Permission, Role, require
from club.programme.service import touch


def add_zone(db: Session, zone: Zone, by: int | None, role: Role, now: datetime) -> int:
    """Make a zone and return its id. Raises `NotAllowed`, `BadDelivery`."""
    require(role, Permission.EDIT_SHOP)
    check_zone(zone)
    with transaction(db) as tx:
        touch(tx)
        _check_name(tx, zone.name, None)
        zone_id = tx.execute(insert(DeliveryZone).values(_columns(zone)).returning(DeliveryZone.id)).scalar_one()
        record(tx, "zone.added", "zone", zone_id, by=by, now=now, words=_told(zone))
    return zone_id


def change_zone(
    db: Session, zone_id: int, zone: Zone, seen_version: int, by: int | None, role: Role, now: datetime
) -> None:
    """Replace a zone. Raises `NotAllowed`, `BadDelivery`, `ChangedMeanwhile`, `NotFound`."""
    require(role, Permission.EDIT_SHOP)
    check_zone(zone)
    with transaction(db) as tx:
        touch(tx)
        before = ways(tx).zone(zone_id)
        _check_name(tx, zone.name, zone_id)
        changed = tx.connection().execute(
            update(DeliveryZone)
            .where(DeliveryZone.id == zone_id, DeliveryZone.version == seen_version)
            .values(**_columns(zone), version=seen_version + 1)
        )
        if changed.rowcount != 1:
            raise ChangedMeanwhile(())
        record(tx, "zone.changed", "zone", zone_id, by=by, now=now, words=_changes(before, zone))


def remove_zone(db: Session, zone_id: int, by: int | None, role: Role, now: datetime) -> None:
    """Remove one into which nothing has a price. Raises `NotAllowed`, `ZoneInUse`, `NotFound`."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        touch(tx)
        before = ways(tx).zone(zone_id)
        if tx.scalar(select(DeliveryPrice.id).where(DeliveryPrice.zone_id == zone_id).limit(1)) is not None:
            raise ZoneInUse
        tx.execute(delete(DeliveryZone).where(DeliveryZone.id == zone_id))
        record(tx, "zone.removed", "zone", zone_id, by=by, now=now, words=_told(before))


def _check_name(db: Session, name: str, own_id: int | None) -> None:
    if any(zone.name == name and zone.id != own_id for zone in ways(db).zones):
        raise BadDelivery(Place.NAME.value, Fault.NAME_TAKEN.value)


def _columns(zone: Zone) -> dict[str, object]:
    return {
        "name": zone.name,
        "countries": list(zone.countries),
        "postcodes": list(zone.postcodes),
        "not_postcodes": list(zone.not_postcodes),
    }


def _told(zone: Zone) -> dict[str, object]:
    lists = (zone.countries, zone.postcodes, zone.not_postcodes)
    countries, postcodes, not_postcodes = (", ".join(one) for one in lists)
    return {"name": zone.name, "countries": countries, "postcodes": postcodes, "not_postcodes": not_postcodes}


def _changes(before: Zone, after: Zone) -> dict[str, object]:
    old, new = _told(before), _told(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}

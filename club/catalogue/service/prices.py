"""Setting prices: always from a day on that is not over; what a product cost stays as it was."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.models import MemberPrice, Price, Product, Variant
from club.catalogue.rules.faults import Fault
from club.catalogue.rules.pricing import Kind, PriceRow, check_price
from club.catalogue.service.public import renew_public_prices
from club.clock import ONE_DAY, club_day
from club.database import Transaction, transaction
from club.errors import BadPrice, NotFound
from club.members.models import Person
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch
from club.tiers.models import ladder_on


def set_price(db: Session, product_id: int, price: PriceRow, by: int | None, role: Role, now: datetime) -> int:
    """Set a usual, sale or tier price from a day on and return its id.

    Raises `NotAllowed`, `BadPrice`, `UnknownRung`, `NotFound` for a variant that is not the product's.
    """
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        return write_price(tx, product_id, price, by, now)


def write_price(tx: Transaction, product_id: int, price: PriceRow, by: int | None, now: datetime) -> int:
    """A step: the same inside a transaction."""
    today = club_day(now, the_club(tx).time_zone)
    _check(tx, product_id, price, today)
    if price.kind is Kind.MEMBER:
        raise BadPrice(Fault.TIER_NAMED)
    if price.rung_key is not None:
        ladder_on(tx, today).ladder.rung(price.rung_key)
    price_id = tx.execute(
        insert(Price)
        .values(product_id=product_id, kind=price.kind.value, rung_key=price.rung_key, **_columns(price, by, now))
        .returning(Price.id)
    ).scalar_one()
    renew_public_prices(tx, [product_id], today)
    record(
        tx, "price.set", "product", product_id, by=by, now=now, price=price_id, amount=price.amount,
        percent=price.percent, variant=price.variant_id, from_quantity=price.min_quantity,
        words={"kind": price.kind.value, "tier": price.rung_key or "", "days": _days(price)},
    )  # fmt: skip
    return price_id


def end_price(db: Session, price_id: int, by: int | None, role: Role, now: datetime) -> None:
    """A sale's or a tier's price holds no longer, from today on (a later one: not at all). Raises `NotFound`."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        row = tx.execute(
            select(
                Price.product_id, Price.kind, Price.from_on, Price.until_on, Price.variant_id, Price.rung_key,
                Price.min_quantity,
            ).where(Price.id == price_id, Price.kind.in_((Kind.SALE.value, Kind.TIER.value)))
        ).one_or_none()  # fmt: skip
        if row is None:
            raise NotFound
        first = max(row.from_on, club_day(now, the_club(tx).time_zone))
        ending = PriceRow(
            Kind(row.kind), first, row.until_on, variant_id=row.variant_id, rung_key=row.rung_key,
            min_quantity=row.min_quantity,
        )  # fmt: skip
        write_price(tx, row.product_id, ending, by, now)


def set_member_price(
    db: Session, product_id: int, person_id: int, price: PriceRow, by: int | None, role: Role, now: datetime
) -> int:
    """Agree on a price with one member and return its id. Raises what `set_price` raises."""
    require(role, Permission.EDIT_PRODUCTS)
    price = replace(price, kind=Kind.MEMBER, rung_key=None)
    with transaction(db) as tx:
        _check(tx, product_id, price, club_day(now, the_club(tx).time_zone))
        if price.amount is None and price.percent is None:
            raise BadPrice(Fault.AMOUNT_OR_PERCENT)
        is_member = select(Person.id).where(Person.id == person_id, Person.member_number.is_not(None))
        if tx.scalar(is_member) is None:
            raise NotFound
        price_id = tx.execute(
            insert(MemberPrice)
            .values(product_id=product_id, person_id=person_id, **_columns(price, by, now))
            .returning(MemberPrice.id)
        ).scalar_one()
        record(
            tx, "price.agreed", "product", product_id, by=by, now=now, person_id=person_id, price=price_id,
            member=person_id, amount=price.amount, percent=price.percent, from_quantity=price.min_quantity,
        )  # fmt: skip
    return price_id


def end_member_price(db: Session, price_id: int, by: int | None, role: Role, now: datetime) -> None:
    """A price agreed with one member holds no longer, from today on. Raises `NotFound`."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        yesterday = club_day(now, the_club(tx).time_zone) - ONE_DAY
        row = tx.execute(
            select(MemberPrice.product_id, MemberPrice.person_id).where(MemberPrice.id == price_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound
        tx.execute(update(MemberPrice).where(MemberPrice.id == price_id).values(until_on=yesterday))
        record(
            tx, "price.ended", "product", row.product_id, by=by, now=now, person_id=row.person_id, price=price_id,
            member=row.person_id,
        )  # fmt: skip


def _check(tx: Transaction, product_id: int, price: PriceRow, today: date) -> None:
    check_price(price)
    if price.from_on < today:
        raise BadPrice(Fault.IN_THE_PAST)
    if tx.scalar(select(Product.id).where(Product.id == product_id)) is None:
        raise NotFound
    if price.variant_id is not None:
        owner = tx.scalar(select(Variant.product_id).where(Variant.id == price.variant_id))
        if owner != product_id:
            raise NotFound


def _columns(price: PriceRow, by: int | None, now: datetime) -> dict[str, object]:
    return {
        "variant_id": price.variant_id,
        "min_quantity": price.min_quantity,
        "amount": price.amount,
        "percent": price.percent,
        "from_on": price.from_on,
        "until_on": price.until_on,
        "set_at": now,
        "set_by": by,
    }


def _days(price: PriceRow) -> list[str | None]:
    return [price.from_on.isoformat(), price.until_on.isoformat() if price.until_on else None]

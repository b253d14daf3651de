"""The shop's pages over a thousand products: lists of the catalogue, a search, and a product, as a member sees them."""

from datetime import UTC, date, datetime

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from bench.readers import Read
from club.catalogue.models import Stock, StockMovement
from club.catalogue.rules.pricing import Kind, PriceRow
from club.catalogue.rules.products import NewCategory, NewProduct, NewVariant, State, Unit
from club.catalogue.rules.stock import Reason
from club.catalogue.service.categories import add_category
from club.catalogue.service.prices import write_price
from club.catalogue.service.products import write_new, write_state
from club.clock import club_day
from club.database import make_engine, sessions, transaction
from club.permissions import Role
from club.programme.models import the_club
from club.texts import Texts

PRODUCTS = 1000
SHELVES = 10
AT_ONCE = 100
WORDS = ("Oak", "Stone", "River", "Harvest", "Cellar", "Hill", "Old Vine", "Reserve")
AIMS = {
    "catalogue": "8 queries, 0.7 or more",
    "catalogue: a category": "8 queries, 0.7 or more",
    "catalogue: a search": "8 queries, 0.7 or more",
    "a product": "8 queries, 0.8 or more",
    "my orders": "8 queries, 0.8 or more",
    "an order": "8 queries, 0.8 or more",
}


def shop_reads(tokens: list[str]) -> dict[str, list[Read]]:
    """What members ask for."""
    paths = {
        "catalogue": [f"/shop?page={page}" for page in range(1, 11)],
        "catalogue: a category": [f"/shop?category=shelf-{number}&order=price" for number in range(SHELVES)],
        "catalogue: a search": [f"/shop?q={word.split()[0].lower()}" for word in WORDS],
        "a product": [f"/shop/wine-{number}" for number in range(0, PRODUCTS, 37)],
    }
    return {
        name: [Read(path, f"club={tokens[number % len(tokens)]}") for number, path in enumerate(listed)]
        for name, listed in paths.items()
    }


def fill_shelves(url: str, in_stock: int) -> None:
    """Products with prices, some of them reduced; so many of each are there."""
    engine, now = make_engine(url), datetime.now(UTC)
    with sessions(engine)() as db:
        day = club_day(now, the_club(db).time_zone)
        db.rollback()
        shelves = [_shelf(db, number, now) for number in range(SHELVES)]
        for first in range(0, PRODUCTS, AT_ONCE):
            with transaction(db) as tx:
                for number in range(first, first + AT_ONCE):
                    product_id = write_new(tx, _product(number, shelves[number % SHELVES]), None, now)
                    write_price(tx, product_id, PriceRow(Kind.BASE, day, amount=700 + number * 7), None, now)
                    if number % 5 == 0:
                        write_price(tx, product_id, _sale(day), None, now)
                    write_state(tx, product_id, State.LIVE, 1, None, now)
        with transaction(db) as tx:
            tx.execute(update(Stock).values(on_hand=in_stock))
            tx.execute(
                insert(StockMovement).from_select(
                    ["variant_id", "at", "reason", "quantity", "on_hand_after"],
                    select(
                        Stock.variant_id, literal(now, StockMovement.at.type), literal(Reason.ARRIVAL.value),
                        Stock.on_hand, Stock.on_hand,
                    ),
                )
            )  # fmt: skip
    engine.dispose()


def _shelf(db: Session, number: int, now: datetime) -> int:
    shelf = NewCategory(Texts({"en": f"Shelf {number}"}), slugs=Texts({"en": f"shelf-{number}"}))
    return add_category(db, shelf, None, Role.OWNER, now)


def _sale(day: date) -> PriceRow:
    return PriceRow(Kind.SALE, day, date(day.year + 1, 1, 1), percent=15)


def _product(number: int, category_id: int) -> NewProduct:
    words = f"{WORDS[number % len(WORDS)]} {WORDS[number // len(WORDS) % len(WORDS)]} {number}"
    return NewProduct(
        name=Texts({"en": words}),
        short=Texts({"en": f"{words}: dark fruit, cedar and a long, dry finish."}),
        slugs=Texts({"en": f"wine-{number}"}),
        category_ids=(category_id,),
        min_age=18,
        variants=(NewVariant(f"W{number:05}", content=750, unit=Unit.LITRE, weight_grams=1300),),
    )

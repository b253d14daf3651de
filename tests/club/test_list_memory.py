"""What a process remembers of lists and products is what stands in the database, whatever staff or buyers do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from club.catalogue.importing import take_in
from club.catalogue.listing import Sort, Wanted, search_products
from club.catalogue.reading import product_page
from club.catalogue.rules.pricing import GUEST, Buyer, Kind, PriceRow
from club.catalogue.rules.products import AttributeKind, NewAttribute, State
from club.catalogue.rules.stock import Reason
from club.catalogue.service.categories import save_attribute
from club.catalogue.service.images import NewImage, add_image, image_failed, image_made, move_image, remove_image
from club.catalogue.service.photos import describe_photos
from club.catalogue.service.prices import end_member_price, end_price, set_member_price, set_price
from club.catalogue.service.products import change_product, set_state
from club.catalogue.service.public import turn_prices
from club.catalogue.service.stock import move_stock
from club.catalogue.written import products_as_written
from club.clock import ONE_DAY
from club.errors import NotFound
from club.permissions import Role
from club.programme import models as programme_models
from club.programme.rules import Club
from club.texts import Texts
from tests.shop_world import TODAY, product, set_rungs, texts, version_of
from tests.tier_world import add_member

ROLE = Role.SHOP
TOMORROW = TODAY + ONE_DAY


def lists(db: Session, member_id: int) -> list[object]:
    """What a guest and a member see, in two orders, for a word and on a product's page, today and tomorrow."""
    db.rollback()
    gold = Buyer(member_id, "gold", frozenset({"member", "gold"}), 10)
    pages = [_page(db, buyer, day) for buyer in (GUEST, gold) for day in (TODAY, TOMORROW)]
    return pages + [
        search_products(db, wanted, buyer, "en", day)
        for wanted in (Wanted(), Wanted("wine"), Wanted(sort=Sort.PRICE, price_to=2500))
        for buyer in (GUEST, gold)
        for day in (TODAY, TOMORROW)
    ]


def _page(db: Session, buyer: Buyer, day: date) -> object:
    try:
        return product_page(db, "red-wine", buyer, day)
    except NotFound:
        return None


def test_every_change_is_seen_at_once(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    set_rungs(db, now)
    ana = add_member(db)
    red, white = (product(db, texts(f"{word} wine"), word.upper(), now, stock=9) for word in ("Red", "White"))
    done: dict[str, int] = {}

    def of_red(**said: object) -> None:
        written = products_as_written(db, [red.product_id])[red.product_id].product
        seen = version_of(db, red.product_id)
        db.rollback()
        change_product(db, red.product_id, replace(written, **said), seen, None, ROLE, now)  # type: ignore[arg-type]

    def state(wanted: State) -> None:
        seen = version_of(db, red.product_id)
        db.rollback()
        set_state(db, red.product_id, wanted, seen, None, ROLE, now)

    def priced(row: PriceRow) -> int:
        return set_price(db, red.product_id, row, None, ROLE, now)

    def pictured(name: str) -> int:
        image = NewImage(f"{name}.jpg", texts(name, name, name), 800, 600)
        return add_image(db, red.product_id, image, None, ROLE, now)

    def imported() -> None:
        path = tmp_path / "products.csv"
        path.write_text("sku,name_en,price\nRED,Ruby wine,19.00\n", encoding="utf-8")
        take_in(db, path, None, ROLE, now)

    def fact(name: Texts) -> None:
        save_attribute(db, "grape", name, AttributeKind.TEXT, unit="", is_filter=True, by=None, role=ROLE, now=now)

    fact(texts("Grape"))
    half = [{"width": 400, "height": 300, "format": "webp", "file": "400.webp"}]
    steps: dict[str, Callable[[], object]] = {
        "renamed": lambda: of_red(name=texts("Crimson wine")),
        "usual price": lambda: priced(PriceRow(Kind.BASE, TODAY, amount=2000)),
        "sale": lambda: done.update(sale=priced(PriceRow(Kind.SALE, TODAY, TOMORROW, amount=1500))),
        "price of a tier": lambda: priced(PriceRow(Kind.TIER, TODAY, amount=1400, rung_key="gold")),
        "sale over": lambda: end_price(db, done["sale"], None, ROLE, now),
        "own price": lambda: done.update(
            own=set_member_price(db, red.product_id, ana, PriceRow(Kind.MEMBER, TODAY, amount=100), None, ROLE, now)
        ),
        "own price over": lambda: end_member_price(db, done["own"], None, ROLE, now),
        "picture": lambda: done.update(front=pictured("front")),
        "its sizes": lambda: image_made(db, done["front"], half),
        "another in front": lambda: move_image(db, done.setdefault("back", pictured("back")), -1, None, ROLE, now),
        "no sizes": lambda: image_failed(db, done["back"]),
        "described": lambda: describe_photos(
            db, red.product_id, {done["back"]: texts("A cellar", "Bodega", "Погреб")}, None, ROLE, now
        ),
        "removed": lambda: remove_image(db, done["back"], None, ROLE, now),
        "few left": lambda: move_stock(db, red.variant_id, Reason.DAMAGE, -9, None, ROLE, now),
        "there again": lambda: move_stock(db, red.variant_id, Reason.ARRIVAL, 5, None, ROLE, now),
        "a fact": lambda: of_red(attributes=(NewAttribute("grape", texts("Graciano")),)),
        "its name": lambda: fact(texts("Vine")),
        "for gold alone": lambda: of_red(rung_key="gold"),
        "in the drawer": lambda: state(State.DRAFT),
        "live again": lambda: state(State.LIVE),
        "imported": imported,
    }
    before = lists(db, ana)
    for name, step in steps.items():
        step()
        seen = lists(db, ana)
        programme_models._remembered.clear()
        assert seen == lists(db, ana), name
        assert seen != before, name
        before = seen
    coming = PriceRow(Kind.SALE, TOMORROW, TOMORROW, amount=900)
    set_price(db, white.product_id, coming, None, ROLE, now)
    dear = Wanted(sort=Sort.PRICE_DOWN, price_to=2500)
    assert [card.sku for card in search_products(db, dear, GUEST, "en", TOMORROW).cards] == ["WHITE"]
    db.rollback()
    turn_prices(db, TODAY)
    cheap = Wanted(sort=Sort.PRICE, price_to=1000)
    assert [card.sku for card in search_products(db, cheap, GUEST, "en", TOMORROW).cards] == ["WHITE"]

"""The shop in full use: its pages beside the floor, orders placed by several at once, and that nothing drifted."""

import sys
from pathlib import Path

from sqlalchemy import select

from bench import placing, shop_club, whole_checkout
from bench.pages import beside_floor, sign_in
from bench.places import Place
from bench.readers import Read
from bench.shop_pages import AIMS, shop_reads
from club.database import make_engine, sessions
from club.orders.models import Order
from club.orders.verify import stock_and_orders
from club.points.verify import violations

MEMBERS, ORDERS = 1000, 5000


def measure(place: Place, each: int, folder: Path) -> None:
    """A club of its own; what is wrong with it at the end ends the run."""
    url = shop_club.make(place, MEMBERS, ORDERS)
    cookies = sign_in(url)
    reads = shop_reads(list(cookies.values())) | _order_reads(url, cookies)
    beside_floor(place, url, cookies, reads, AIMS, each, folder)
    whole_checkout.measure(place, url, list(cookies.values()), max(each // 4, 10), folder)
    placing.measure(place, url, MEMBERS, each)
    engine = make_engine(url, statement_timeout_seconds=600)
    with sessions(engine)() as db:
        wrong = [*map(str, violations(db)), *map(str, stock_and_orders(db))]
    engine.dispose()
    if wrong:
        sys.exit(f"{len(wrong)} violations after placing orders: {wrong[0]}")
    print("points, stock and orders add up", flush=True)
    place.drop(url)


def _order_reads(url: str, cookies: dict[int, str]) -> dict[str, list[Read]]:
    """The list of one's orders, and the newest of them."""
    engine = make_engine(url)
    with sessions(engine)() as db:
        asked = select(Order.person_id, Order.number).where(Order.person_id.in_(cookies)).order_by(Order.id)
        newest = {row.person_id: row.number for row in db.execute(asked)}
    engine.dispose()
    return {
        "my orders": [Read("/me/orders", f"club={token}") for token in cookies.values()],
        "an order": [Read(f"/me/orders/{newest[person_id]}", f"club={cookies[person_id]}") for person_id in newest],
    }

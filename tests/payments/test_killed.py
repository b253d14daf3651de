"""R-02: the process dies at each named step of a card payment. Whoever goes on charges once and loses no order."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from club.database import make_engine, sessions
from club.orders.rules import State
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.verify import violations
from club.programme.rules import Club
from demo.stripe.remote import Remote
from demo.stripe.server import StandIn
from tests.payments.conftest import KEY
from tests.payments.shop_world import URLS, CardShop, card_shop


@pytest.fixture
def shop(db: Session, club: Club, now: datetime, gateway: StripeGateway, remote: Remote) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


class DyingGateway(StripeGateway):
    """Whoever asks with it dies before or after its call."""

    dies_before: tuple[str, ...] = ()
    dies_after: tuple[str, ...] = ()

    def __getattribute__(self, name: str) -> object:
        found = object.__getattribute__(self, name)
        if name not in (*DyingGateway.dies_before, *DyingGateway.dies_after):
            return found

        def call(*args: object) -> object:
            if name in DyingGateway.dies_before:
                os.kill(os.getpid(), signal.SIGKILL)
            found(*args)
            os.kill(os.getpid(), signal.SIGKILL)
            return None

        return call


def killed(url: str, act: Callable[[Session, StripeGateway], object], gateway: StripeGateway, *, commit: int) -> None:
    """Act in a process of its own that dies, at the latest before its nth commit (0: wherever the gateway says)."""
    child = os.fork()
    if child == 0:
        engine, left = make_engine(url), commit

        def count(_connection: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "commit", count)
        with sessions(engine)() as db:
            act(db, gateway)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


STEPS = {
    "before the row is written": ("start", 1, (), ()),
    "after the row, before Stripe is asked": ("start", 0, ("create_session",), ()),
    "after the page, before it is kept": ("start", 0, (), ("create_session",)),
    "after the charge, before it is looked at": ("settle", 0, ("retrieve_session",), ()),
    "after the charge, before the commit": ("settle", 1, (), ()),
    "while it is asked what was paid": ("settle", 0, (), ("retrieve_intent",)),
    "after the refund, before it is kept": ("refund", 0, (), ("refund",)),
}


@pytest.mark.proves("R-02")
@pytest.mark.parametrize("step", STEPS)
def test_whoever_dies_leaves_one_charge_and_an_order_that_goes_on(
    shop: CardShop,
    remote: Remote,
    stand_in: StandIn,
    engine: Engine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    act, commit, before, after = STEPS[step]
    monkeypatch.setattr(DyingGateway, "dies_before", before)
    monkeypatch.setattr(DyingGateway, "dies_after", after)
    dying, now = DyingGateway(KEY, [], stand_in.url), shop.now
    order_id = shop.order()
    acts: dict[str, Callable[[Session, StripeGateway], object]] = {
        "start": lambda db, gateway: service.start(db, order_id, URLS, gateway, now),
        "settle": lambda db, gateway: service.settle(db, order_id, gateway, now),
        "refund": lambda db, gateway: service.send_refunds(db, gateway, now),
    }
    if act != "start":
        shop.start(order_id)
        shop.pay(order_id)
    if act == "refund":
        shop.settle(order_id)
        shop.refund(order_id, 500)
    shop.db.rollback()
    engine.dispose()
    killed(database_url, acts[act], dying, commit=commit)
    if act == "start":
        shop.start(order_id)
        shop.pay(order_id)
    later = now + timedelta(minutes=5)
    service.sweep(shop.db, shop.gateway, lambda: later)
    service.send_refunds(shop.db, shop.gateway, later)
    back = 500 if act == "refund" else 0
    assert shop.money(order_id) == (State.PLACED, shop.total(order_id), back)
    assert sum(refund["amount"] for refund in remote.all("refund")) == back
    assert [intent["status"] for intent in remote.all("payment_intent")] == ["succeeded"]
    assert len(remote.all("checkout.session")) == 1
    assert violations(shop.db) == []

"""Orders that were paid, sent and delivered, so that their goods can come back."""

import io
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from PIL import Image
from sqlalchemy import update
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.carts.models import Owner
from club.database import transaction
from club.orders.models import OrderLine
from club.orders.reading import OrderView, order_with
from club.orders.service import delivered_in, settle_in
from club.permissions import Role
from club.returns.rules import Reason
from club.returns.service import Wanted
from tests.order_world import Till, open_shop
from tests.shop_world import set_rungs

TODAY = date(2026, 6, 15)


@dataclass
class Desk:
    """A shop that gives one point for each euro, and its orders."""

    db: Session
    now: datetime
    till: Till = field(init=False)

    def __post_init__(self) -> None:
        self.till = Till(self.db, self.now)

    def open(self) -> "Desk":
        """Earning, tiers and ways of delivery."""
        set_rungs(self.db, self.now, silver=0, gold=0)
        rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
        set_rules(self.db, AllRules(bases=(rate,)), None, Role.OWNER, self.now)
        open_shop(self.db)
        return self

    def paid(self, person_id: int | None, *things: tuple[int, int], points: int = 0, **other: Any) -> OrderView:
        """An order whose money is there; nothing of it is packed."""
        placed = self.till.order(Owner(person_id=person_id), *things, points=points, **other)
        with transaction(self.db) as tx:
            settle_in(tx, placed.order_id, placed.total, self.now)
        return self.seen(placed.order_id)

    def delivered(self, person_id: int | None, *things: tuple[int, int], **other: Any) -> OrderView:
        """An order that its buyer has since today."""
        order = self.paid(person_id, *things, **other)
        with transaction(self.db) as tx:
            sent = {"packed": OrderLine.quantity, "sent": OrderLine.quantity}
            tx.execute(update(OrderLine).where(OrderLine.order_id == order.id).values(sent))
            delivered_in(tx, order.id, TODAY, self.now)
        return self.seen(order.id)

    def seen(self, order_id: int) -> OrderView:
        """The order as it stands."""
        self.db.rollback()
        found = order_with(self.db, order_id)
        self.db.rollback()
        return found


def wanted(order: OrderView, *pieces: int, key: bytes | None = None, reason: Reason = Reason.CHANGED_MIND) -> Wanted:
    """So many of the first line, of the second …; none: nothing of it."""
    chosen = {line.id: count for line, count in zip(order.lines, pieces, strict=False) if count}
    return Wanted(order_id=order.id, pieces=chosen, reason=reason, form_key=key)


def picture(side: int = 400) -> bytes:
    """A photo with a place in it, as telephones make them."""
    drawn, out = Image.new("RGB", (side, side), "#884422"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    drawn.save(out, "JPEG", exif=exif)
    return out.getvalue()

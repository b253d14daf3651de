"""Money goes back although the goods stay: for a scratch, a late parcel, a good word. Its paper is issued with it.

Points and tier stay as they are: what a purchase earned is taken only with its goods.
"""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import AmountOutOfRange, OwnMembership, RefundTooHigh
from club.members.models import is_own
from club.orders.models import Order
from club.papers.reading import paper_row
from club.papers.service import issue_credit_note_in, issue_invoice_in, left_to_credit
from club.payments.service import ask_refund_in, money_back, tell_refund_in
from club.permissions import Permission, Role, require
from club.returns.models import Goodwill
from club.returns.service.steps import lock_order

GOODWILL = "goodwill"


def give_money_back(  # noqa: PLR0917 - one argument a fact
    db: Session, order_id: int, amount: int, why: str, form_key: bytes, by: int, role: Role | None, now: datetime
) -> int:
    """So much of what an order cost goes back, or need not be paid any more; once a form. Returns its id.

    Raises `NotAllowed`, `OwnMembership`, `NotFound`, `AmountOutOfRange`, `PaperTooEarly` for an order that is not
    settled, `RefundTooHigh` for more than is left.
    """
    require(role, Permission.REFUND_ORDERS)
    if amount <= 0:
        raise AmountOutOfRange(amount)
    with transaction(db) as tx:
        lock_order(tx, order_id)
        person_id = tx.scalar(select(Order.person_id).where(Order.id == order_id))
        if person_id is not None and is_own(tx, by, person_id):
            raise OwnMembership
        known = tx.scalar(select(Goodwill.id).where(Goodwill.form_key == form_key, Goodwill.order_id == order_id))
        if known is not None:
            return known
        return _given(tx, order_id, person_id, amount, why, form_key, by, now)


def _given(  # noqa: PLR0917 - one argument a fact
    tx: Transaction, order_id: int, person_id: int | None, amount: int, why: str, form_key: bytes, by: int,
    now: datetime,
) -> int:  # fmt: skip
    issue_invoice_in(tx, order_id, now)
    left = left_to_credit(tx, order_id)
    if amount > left:
        raise RefundTooHigh(left)
    row = {"order_id": order_id, "amount": amount, "given_at": now, "given_by": by, "form_key": form_key}
    given_id: int = tx.execute(insert(Goodwill).values(row).returning(Goodwill.id)).scalar_one()
    refund_id = ask_refund_in(tx, order_id, amount, GOODWILL, given_id, by, "", now)
    record(tx, "order.goodwill", "order", order_id, by=by, now=now, why=why, person_id=person_id, amount=amount)
    paper_id = issue_credit_note_in(tx, order_id, f"{GOODWILL}:{given_id}", now, amount=amount)
    told = money_back(tx, order_id, amount, refund_id)
    tell_refund_in(tx, order_id, told, f"{GOODWILL}:{given_id}", now, paper=paper_row(tx, paper_id).number)
    return given_id

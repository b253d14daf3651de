"""What both may owe and do owe becomes one line of credit: merging raises nobody's limit and forgets no invoice.

The invoices have moved before. Undoing gives each its own limit back, unless staff have set another since, and reckons
what is open from the invoices that each has then.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update

from club.audit import record
from club.database import Transaction
from club.merging.service.rows import BEGUN, keys_of, remember
from club.orders.credit.models import AccountDue, CreditLine

_L, _D = CreditLine.__table__.c, AccountDue.__table__.c
_TABLE, _TERMS = "credit_line", "most"
NONE = (-1, 0)
"""The limit of somebody who had no line."""


def count_together(tx: Transaction, merge_id: int, stays_id: int, goes_id: int, by: int, now: datetime) -> None:
    """The greater of the two limits holds, and never less than what is open; a line that staff closed stays closed."""
    asked = select(_L.person_id, _L.most, _L.is_open, _L.days_to_pay).where(_L.person_id.in_((stays_id, goes_id)))
    held = {row.person_id: row for row in tx.execute(asked.order_by(_L.person_id).with_for_update(nowait=True))}
    if goes_id not in held:
        return
    goes, stays = held[goes_id], held.get(stays_id)
    open_sum = int(tx.scalar(select(_open_of(stays_id))) or 0)
    most = max(open_sum, *(row.most for row in held.values()))
    is_open = all(row.is_open for row in held.values())
    if stays is None:
        row = {"person_id": stays_id, "used": 0, "days_to_pay": goes.days_to_pay, "set_at": now, "set_by": by}
        tx.execute(insert(CreditLine).values(**row, most=most, is_open=is_open, version=1))
    _set(tx, stays_id, most=most, is_open=is_open)
    tx.execute(update(CreditLine).where(_L.person_id == goes_id).values(used=0, is_open=False))
    before = NONE if stays is None else (stays.most, int(stays.is_open))
    terms = (*before, most, int(is_open), int(goes.is_open))
    remember(tx, merge_id, BEGUN, _TABLE, _TERMS, [terms])
    record(
        tx, "credit.set", "person", stays_id, by=by, now=now, before=None if stays is None else stays.most, after=most,
        days=goes.days_to_pay if stays is None else stays.days_to_pay, is_open=is_open,
    )  # fmt: skip


def count_apart(tx: Transaction, merge_id: int, stays_id: int, goes_id: int) -> None:
    """Each has its own line again; the invoices have moved back before."""
    for terms in keys_of(tx, merge_id, BEGUN, _TABLE, _TERMS):
        before, was_open, after, is_open, others_open = (int(str(term)) for term in terms)
        _set(tx, goes_id, is_open=bool(others_open))
        untouched = (_L.person_id == stays_id) & (_L.most == after) & (_L.is_open == bool(is_open))
        if tx.execute(select(_L.person_id).where(untouched).with_for_update(nowait=True)).first() is None:
            _set(tx, stays_id)
        elif before == NONE[0]:
            tx.execute(delete(CreditLine).where(untouched, _open_of(stays_id) == 0))
            _set(tx, stays_id, most=0, is_open=False)
        else:
            _set(tx, stays_id, most=before, is_open=bool(was_open))


def _set(tx: Transaction, person_id: int, *, most: int | None = None, is_open: bool | None = None) -> None:
    """What is open is reckoned anew from the invoices, and no limit is below it."""
    open_sum = _open_of(person_id)
    wanted: ColumnElement[int] = _L.most if most is None else func.coalesce(most, 0)
    values: dict[str, object] = {
        "used": open_sum,
        "most": case((wanted < open_sum, open_sum), else_=wanted),
        "version": _L.version + 1,
    }
    if is_open is not None:
        values["is_open"] = is_open
    tx.execute(update(CreditLine).where(_L.person_id == person_id).values(**values))


def _open_of(person_id: int) -> ColumnElement[int]:
    """The sum of somebody's invoices that are not paid."""
    summed = select(func.coalesce(func.sum(_D.amount), 0)).where(_D.person_id == person_id, _D.paid_on.is_(None))
    return summed.scalar_subquery()

"""Issuing: content and number in one transaction, once a cause. The file is made afterwards, from the content."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, exists, insert, literal, or_, select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotFound, PaperTooEarly, Refusal
from club.orders.models import Order
from club.papers import numbers
from club.papers.models import Paper, PaperContent
from club.papers.printed import printed
from club.papers.reading import Issued, issued, lines_taken_back
from club.papers.rules import (
    FOR_ORDERS,
    FOR_REFUNDS,
    Content,
    Kind,
    Part,
    Party,
    Payment,
    Referred,
    credited,
    spread_over,
)
from club.papers.sellers import party_of, seller_of
from club.papers.sources import source_of
from club.papers.stored import as_text, hash_of
from club.programme.models import the_club
from club.programme.rules import Club

A_ROUND = 50
LATELY = timedelta(days=14)
"""Orders placed longer ago are looked at only when all are."""

log = logging.getLogger("papers")


def issue_invoice_in(tx: Transaction, order_id: int, now: datetime) -> int:
    """The invoice of a settled order, or its receipt where the club's own program makes invoices; returns its id.

    Issued once: asked again it is the same. Raises `NotFound`, `PaperTooEarly`.
    """
    is_settled = _lock(tx, order_id)
    cause = f"order:{order_id}"
    found = _issued_for(tx, cause)
    if found is not None:
        return found
    if not is_settled:
        raise PaperTooEarly
    club = the_club(tx)
    seller, _ = seller_of(tx)
    source = source_of(tx, order_id, club)
    draft = Content(
        kind=FOR_ORDERS[seller.mode],
        number="",
        issued_on=club_day(now, club.time_zone),
        language=source.language,
        currency=source.currency,
        order_number=source.number,
        ordered_on=source.ordered_on,
        supplied_on=source.delivered_on,
        seller=party_of(seller, club),
        buyer=source.buyer,
        lines=source.lines,
        payment=source.payment,
        offers=source.offers,
        how_to_pay=seller.how_to_pay.into(source.language, club.main_language),
        untaxed=seller.untaxed.into(source.language, club.main_language),
    )
    return _issue_in(tx, draft, order_id, cause, None, now)


def issue_credit_note_in(
    tx: Transaction, order_id: int, cause: str, now: datetime, parts: Sequence[Part] | None = None, *,
    amount: int | None = None,
) -> int:  # fmt: skip
    """The paper that takes back these parts of an order's invoice; None: all that is left. Returns its id.

    `amount`: money without goods instead, spread over what the lines still have. Issued once a cause: asked again it
    is the same. Raises `CreditTooHigh`, `NotFound`, `PaperTooEarly`.
    """
    _lock(tx, order_id)
    found = _issued_for(tx, cause)
    if found is not None:
        return found
    invoice = issued(tx, issue_invoice_in(tx, order_id, now))
    data, before = invoice.data, lines_taken_back(tx, invoice.paper_id)
    if amount is not None:
        parts = spread_over(invoice.lines, before, amount)
    draft = Content(
        kind=FOR_REFUNDS[Kind(invoice.kind)],
        number="",
        issued_on=club_day(now, the_club(tx).time_zone),
        language=invoice.language,
        currency=invoice.currency,
        order_number=data["order_number"],
        ordered_on=date.fromisoformat(data["ordered_on"]),
        refers_to=Referred(number=invoice.number, issued_on=date.fromisoformat(data["issued_on"])),
        seller=Party(**data["seller"]),
        buyer=Party(**data["buyer"]),
        lines=credited(invoice.lines, before, parts),
        payment=Payment(by=data["payment"]["by"], code=data["payment"]["code"]),
        untaxed=data["untaxed"],
    )
    return _issue_in(tx, draft, order_id, cause, invoice, now)


def issue_due(db: Session, now: datetime, *, of_all: bool = False) -> int:
    """Issue what is due, in the order in which orders were placed, and return how many papers that were.

    One order that cannot have its paper holds up no other: it is named in the log and tried again the next time.
    """
    since = None if of_all else now - LATELY
    return sum(_issue_all(db, since, now, is_cancellation=is_cancellation) for is_cancellation in (False, True))


def _issue_all(db: Session, since: datetime | None, now: datetime, *, is_cancellation: bool) -> int:
    """Round after round behind the last one that was looked at, until `A_ROUND` are issued or none is left."""
    count, after = 0, None
    while count < A_ROUND:
        found = _due(db, since, after, is_cancellation=is_cancellation)
        db.rollback()
        for order_id, _ in found:
            count += _issue(db, order_id, now, is_cancellation=is_cancellation)
        if len(found) < A_ROUND:
            break
        after = found[-1]
    return count


def _issue(db: Session, order_id: int, now: datetime, *, is_cancellation: bool) -> bool:
    try:
        with transaction(db) as tx:
            if is_cancellation:
                issue_credit_note_in(tx, order_id, f"cancellation:{order_id}", now)
            else:
                issue_invoice_in(tx, order_id, now)
    except Refusal as refusal:
        log.error("order %s has no paper: %s", order_id, refusal.plain())
    except Exception:
        log.exception("order %s has no paper", order_id)
    else:
        return True
    return False


def _due(
    db: Session, since: datetime | None, after: tuple[int, datetime] | None, *, is_cancellation: bool
) -> list[tuple[int, datetime]]:
    """Orders that were settled and have no paper, or that were cancelled afterwards and have none for that."""
    conditions = [Order.settled_at.is_not(None), ~exists().where(_paper_for("order"))]
    if is_cancellation:
        conditions = [
            Order.settled_at.is_not(None),
            Order.state == "cancelled",
            exists().where(_paper_for("order")),
            ~exists().where(_paper_for("cancellation")),
        ]
    if since is not None:
        conditions.append(Order.placed_at >= since)
    if after is not None:
        last_id, placed_at = after
        conditions.append(or_(Order.placed_at > placed_at, and_(Order.placed_at == placed_at, Order.id > last_id)))
    rows = db.execute(
        select(Order.id, Order.placed_at).where(*conditions).order_by(Order.placed_at, Order.id).limit(A_ROUND)
    )
    return [(row.id, row.placed_at) for row in rows]


def _paper_for(kind: str) -> ColumnElement[bool]:
    return Paper.cause == literal(f"{kind}:") + cast(Order.id, String)


def _lock(tx: Transaction, order_id: int) -> bool:
    """Hold the order, so that its papers come one after the other; whether it is settled."""
    row = tx.execute(select(Order.id, Order.settled_at).where(Order.id == order_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row.settled_at is not None


def _issued_for(tx: Transaction, cause: str) -> int | None:
    return tx.scalar(select(Paper.id).where(Paper.cause == cause))


def _issue_in(
    tx: Transaction, draft: Content, order_id: int, cause: str, refers_to: Issued | None, now: datetime
) -> int:
    """Give the number last of all: its series stays locked until the commit."""
    club = the_club(tx)
    seller, _ = seller_of(tx)
    given = numbers.next_number_in(tx, seller.series_of(draft.kind, draft.issued_on.year), now)
    content = _numbered(draft, given, club)
    text = as_text({"data": content.as_data(), "printed": printed(content, club)})
    sign = -1 if content.kind.takes_back else 1
    paper_id = tx.execute(
        insert(Paper)
        .values(
            series_id=given.series_id,
            position=given.position,
            number=given.number,
            kind=content.kind,
            cause=cause,
            order_id=order_id,
            refers_to=None if refers_to is None else refers_to.paper_id,
            issued_at=given.issued_at,
            language=content.language,
            currency=content.currency,
            net=sign * content.net,
            tax=sign * content.tax,
            total=sign * content.total,
            content_hash=hash_of(text),
        )
        .returning(Paper.id)
    ).scalar_one()
    tx.execute(insert(PaperContent).values(paper_id=paper_id, content=text))
    return paper_id


def _numbered(draft: Content, given: numbers.Given, club: Club) -> Content:
    return replace(draft, number=given.number, issued_on=club_day(given.issued_at, club.time_zone))

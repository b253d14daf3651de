"""Card and statement as files, and what a member saved: sums of the ledger, one page each, small."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import record_purchase, set_rules
from club.clock import ONE_DAY
from club.database import transaction
from club.notices.saved import Saved, saved_in
from club.notices.statements import turnover
from club.offers.models import USES
from club.permissions import Role
from club.points.models import MOVEMENTS
from club.points.service import activate_due, adjust_by_hand, expire_due
from club.programme.models import the_club
from club.purchases.rules import NewPurchase
from tests.offer_world import an_offer, running
from tests.paper_world import settled_order, wine
from tests.people import SomebodyWithAccount, browser_of, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

MOST_BYTES = 30_000


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    set_rules(
        db, AllRules(bases=(BaseRate(points=2, per_amount=100, starts_on=date(2024, 1, 1)),)), None, Role.OWNER, now
    )
    return new_signed_up_member(db, now, name="Ana <Ruiz> #panic()")


@pytest.fixture
def as_ana(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


def test_the_card_page_is_small_and_its_two_prints_are_files(as_ana: FlaskClient) -> None:
    page = as_ana.get("/me/card")
    assert len(page.data) < MOST_BYTES
    for size in ("bank", "a4"):
        assert f"/me/card/{size}.pdf" in page.text
        made = as_ana.get(f"/me/card/{size}.pdf")
        assert (made.status_code, made.mimetype, made.data[:5]) == (200, "application/pdf", b"%PDF-")
        assert len(made.data) < MOST_BYTES
    assert as_ana.get("/me/card/poster.pdf").status_code == 404


def test_the_statement_of_a_period_is_a_file_and_a_wrong_period_is_explained(as_ana: FlaskClient) -> None:
    assert "/me/points.pdf?period=all" not in as_ana.get("/me/points").text
    made = as_ana.get("/me/points.pdf?period=all&kind=earned")
    assert (made.mimetype, made.data[:5]) == ("application/pdf", b"%PDF-")
    assert as_ana.get("/me/points.pdf?period=days").status_code == 422


def test_a_statement_adds_up_to_the_ledger_in_every_month(db: Session, ana: SomebodyWithAccount) -> None:
    assert ana.person_id is not None
    begins = date(2026, 1, 10)
    at = datetime(2026, 1, 10, 12, tzinfo=UTC)
    for month in range(4):
        day = begins + timedelta(days=31 * month)
        new = NewPurchase(member_id=ana.person_id, channel="counter", bought_on=day, amount=5_000 + month)
        record_purchase(db, new, None, Role.OWNER, at + timedelta(days=31 * month))
        activate_due(db, day + 20 * ONE_DAY, at + timedelta(days=31 * month + 20))
    adjust_by_hand(db, ana.person_id, -7, "A mistake", None, Role.OWNER, datetime(2026, 5, 3, 12, tzinfo=UTC))
    expire_due(db, date(2030, 1, 1), datetime(2030, 1, 2, tzinfo=UTC))
    own = MOVEMENTS.c.member_id == ana.person_id
    before = 0
    for number in range(60):
        year, month0 = divmod(number, 12)
        first = date(2026 + year, month0 + 1, 1)
        last = date(2026 + (number + 1) // 12, (number + 1) % 12 + 1, 1) - ONE_DAY
        sums = turnover(db, ana.person_id, first, last)
        assert sums.opening == before
        until = select(func.coalesce(func.sum(MOVEMENTS.c.active), 0)).where(own, MOVEMENTS.c.dated_on <= last)
        assert sums.closing == db.scalar(until)
        before = sums.closing
    whole = turnover(db, ana.person_id, None, None)
    assert (whole.opening, whole.corrected, whole.earned + whole.expired) == (0, -7, 7 + whole.closing)


@pytest.mark.broken_ledger
def test_what_was_saved_counts_prices_offers_and_points_once(
    db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    assert ana.person_id is not None
    goods = wine(db, now)
    settled_order(db, goods, now, person_id=ana.person_id)
    settled_order(db, goods, now, number=2, person_id=None)
    offer_id = running(db, an_offer(), now)
    base = {"offer_id": offer_id, "person_id": ana.person_id, "cause_kind": "purchase", "cost": 0, "used_at": now}
    with transaction(db) as tx:
        for number, (state, saves) in enumerate([("used", 300), ("held", 1_000), ("given_back", 2_000)]):
            given_back_at = now if state == "given_back" else None
            row = {"cause_id": number, "state": state, "saves": saves, "given_back_at": given_back_at}
            tx.execute(insert(USES).values(base | row))
        for number, (kind, points) in enumerate(
            [("order.spent", 500), ("order.given_back", -100), ("voucher.spent", 90)]
        ):
            tx.execute(
                insert(MOVEMENTS).values(
                    member_id=ana.person_id, kind=kind, cause_id=900 + number, dated_on=now.date(), posted_at=now,
                    redeemed=points, adjusted=-points,
                )
            )  # fmt: skip
    cheaper = 6 * (2400 - 2160) + 1 * (2400 - 1000)
    day = now.date()
    assert saved_in(db, ana.person_id, day, day) == Saved(cheaper, 300, the_club(db).worth(400))
    assert saved_in(db, ana.person_id, day + 2 * ONE_DAY, day + 9 * ONE_DAY).total == 0

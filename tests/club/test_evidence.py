"""R29: what happened before somebody fell silent stands on their case, and nothing from before or after those days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.care.models import Commitment, Interaction, Task
from club.catalogue.models import Price, Product, Variant
from club.clock import ONE_DAY
from club.database import Transaction, transaction
from club.insight.rules import Rhythm
from club.insight.service import refresh
from club.lost.evidence import MOST_A_KIND, Days, Evidence, Incident, days_before_silence, evidence_of
from club.lost.models import Case, Wanted, cases
from club.lost.service import follow
from club.messages.models import Message
from club.permissions import Role
from club.points.models import MOVEMENTS
from club.programme.rules import Club
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.texts import Texts
from club.tiers.models import LadderVersion, Status
from tests.people import new_colleague
from tests.tier_world import add_member, add_purchase

TODAY = date(2026, 6, 15)
LAST = date(2026, 1, 10)
FIRST_DAY, LAST_DAY = LAST - timedelta(days=90), LAST + timedelta(days=10)
ZONE = "Europe/Madrid"


@pytest.fixture
def case(db: Session, club: Club, now: datetime) -> Case:
    """Bought every ten days until 10 January."""
    new_colleague(db, now, Role.SHOP)
    member = add_member(db)
    for back in range(3):
        add_purchase(db, member, LAST - timedelta(days=10 * back), 100_00)
    refresh(db, TODAY, now)
    follow(db, TODAY, now)
    found = cases(db, Wanted(), TODAY, "-worth", 1, 0)[0]
    db.rollback()
    return found


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def given_back(tx: Transaction, person_id: int, on: date) -> None:
    bought = tx.scalars(select(Purchase.id).where(Purchase.member_id == person_id)).first()
    tx.execute(
        insert(Correction).values(
            purchase_id=bought, kind="return", channel="till", reference=f"B{on}", corrected_on=on, amount=40_00,
            recorded_at=noon(on),
        )
    )  # fmt: skip


def _to_do(person_id: int, on: date, what: str) -> dict[str, object]:
    return {
        "person_id": person_id, "owner_id": 1, "what": what, "due_on": on, "made_at": noon(on - ONE_DAY),
        "made_by": 1,
    }  # fmt: skip


def promise_broken(tx: Transaction, person_id: int, on: date) -> None:
    values = _to_do(person_id, on, "Six bottles by Friday")
    tx.execute(insert(Commitment).values(**values, was_told=True, state="broken", closed_at=noon(on), closed_by=1))


def promise_late(tx: Transaction, person_id: int, on: date) -> None:
    values = _to_do(person_id, on, "Ring back")
    after = noon(on + ONE_DAY)
    tx.execute(insert(Commitment).values(**values, was_told=True, state="kept", closed_at=after, closed_by=1))


def task_undone(tx: Transaction, person_id: int, on: date) -> None:
    tx.execute(insert(Task).values(**_to_do(person_id, on, "Send the list"), state="open"))


def asked_in_vain(tx: Transaction, person_id: int, on: date) -> None:
    values = {"person_id": person_id, "kind": "mail", "summary": "Where is my parcel?", "is_pinned": False, "by": 1}
    tx.execute(insert(Interaction).values(**values, direction="in", at=noon(on)))


def mail_came_back(tx: Transaction, person_id: int, on: date) -> None:
    tx.execute(
        insert(Message).values(
            act="join.welcome", addressee=f"person:{person_id}", occurrence=f"{on}", person_id=person_id,
            recipient="ana@example.org", language="es", data={}, state="sent", next_try_at=noon(on),
            message_id=f"<{on}@x>", created_at=noon(on), came_back_at=noon(on + ONE_DAY),
        )
    )  # fmt: skip


def tier_lost(tx: Transaction, person_id: int, on: date) -> None:
    version = tx.execute(
        insert(LadderVersion)
        .values(
            starts_on=date(2020, 1, 1), window="calendar_year", routes="any", validity_months=12, grace_days=0,
            fall="one_rung", created_at=noon(on),
        )
        .returning(LadderVersion.id)
    ).scalar_one()  # fmt: skip
    tx.execute(
        insert(Status).values(
            member_id=person_id, rung_key="silver", position=1, version_id=version, since=on, how="fell",
            recorded_at=noon(on), ended_on=on,
        )
    )  # fmt: skip


def points_expired(tx: Transaction, person_id: int, on: date) -> None:
    for cause, points in ((on.toordinal(), 30), (on.toordinal() * 10, 20)):
        values = {"member_id": person_id, "kind": "lot.expired", "cause_id": cause, "posted_at": noon(on)}
        tx.execute(insert(MOVEMENTS).values(**values, dated_on=on, active=-points, expired=points))


SEEDS: dict[Incident, tuple[Callable[[Transaction, int, date], None], int | None, str]] = {
    Incident.RETURNED: (given_back, 40_00, ""),
    Incident.PROMISE_BROKEN: (promise_broken, None, "Six bottles by Friday"),
    Incident.PROMISE_LATE: (promise_late, None, "Ring back"),
    Incident.TASK_UNDONE: (task_undone, None, "Send the list"),
    Incident.UNANSWERED: (asked_in_vain, None, "Where is my parcel?"),
    Incident.MAIL_CAME_BACK: (mail_came_back, None, "join.welcome"),
    Incident.TIER_LOST: (tier_lost, None, "silver"),
    Incident.POINTS_EXPIRED: (points_expired, 50, ""),
}


@pytest.mark.proves("R29")
@pytest.mark.broken_ledger  # rows are seeded one by one, without what belongs to them
@pytest.mark.parametrize("kind", list(SEEDS))
def test_an_incident_in_the_days_before_the_silence_stands_on_the_case_and_one_outside_does_not(
    db: Session, case: Case, kind: Incident
) -> None:
    seed, number, words = SEEDS[kind]
    days = days_before_silence(case, Rhythm(), ZONE)
    assert (days.first, days.last) == (FIRST_DAY, LAST_DAY)
    with transaction(db) as tx:
        for on in (FIRST_DAY - ONE_DAY, LAST_DAY + ONE_DAY):
            seed(tx, case.person_id, on)
    assert evidence_of(db, case.person_id, days) == []
    db.rollback()
    with transaction(db) as tx:
        for on in (FIRST_DAY, LAST_DAY):
            seed(tx, case.person_id, on)
    assert evidence_of(db, case.person_id, days) == [
        Evidence(kind, LAST_DAY, number, words), Evidence(kind, FIRST_DAY, number, words)
    ]  # fmt: skip
    assert evidence_of(db, add_member(db), days) == []


@pytest.mark.proves("R29")
def test_what_was_done_in_time_is_nothing_against_us_by_the_clock_of_the_club(db: Session, case: Case) -> None:
    """A promise kept at 23:30 in Madrid is in time; half an hour after midnight it is a day late."""
    days = days_before_silence(case, Rhythm(), ZONE)
    in_time = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    for closed_at in (in_time, in_time + timedelta(hours=1)):
        with transaction(db) as tx:
            tx.execute(
                insert(Commitment).values(
                    **_to_do(case.person_id, date(2026, 1, 5), f"{closed_at:%H}"), was_told=True, state="kept",
                    closed_at=closed_at, closed_by=1,
                )
            )  # fmt: skip
    answered = {"person_id": case.person_id, "is_pinned": False, "by": 1, "kind": "call", "summary": "x"}
    with transaction(db) as tx:
        tx.execute(insert(Interaction).values(**answered, direction="in", outcome="reached", at=noon(LAST)))
        tx.execute(insert(Interaction).values(**answered, direction="in", outcome="call_back", at=noon(LAST)))
        tx.execute(insert(Interaction).values(**answered, direction="out", at=noon(LAST + ONE_DAY)))
        mail = {**answered, "kind": "mail"}
        tx.execute(insert(Interaction).values(**mail, direction="in", at=noon(date(2025, 11, 1))))
        tx.execute(insert(Interaction).values(**mail, direction="out", at=noon(date(2025, 11, 9))))
    assert evidence_of(db, case.person_id, days) == [
        Evidence(Incident.PROMISE_LATE, date(2026, 1, 5), None, "23"),
        Evidence(Incident.UNANSWERED, date(2025, 11, 1), None, "x"),
    ]


@pytest.mark.broken_ledger  # as above
def test_the_rule_says_how_far_it_is_looked_back_and_the_list_has_an_end(
    db: Session, case: Case, now: datetime
) -> None:
    near = days_before_silence(case, Rhythm(looked_back_days=5), ZONE)
    assert near == Days(LAST - timedelta(days=5), LAST_DAY, ZONE)
    without_rhythm = days_before_silence(replace(case, usual_gap_days=None), Rhythm(), ZONE)
    assert without_rhythm.last == case.opened_on
    with transaction(db) as tx:
        for _ in range(MOST_A_KIND + 3):
            task_undone(tx, case.person_id, LAST)
        given_back(tx, case.person_id, LAST)
    found = [one.kind for one in evidence_of(db, case.person_id, near)]
    assert (found.count(Incident.TASK_UNDONE), found.count(Incident.RETURNED)) == (MOST_A_KIND, 1)


@pytest.mark.proves("R29")
def test_a_price_of_something_they_bought_that_went_up_in_those_days_stands_on_the_case(
    db: Session, case: Case, now: datetime
) -> None:
    days = days_before_silence(case, Rhythm(), ZONE)
    with transaction(db) as tx:
        bought = tx.scalars(select(Purchase.id).where(Purchase.member_id == case.person_id)).first()
        tx.execute(insert(PurchaseLine).values(purchase_id=bought, position=1, quantity=1, amount=9_00, sku="RIOJA-1"))
        for sku in ("RIOJA-1", "NOBODY-BOUGHT"):
            product_id = _product(tx, sku, now)
            for on, amount in (
                (FIRST_DAY - ONE_DAY, 9_00),
                (FIRST_DAY, 8_00),
                (LAST, 10_00),
                (LAST_DAY + ONE_DAY, 12_00),
            ):
                tx.execute(
                    insert(Price).values(
                        product_id=product_id, kind="base", min_quantity=1, amount=amount, from_on=on, set_at=now
                    )
                )
    assert evidence_of(db, case.person_id, days) == [
        Evidence(Incident.PRICE_RISEN, LAST, 10_00, "RIOJA-1", before=8_00)
    ]


def _product(tx: Transaction, sku: str, now: datetime) -> int:
    product = Product(
        name=Texts({"en": sku}),
        short=Texts({}),
        description=Texts({}),
        slugs=Texts({}),
        state="draft",
        tax_class="standard",
        takes_tier_discount=True,
        options=[],
        made_at=now,
        changed_at=now,
    )
    tx.add(product)
    tx.flush()
    tx.execute(
        insert(Variant).values(
            product_id=product.id, position=1, sku=sku, sku_key=sku, choices={}, choice_key="", content=0,
            weight_grams=0, sold_in=1, is_active=True,
        )
    )  # fmt: skip
    return product.id


@pytest.mark.proves("R29")
def test_all_of_it_is_one_statement(db: Session, case: Case, count_queries) -> None:  # type: ignore[no-untyped-def]
    days = days_before_silence(case, Rhythm(), ZONE)
    db.rollback()
    with count_queries() as queries:
        evidence_of(db, case.person_id, days)
    assert len(queries) == 1

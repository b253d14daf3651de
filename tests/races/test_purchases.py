"""Clerks at several tills at once, each a process of its own, on both databases."""

from collections.abc import Callable
from datetime import date, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from club.accrual import service
from club.accrual.rules import AllRules, BaseRate, Cap, Period
from club.database import Base, make_engine, sessions, transaction
from club.errors import Refusal
from club.members.rules import NewPerson
from club.members.service import new_member
from club.permissions import Role
from club.points.models import BALANCES, MOVEMENTS, balance_of
from club.points.service import open_account
from club.programme.rules import Club
from club.purchases.models import Correction, Purchase, bought, lines_of
from club.purchases.rules import NewLine, NewPurchase, ReturnOf, given_back
from club.purchases.service import write_correction
from club.texts import Texts
from club.tiers.models import status_of
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.processes import processes

pytestmark = pytest.mark.races

TODAY = date(2026, 6, 15)
TILLS = 4
AT_MOST_SECONDS = 120

Till = Callable[[Session, int, datetime], Any]

_meetings: list[Barrier] = []


def meet_the_others() -> None:
    """For acts that go wrong because everybody looks before anybody writes: nobody goes on before all are here."""
    _meetings[-1].wait(AT_MOST_SECONDS / 2)


def _till(url: str, number: int, now: datetime, act: Till, line: Connection, meeting: Barrier) -> None:
    """One process: wait until all are ready, then act; say what came of it."""
    _meetings.append(meeting)
    engine = make_engine(url)
    with sessions(engine)() as db:
        db.execute(select(1))
        db.rollback()
        line.send("ready")
        line.recv()
        try:
            line.send(act(db, number, now))
        except Refusal as refusal:
            line.send(type(refusal).__name__)
    engine.dispose()


def at_all_tills(url: str, now: datetime, act: Till) -> list[Any]:
    """What each till answered, the tills having begun together."""
    forking = processes()
    meeting = forking.Barrier(TILLS)
    lines, tills = [], []
    for number in range(TILLS):
        ours, theirs = forking.Pipe()
        till = forking.Process(target=_till, args=(url, number, now, act, theirs, meeting), daemon=True)
        till.start()
        lines.append(ours)
        tills.append(till)
    try:
        for line in lines:
            assert line.poll(AT_MOST_SECONDS), "a till did not open"
            line.recv()
        for line in lines:
            line.send("go")
        answers = []
        for line in lines:
            assert line.poll(AT_MOST_SECONDS), "a till did not answer"
            answers.append(line.recv())
        return answers
    finally:
        for till in tills:
            till.join(5)
            if till.is_alive():
                till.kill()


@pytest.fixture
def emma(db: Session, club: Club, now: datetime) -> int:
    rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
    service.set_rules(db, AllRules(bases=(rate,)), None, Role.OWNER, now)
    with transaction(db) as tx:
        person = NewPerson(full_name="Emma", language="en", source="counter")
        member_id = new_member(tx, person, None, date(2025, 1, 1), now)
        open_account(tx, member_id)
    return member_id


def _sale(reference: str | None, amount: int, quantity: int = 0) -> NewPurchase:
    lines = (NewLine(amount=amount, quantity=quantity),) if quantity else ()
    return NewPurchase(
        member_id=1, channel="counter", reference=reference, bought_on=TODAY, amount=amount, lines=lines
    )  # fmt: skip


def _record(db: Session, new: NewPurchase, now: datetime) -> int:
    return service.record_purchase(db, new, None, Role.SHOP, now).points


def _give_back(db: Session, now: datetime, **what: Any) -> int:
    wanted = ReturnOf(channel="counter", reference="R1", corrected_on=TODAY, **what)
    return service.record_return(db, wanted, None, Role.SHOP, now).points


def _same_receipt(db: Session, till: int, now: datetime) -> int:
    return _record(db, _sale("R1", 1000), now)


def _whole_return(db: Session, till: int, now: datetime) -> int:
    return _give_back(db, now)


def _return_of_400(db: Session, till: int, now: datetime) -> int:
    return _give_back(db, now, amount=400)


def _return_of_one_unit(db: Session, till: int, now: datetime) -> int:
    return _give_back(db, now, lines=((1, 1),))


def _small_sale(db: Session, till: int, now: datetime) -> int:
    return _record(db, _sale(f"T{till}", 3000), now)


def _five_sales_in_a_row(db: Session, till: int, now: datetime) -> int:
    return sum(_record(db, _sale(f"T{till}-{number}", 1000), now) for number in range(5))


def _sale_with_points(db: Session, till: int, now: datetime) -> str:
    with transaction(db) as tx:
        service.record_sale_in(tx, _sale(f"P{till}", 1000), 100, None, now)
    return "used"


@pytest.mark.proves("F-02")
def test_one_receipt_at_four_tills_is_one_purchase(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _same_receipt)
    assert sorted(answers, key=str) == [10, "ReferenceTaken", "ReferenceTaken", "ReferenceTaken"]
    assert db.scalar(select(func.count()).select_from(Purchase)) == 1
    assert db.scalar(select(BALANCES.c.active)) == 10


def test_one_purchase_is_given_back_once(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    _record(db, _sale("R1", 1000), now)
    answers = at_all_tills(database_url, now, _whole_return)
    assert sorted(answers, key=str) == [10, "MoreThanBought", "MoreThanBought", "MoreThanBought"]
    assert bought(db, "counter", "R1").net_amount == 0
    assert db.execute(select(BALANCES.c.active, BALANCES.c.debt)).one() == (0, 0)


def test_parts_that_are_more_than_the_whole_are_refused_one_by_one(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    _record(db, _sale("R1", 1000), now)
    answers = at_all_tills(database_url, now, _return_of_400)
    assert sorted(answers, key=str) == [4, 4, "MoreThanBought", "MoreThanBought"]
    assert bought(db, "counter", "R1").net_amount == 200


def test_three_units_are_given_back_three_times(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    _record(db, _sale("R1", 1000, quantity=3), now)
    answers = at_all_tills(database_url, now, _return_of_one_unit)
    assert answers.count("MoreUnitsThanBought") + answers.count("MoreThanBought") == 1
    assert sum(answer for answer in answers if isinstance(answer, int)) == 10
    assert bought(db, "counter", "R1").net_amount == 0


def test_a_cap_holds_at_all_tills_together(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    cap = Cap(points=50, period=Period.DAY, starts_on=date(2024, 1, 1))
    service.add_rule(db, cap, None, Role.OWNER, now)
    assert sorted(at_all_tills(database_url, now, _small_sale)) == [0, 0, 20, 30]


@pytest.mark.proves("F-04")
def test_one_balance_pays_at_one_till(db: Session, emma: int, engine: Engine, database_url: str, now: datetime) -> None:
    _record(db, _sale("R1", 10_000), now)
    answers = at_all_tills(database_url, now, _sale_with_points)
    assert sorted(answers) == ["NotEnoughPoints"] * 3 + ["used"]
    assert db.scalar(select(func.count()).select_from(Purchase)) == 2
    assert db.execute(select(BALANCES.c.active, BALANCES.c.held)).one() == (9, 0)


def test_the_rung_is_reached_when_each_till_brought_a_part(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    rungs = (Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), spend=20_000))
    set_ladder(db, Ladder(rungs), date(2024, 1, 1), None, now)
    assert at_all_tills(database_url, now, _five_sales_in_a_row) == [50] * TILLS
    assert status_of(db, emma, TODAY).key == "gold"
    assert db.scalar(select(BALANCES.c.active)) == 200
    assert db.scalar(select(func.count()).select_from(MOVEMENTS)) == 20


# --- the same without the lock, which must go wrong


def _return_without_a_lock(db: Session, till: int, now: datetime) -> int:
    """Look first, without holding the purchase; then write what was decided, and trust it."""
    wanted = ReturnOf(channel="counter", reference="R1", corrected_on=TODAY)
    original = bought(db, "counter", "R1")
    back = given_back(original, lines_of(db, original.id), wanted)
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        tx.execute(
            insert(Base.metadata.tables["correction"]), _as_row(original.id, back.amount, back.points, till, now)
        )
    return back.points


def _as_row(purchase_id: int, amount: int, points: int, till: int, now: datetime) -> dict[str, Any]:
    return {
        "purchase_id": purchase_id,
        "kind": "return",
        "channel": "counter",
        "reference": f"B{till}",
        "corrected_on": TODAY,
        "amount": amount,
        "points": points,
        "qualifying_points": points,
        "recorded_at": now,
    }


def _sale_with_points_without_a_lock(db: Session, till: int, now: datetime) -> str:
    """Look at the balance first, without holding it; then sell for less and write what is left of it."""
    have = balance_of(db, 1, TODAY).active
    db.rollback()
    meet_the_others()
    if have < 100:
        return "NotEnoughPoints"
    _record(db, _sale(f"P{till}", 900), now)
    with transaction(db) as tx:
        tx.execute(update(BALANCES).values(active=have - 100))
    return "used"


@pytest.mark.broken_ledger
def test_without_the_lock_one_balance_pays_at_all_tills(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    _record(db, _sale("R1", 10_000), now)
    assert at_all_tills(database_url, now, _sale_with_points_without_a_lock) == ["used"] * TILLS


@pytest.mark.broken_ledger
def test_without_lock_and_guard_a_purchase_is_given_back_several_times(
    db: Session, emma: int, engine: Engine, database_url: str, now: datetime
) -> None:
    _record(db, _sale("R1", 1000), now)
    assert at_all_tills(database_url, now, _return_without_a_lock) == [10] * TILLS
    assert db.scalar(select(func.sum(Correction.amount))) == 4000


def test_the_guard_alone_refuses_what_an_old_look_would_take(db: Session, emma: int, now: datetime) -> None:
    _record(db, _sale("R1", 1000), now)
    wanted = ReturnOf(channel="counter", reference="R1", corrected_on=TODAY)
    original = bought(db, "counter", "R1")
    back = given_back(original, [], wanted)
    _give_back(db, now, amount=1)
    with pytest.raises(Refusal), transaction(db) as tx:
        write_correction(tx, original, wanted, back, by=None, now=now)
    assert bought(db, "counter", "R1").net_amount == 999

"""A till in a process of its own.

It says when it is ready, waits for a word, acts at random for so many seconds, and says what it was told had happened.
`way` takes a guard away, for tests that must then fail.
"""

import random
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection as Line

from sqlalchemy import Connection, Engine, bindparam, event, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from club import database
from club.database import make_engine, sessions, transaction
from club.errors import NotEnoughPoints
from club.points import service
from club.points.models import BALANCES
from club.points.rules import Earned, Legs
from club.points.service import posting

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
TODAY = date(2026, 6, 15)


class Till:
    """One process's acts. Causes are numbered apart by its seed."""

    def __init__(self, db: Session, seed: int) -> None:
        self._db = db
        self._cause = seed * 1_000_000
        self.random = random.Random(seed)
        self.acknowledged: Counter[str] = Counter()

    def next_cause(self) -> int:
        self._cause += 1
        return self._cause

    def redeem(self, member_id: int, points: int) -> None:
        with transaction(self._db) as tx:
            hold_id = service.hold(tx, member_id, "order", self.next_cause(), points, TODAY, NOW)
            service.spend_hold(tx, hold_id, TODAY, NOW)
        self.acknowledged["redeemed"] += points

    def set_aside(self, member_id: int, points: int) -> None:
        with transaction(self._db) as tx:
            hold_id = service.hold(tx, member_id, "order", self.next_cause(), points, TODAY, NOW)
        self.acknowledged["held"] += points
        if self.random.random() < 0.7:
            with transaction(self._db) as tx:
                service.release(tx, hold_id, TODAY, NOW)
            self.acknowledged["held"] -= points

    def earn(self, member_id: int, points: int) -> None:
        earned = Earned(member_id, "gift.earned", self.next_cause(), points, TODAY, TODAY, None)
        with transaction(self._db) as tx:
            service.earn(tx, earned, TODAY, NOW)
        self.acknowledged["issued"] += points

    def move_on(self, member_id: int, receiver_id: int, points: int) -> None:
        """Take from one member and give to another, all or nothing."""
        with transaction(self._db) as tx:
            for who in sorted((member_id, receiver_id)):
                posting.lock_balance(tx, who)
            hold_id = service.hold(tx, member_id, "transfer", self.next_cause(), points, TODAY, NOW)
            service.spend_hold(tx, hold_id, TODAY, NOW)
            earned = Earned(receiver_id, "transfer.earned", self.next_cause(), points, TODAY, TODAY, None)
            service.earn(tx, earned, TODAY, NOW)
        self.acknowledged.update(redeemed=points, issued=points)

    def expire_a_lot(self) -> None:
        """A night, on a day on which a lot ends that was given the moment before."""
        members = self._db.scalars(select(BALANCES.c.member_id)).all()
        earned = Earned(self.random.choice(members), "brief.earned", self.next_cause(), 7, TODAY, TODAY, TODAY)
        with transaction(self._db) as tx:
            service.earn(tx, earned, TODAY, NOW)
        self.acknowledged["expired"] += service.expire_due(self._db, TODAY, NOW)

    def redeem_naively(self, member_id: int, points: int) -> None:
        """Read, decide, write: what nobody may do."""
        has = self._db.execute(select(BALANCES.c.active).where(BALANCES.c.member_id == member_id)).scalar_one()
        self._db.rollback()
        if has < points:
            raise NotEnoughPoints(have=has, need=points)
        time.sleep(0.001)
        with transaction(self._db) as tx:
            act = posting.Act(member_id, "naive.spent", self.next_cause(), TODAY, NOW)
            posting.post(tx, act, Legs(active=-points, redeemed=points))
            tx.execute(update(BALANCES).where(BALANCES.c.member_id == member_id).values(active=has - points))
        self.acknowledged["redeemed"] += points

    def act(self, way: str, members: list[int]) -> None:
        who, other = self.random.sample(members, 2)
        points = self.random.randint(1, 120)
        if way == "naive":
            self.redeem_naively(who, points)
            return
        dice = self.random.random()
        if dice < 0.4:
            self.redeem(who, points)
        elif dice < 0.6:
            self.set_aside(who, points)
        elif dice < 0.8:
            self.move_on(who, other, points)
        else:
            self.earn(who, points // 3)


def _no_turn(db: Session) -> AbstractContextManager[None]:
    return nullcontext()


def take_the_locks_away(engine: Engine) -> None:
    """Only for tests that must fail: no turns and no BEGIN IMMEDIATE on SQLite, no FOR UPDATE on PostgreSQL."""
    database._turn_of = _no_turn
    if engine.dialect.name == "sqlite":
        event.remove(engine, "begin", database._begin_sqlite)
        event.listen(engine, "begin", _begin_deferred)
    posting._LOCK = _UNLOCKED


_UNLOCKED = select(*(BALANCES.c[name] for name in posting.Have._fields)).where(
    BALANCES.c.member_id == bindparam("member_id")
)


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")


def work(line: Line, url: str, way: str, seed: int, seconds: float, members: list[int]) -> None:
    """Act until the time is over; send what was acknowledged, refused, and went wrong."""
    engine = make_engine(url)
    if way == "unlocked":
        take_the_locks_away(engine)
    with sessions(engine)() as db:
        till = Till(db, seed)
        db.execute(select(1))
        db.rollback()
        line.send("ready")
        line.recv()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if way == "last_points":
                    till.redeem(members[0], 100)
                elif way == "night":
                    till.expire_a_lot()
                else:
                    till.act(way, members)
                till.acknowledged["acts"] += 1
            except NotEnoughPoints:
                till.acknowledged["refused"] += 1
                if way == "last_points":
                    break
            except DatabaseError:
                till.acknowledged["failed"] += 1
    engine.dispose()
    line.send(till.acknowledged)

"""Counted tries. They stand in the database, so that a limit holds over all processes and restarts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from club.accounts.models import Attempt
from club.accounts.rules import EVERYBODY, LIMITS
from club.database import Transaction, is_sqlite
from club.errors import TooManyTries


@dataclass(frozen=True)
class Try:
    """One thing that is counted: a scope of `LIMITS` and who or what is tried."""

    scope: str
    key: str

    @property
    def digest(self) -> bytes:
        """The key as it is stored: addresses and numbers do not stand in the table."""
        return sha256(f"{self.scope}\0{self.key}".encode()).digest()


def count_tries(tx: Transaction, tries: list[Try], now: datetime, about_id: int | None = None) -> None:
    """Count each, or raise `TooManyTries` and count none. Two at once are counted one after the other.

    `about_id`: what is tried, where it may turn out later that it was tried more often (`count_again`).
    """
    wanted = sorted(tries, key=lambda one: one.digest)
    for one in wanted:
        _lock(tx, one)
    waits = [_wait_seconds(tx, one, now) for one in wanted]
    if any(waits):
        raise TooManyTries(max(waits))
    row = {"at": now, "about_id": about_id}
    tx.execute(insert(Attempt), [{"scope": one.scope, "key": one.digest, **row} for one in wanted])


def count_again(tx: Transaction, scopes: Collection[str], about_id: int, now: datetime) -> None:
    """It was tried once more by those who began it; nobody is refused here, the next `count_tries` will."""
    who = select(Attempt.scope, Attempt.key).where(Attempt.scope.in_(scopes), Attempt.about_id == about_id).distinct()
    rows = [{"scope": scope, "key": key, "at": now, "about_id": about_id} for scope, key in tx.execute(who)]
    if rows:
        tx.execute(insert(Attempt), rows)


def forget_tries(tx: Transaction, tries: list[Try]) -> None:
    """Forget the tries of somebody who turned out to be right."""
    for one in tries:
        tx.execute(delete(Attempt).where(Attempt.scope == one.scope, Attempt.key == one.digest))


def take_back(tx: Transaction, one: Try, now: datetime) -> None:
    """Forget the one try of this moment."""
    tx.execute(delete(Attempt).where(Attempt.scope == one.scope, Attempt.key == one.digest, Attempt.at == now))


def everybody(scope: str) -> Try:
    """The count over all of the club."""
    return Try(scope, EVERYBODY)


def from_address(scope: str, address: str) -> Try:
    """The count of one network address; of IPv6 the network of one household (/64) is one address."""
    return Try(scope, ":".join(address.split(":")[:4]) if ":" in address else address)


def may_try(db: Session, one: Try, now: datetime) -> bool:
    """Whether it has not been tried too often; nothing is counted."""
    return not _wait_seconds(db, one, now)


def _wait_seconds(tx: Session, one: Try, now: datetime) -> int:
    limit = LIMITS[one.scope]
    counted = select(Attempt.at).where(
        Attempt.scope == one.scope, Attempt.key == one.digest, Attempt.at > now - limit.window
    )
    blocking = tx.scalar(counted.order_by(Attempt.at.desc()).offset(limit.most - 1).limit(1))
    if blocking is None:
        return 0
    return max(1, round((blocking + limit.window - now).total_seconds()))


def _lock(tx: Transaction, one: Try) -> None:
    """SQLite has one writer at a time anyhow; PostgreSQL is asked to wait for others at the same key."""
    if not is_sqlite(tx) and one.key != EVERYBODY:
        tx.execute(select(func.pg_advisory_xact_lock(int.from_bytes(one.digest[:8], signed=True))))

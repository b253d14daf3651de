"""What the stand-in remembers: objects by id, answers by idempotency key. In a file it outlives a restart."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Thing = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS thing (serial INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS kept_answer (key TEXT PRIMARY KEY, kept_at INTEGER, asked TEXT, status INTEGER, body TEXT);
"""

KEPT_SECONDS = 24 * 3600
"""Stripe promises to know a key so long; the stand-in knows it no longer, so that nobody relies on more."""


@dataclass(frozen=True)
class Answer:
    """What was answered under a key, and to what."""

    asked: str
    status: int
    body: str


class State:
    """One account's objects. `turn()` is one change, whole or not at all, and one at a time."""

    def __init__(self, file: str = ":memory:") -> None:
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_TABLES)
        self._lock = threading.RLock()
        self._depth = 0
        self.ahead_seconds = 0

    def now(self) -> int:
        """Seconds since 1970, or later if the clock was put forward."""
        return int(time.time()) + self.ahead_seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._connection.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                if self._depth == 1:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def keep(self, thing: Thing) -> Thing:
        """Write a new or a changed object."""
        self._connection.execute(
            "INSERT INTO thing (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (thing["id"], thing["object"], json.dumps(thing)),
        )
        return thing

    def find(self, kind: str, thing_id: str) -> Thing | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM thing WHERE id = ? AND kind = ?", (thing_id, kind)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def latest(self, kind: str) -> list[Thing]:
        """All of a kind, latest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT body FROM thing WHERE kind = ? ORDER BY serial DESC", (kind,)
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def answer_to(self, key: str) -> Answer | None:
        row = self._connection.execute(
            "SELECT asked, status, body FROM kept_answer WHERE key = ? AND kept_at > ?",
            (key, self.now() - KEPT_SECONDS),
        ).fetchone()
        return Answer(*row) if row else None

    def remember(self, key: str, answer: Answer) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO kept_answer (key, kept_at, asked, status, body) VALUES (?, ?, ?, ?, ?)",
            (key, self.now(), answer.asked, answer.status, answer.body),
        )

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def shown(thing: Thing) -> Thing:
    """As Stripe shows it: what begins with _ is the stand-in's own."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}

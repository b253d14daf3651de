"""Whoever works on a run says so now and then: that keeps it theirs, shows how far it is, and hears what is asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from club.database import transaction
from club.imports.models import RUNS
from club.imports.rules import LEASE

SECONDS_BETWEEN = 1.0


class Interrupted(Exception):
    """The work ends before its end; what is in stays in."""


class StopAsked(Interrupted):
    """Somebody pressed stop."""


class WorkerEnds(Interrupted):
    """This worker has to end; another one goes on."""


class TakenOver(Interrupted):
    """Another worker has this run by now."""


@dataclass
class Watch:
    """The hold on one run, in a session of its own. Called as the `Progress` of an import, between its transactions."""

    make_session: sessionmaker[Session]
    run_id: int
    claim: int
    clock: Callable[[], datetime]
    is_stopping: Callable[[], bool]
    _step: str = ""
    _said: float = field(default=0.0)

    def __call__(self, step: str, done: int, of: int) -> None:
        """Renew the lease and tell how far it is. Raises what interrupts the work."""
        if self.is_stopping():
            raise WorkerEnds
        moment = time.monotonic()
        if step == self._step and moment - self._said < SECONDS_BETWEEN and done < of:
            return
        is_new, self._step, self._said = step != self._step, step, moment
        now = self.clock()
        values: dict[str, Any] = {
            "step": step, "step_done": done, "step_of": of, "seen_at": now, "leased_until": now + LEASE,
        }  # fmt: skip
        if is_new:
            values["step_began_at"] = now
        with self.make_session() as db, transaction(db) as tx:
            held = update(RUNS).where(RUNS.c.id == self.run_id, RUNS.c.claims == self.claim)
            is_stop_asked = tx.execute(held.values(values).returning(RUNS.c.is_stop_asked)).scalar_one_or_none()
        if is_stop_asked is None:
            raise TakenOver
        if is_stop_asked:
            raise StopAsked

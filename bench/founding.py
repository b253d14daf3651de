"""The clubs that are measured: their rules, their ladder, and the child processes that do one step each."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from club.accrual.rules import BaseRate
from club.accrual.service import default_rules
from club.programme.service import defaults, set_up
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Step:
    """What a child process did: how long, with how much memory, and what came of it."""

    seconds: float
    peak_mb: float
    said: dict[str, Any]


def ladder(*asked: tuple[int, int]) -> Ladder:
    """Member, then one rung for each pair of spend (minor units) and purchases."""
    keys = ("silver", "gold", "platinum")
    above = [
        Rung(key, Texts({"en": key.title()}), spend=spend, purchases=purchases)
        for key, (spend, purchases) in zip(keys, asked, strict=True)
    ]
    return Ladder((Rung("member", Texts({"en": "Member"})), *above))


CDNOW_LADDER = ladder((50_00, 3), (150_00, 6), (400_00, 15))
LARGE_LADDER = ladder((600_00, 6), (1_200_00, 12), (2_500_00, 25))


def found_club(db: Session, valid_from: date, rungs: Ladder, points_per_euro: int, now: datetime) -> None:
    """An empty club that earns from its first day."""
    set_up(db, defaults(valid_from), now)
    rate = BaseRate(points=points_per_euro, per_amount=100, starts_on=valid_from)
    default_rules(db, rate, 0, valid_from, now)
    set_ladder(db, rungs, valid_from, None, now)


def run_step(name: str, *arguments: str) -> Step:
    """One step of `bench.steps` in a process of its own."""
    command: Sequence[str] = [sys.executable, "-m", "bench.steps", name, *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        written = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"the step {name} failed")
    said = json.loads(written)
    peak_kb = said.pop("peak_kb") or usage.ru_maxrss
    return Step(said.pop("seconds"), peak_kb / 1024, said)


def environment(**more: str) -> dict[str, str]:
    """This process' environment without the settings of a club that may be in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CLUB_")} | more

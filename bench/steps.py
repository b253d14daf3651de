"""`python -m bench.steps STEP …`: one measured step in a process of its own, so that its memory is its own.

Prints one JSON object: seconds, the most memory that this process ever had, and what came of the step.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bench.bare import write_again
from club import night
from club.accrual.importing import PurchaseFile, import_purchases
from club.database import make_engine, sessions
from club.intake.complaints import Complaints
from club.permissions import Role
from club.points.service import expire_due
from club.points.verify import counts, violations
from club.programme.models import the_club
from club.tiers.service import reassess_all

PATIENCE_SECONDS = 600


def take_in(db: Session, file: str) -> dict[str, Any]:
    """The import as `flask purchases import --create-members` does it."""
    complaints = Complaints()
    wanted = PurchaseFile(path=Path(file), creates_members=True)
    imported = import_purchases(db, wanted, None, Role.OWNER, datetime.now(UTC), complaints)
    complaints.close()
    return dict(imported.counts)


def reassess(db: Session, day: str) -> dict[str, Any]:
    """`flask tiers reassess --as-of`."""
    return asdict(reassess_all(db, date.fromisoformat(day), datetime.now(UTC)))


def verify(db: Session) -> dict[str, Any]:
    """`flask points verify`."""
    return {**asdict(counts(db)), "violations": len(violations(db))}


def expire(db: Session) -> dict[str, Any]:
    """What the first night after an import of old purchases does."""
    now = datetime.now(UTC)
    return {"lots": expire_due(db, night.last_closed_day(the_club(db), now), now)}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "import": take_in,
    "reassess": reassess,
    "verify": verify,
    "expire": expire,
}


def main(step: str, url: str, *arguments: str) -> None:
    if step == "bare":
        said = write_again(url, *arguments)
    else:
        engine = make_engine(url, statement_timeout_seconds=PATIENCE_SECONDS)
        with sessions(engine)() as db:
            begun = time.perf_counter()
            said = STEPS[step](db, *arguments)
            said["seconds"] = time.perf_counter() - begun
        engine.dispose()
    print(json.dumps({**said, "peak_kb": _peak_kb()}))


def _peak_kb() -> int | None:
    """Linux tells it exactly; what `wait4` says there begins with the memory of the parent."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Imports a file in a process of its own and kills itself with SIGKILL at the nth thing that it does to the database.

Arguments: address, file, n (0: to the end, then print how many things there were).
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event

from club.accrual.importing import PurchaseFile, bought, given_back, import_purchases
from club.database import make_engine, sessions
from club.intake import staging
from club.intake.complaints import Complaints
from club.permissions import Role

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def main(url: str, file: str, last: int) -> None:
    staging.BATCH, bought.BATCH, given_back.BATCH = 40, 30, 4
    engine = make_engine(url)
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    with sessions(engine)() as db:
        wanted = PurchaseFile(path=Path(file), creates_members=True)
        import_purchases(db, wanted, None, Role.OWNER, NOW, Complaints())
    sys.stdout.write(str(done))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

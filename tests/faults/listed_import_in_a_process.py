"""Works on imports in a process of its own and kills itself with SIGKILL at the nth thing that it does to the database.

Arguments: address, folder, n (0: to the end, then print how many things there were), moment.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import event

import club.tables  # noqa: F401 - an undo asks every table that names a person, as in the worker
from club.accrual.importing import bought, given_back
from club.database import make_engine, sessions
from club.imports.service import Hands, take_up
from club.imports.service.undoing import people, purchases
from club.intake import staging


def main(url: str, folder: str, last: int, moment: str) -> None:
    staging.BATCH, bought.BATCH, given_back.BATCH = 40, 30, 4
    purchases.BATCH, purchases.RETURNS_BATCH, people.BATCH = 30, 4, 7
    engine = make_engine(url)
    now = datetime.fromisoformat(moment)
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    while take_up(Hands(sessions(engine), Path(folder), lambda: now)):
        pass
    sys.stdout.write(str(done))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])

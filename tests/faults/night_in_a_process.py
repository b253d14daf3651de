"""Runs the nights in a process of its own and kills itself with SIGKILL at the nth thing that it does to the database.

Arguments: address, n (0: to the end, then print how many things there were).
"""

import os
import signal
import sys

from sqlalchemy import event

from club import night
from club.database import make_engine, sessions
from tests.night_world import LAST, closing


def main(url: str, last: int) -> None:
    engine = make_engine(url)
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    night.run(sessions(engine), LAST, closing(LAST))
    sys.stdout.write(str(done))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""Makes the figures that were asked for in a process of its own, which kills itself at the nth thing that it does.

Arguments: address, n (0: to the end, then print how many things there were).
"""

import os
import signal
import sys

from sqlalchemy import event

from club.database import make_engine, sessions
from club.insight.on_request import make_asked
from club.lost.service import follow
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
    with sessions(engine)() as db:
        assert make_asked(db, closing(LAST), follow)
    sys.stdout.write(str(done))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

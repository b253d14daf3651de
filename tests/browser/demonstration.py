"""The club that the browser tests walk through: the demonstration club, made once and kept."""

import fcntl
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import event

from club.accounts.sealing import Seal
from club.database import make_engine, sessions
from demo.load import load
from tests.browser.server import SECRET_KEY
from tests.databases import ROOT, migrate

CACHE = ROOT / ".cache"
"""`make test` begins with an empty one; a single test run takes what is there."""


def demonstration_file() -> Path:
    """An SQLite file to be copied. Several processes that ask at once wait for the first."""
    CACHE.mkdir(exist_ok=True)
    file = CACHE / f"demonstration-{_fingerprint(datetime.now(UTC).date())}.sqlite"
    with (CACHE / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            for older in CACHE.glob("demonstration-*"):
                older.unlink()
            unfinished = CACHE / "demonstration-unfinished.sqlite"
            migrate(f"sqlite:///{unfinished}")
            _fill(f"sqlite:///{unfinished}")
            unfinished.rename(file)
    return file


def _fill(url: str) -> None:
    """As of today; who to sign in as is in demo/cast.py. A file that is thrown away need not survive a power cut."""
    engine = make_engine(url)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    load(sessions(engine), Seal([SECRET_KEY]), datetime.now(UTC), lambda _percent: None)
    engine.dispose()


def _fingerprint(today: date) -> str:
    """Changes with the day, the tables and the demonstration."""
    sources = sorted([*ROOT.glob("migrations/versions/*.py"), *ROOT.glob("demo/*.py")])
    parts = [today.isoformat().encode(), SECRET_KEY.encode(), *(path.read_bytes() for path in sources)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

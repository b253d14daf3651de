"""`make run`: the demonstration club on this machine. Makes it at the first start, keeps it afterwards."""

import os
import secrets
import signal
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyotp
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from club.accounts.models import Account
from club.accounts.sealing import Seal
from club.database import make_engine, sessions
from club.programme.models import find_club
from club.settings import Settings, UnsafeSettings
from demo.cast import PASSWORD, SIGN_IN_MEMBERS, STAFF
from demo.load import load
from demo.stripe.beside import card_payments
from migrations import history
from setup.serve import run_until_one_ends, started, web, worker


def main() -> int:
    """Make what is missing, start web and worker, say who to sign in as, end both together."""
    os.environ.setdefault("CLUB_MODE", "demo")
    os.environ.setdefault("CLUB_SECRET_KEY", _own_secret(Path(os.environ.get("CLUB_INSTANCE_PATH") or "instance")))
    try:
        settings = Settings.from_environment()
        stripe = None if settings.takes_cards else card_payments(settings)
        settings = Settings.from_environment()
    except UnsafeSettings as unsafe:
        print(unsafe, file=sys.stderr)
        return 1
    seal = Seal([settings.secret_key, *settings.secret_key_fallbacks])
    _make_club(settings, seal)
    served = [*web(settings, "demo.app:create_demo_app()"), "--log-level", "warning"]
    _say_who(settings, seal)
    if stripe is not None:
        print(f"Test payments: {stripe.url}   No money moves; the card numbers stand on its page.\n", flush=True)
    starting = [partial(started, command) for command in (served, worker())]
    return run_until_one_ends(starting if stripe is None else [*starting, stripe.start])


def _own_secret(instance: Path) -> str:
    """A secret of this copy's own, made once."""
    instance.mkdir(parents=True, exist_ok=True)
    file = instance / "demo-secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
    return file.read_text()


def _make_club(settings: Settings, seal: Seal) -> None:
    """Migrate and, where there is no club yet, live through its history. A half-made file is thrown away."""
    target = settings.instance_path / "club.sqlite"
    if settings.database_url != f"sqlite:///{target}" or target.exists():
        history.upgrade(settings.database_url)
        if not _has_club(settings.database_url):
            _load(settings.database_url, seal)
        return
    unfinished = settings.instance_path / "club.unfinished.sqlite"
    for leftover in settings.instance_path.glob("club.unfinished.sqlite*"):
        leftover.unlink()
    history.upgrade(f"sqlite:///{unfinished}")
    _load(f"sqlite:///{unfinished}", seal)
    unfinished.rename(target)


def _has_club(url: str) -> bool:
    engine = make_engine(url)
    with Session(engine) as db:
        found = find_club(db) is not None
    engine.dispose()
    return found


def _load(url: str, seal: Seal) -> None:
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    begun = time.monotonic()
    print("Making the demonstration club: three years of a wine cellar with 400 members.", flush=True)
    load(sessions(engine), seal, datetime.now(UTC), _progress)
    print(f"\rDone in {time.monotonic() - begun:.0f} seconds." + " " * 40, flush=True)
    _settle(engine)


def _settle(engine: Engine) -> None:
    """Fold the write-ahead file into the database, so that it can be moved as one file."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _progress(percent: int) -> None:
    if sys.stdout.isatty():
        print(f"\r{'█' * (percent // 4):25} {percent} %", end="", flush=True)
    elif percent % 25 == 0:
        print(f"{percent} %", flush=True)


def _say_who(settings: Settings, seal: Seal) -> None:
    engine = make_engine(settings.database_url)
    with Session(engine) as db:
        rows = db.execute(select(Account.email, Account.totp_secret).where(Account.totp_secret.is_not(None))).all()
    engine.dispose()
    codes = {row.email: pyotp.TOTP(seal.open(row.totp_secret)).now() for row in rows}
    print(f"\nThe demonstration club is at {settings.base_url}")
    print(f"Everybody's password is {PASSWORD}\n")
    for member in SIGN_IN_MEMBERS:
        print(f"  {member.email:24} {member.who}")
    for one in STAFF:
        role = one.role.value.replace("_", " ")
        print(f"  {one.email:24} staff, {role:10} code {codes.get(one.email, '-')}")
    print(
        f"\nFresh codes: {settings.base_url}/demo/   Mails: {settings.base_url}/demo/mail   Ctrl-C ends it.\n",
        flush=True,
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # Ctrl-C while the club is made
        sys.exit(130)

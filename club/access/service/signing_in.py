"""Signing in with a password. Known and unknown names take the same way and the same time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from club.access.models import login_for
from club.accounts.attempts import Try, count_tries, everybody, forget_tries, from_address, take_back
from club.accounts.browsers import end_session, find_browser, start_session
from club.accounts.models import Account, Login
from club.accounts.passwords import hash_password, is_outdated, is_right
from club.accounts.rules import email_key
from club.database import Transaction, transaction
from club.errors import WrongCredentials
from club.permissions import Role


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The browser that asks: where from, what it calls itself, and the cookie it had before."""

    address: str
    browser: str = ""
    former_cookie: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignInTry:
    """What somebody typed to sign in."""

    identifier: str
    password: str
    remember: bool = False


@dataclass(frozen=True)
class Entered:
    """A browser that is signed in now."""

    cookie: str
    account_id: int
    role: Role | None
    """Staff have to show the second factor next."""
    is_remembered: bool
    next: str | None = None
    """Where somebody wanted to go when they asked; to be checked before it is followed."""
    is_proved: bool = False
    """Nothing more has to be shown."""


def sign_in(db: Session, typed: SignInTry, asking: Asking, now: datetime) -> Entered:
    """Sign a browser in. Raises `WrongCredentials`, `TooManyTries`.

    Every try is counted before the password is looked at, so that many at once cannot pass the limit together.
    """
    login = login_for(db, typed.identifier)
    tries = [
        Try("sign_in.account", key_of(login, typed.identifier)),
        from_address("sign_in.address", asking.address),
        everybody("sign_in.all"),
    ]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
    is_welcome = is_right(None if login is None else login.password_hash, typed.password)
    if login is None or not is_welcome or not login.is_enabled:
        raise WrongCredentials
    with transaction(db) as tx:
        forget_tries(tx, tries[:1])
        take_back(tx, tries[1], now)
        take_back(tx, tries[2], now)
        if login.password_hash is not None and is_outdated(login.password_hash):
            fresh = hash_password(typed.password)
            tx.execute(update(Account).where(Account.id == login.account_id).values(password_hash=fresh))
        return enter(tx, login, asking, now, remember=typed.remember)


def enter(
    tx: Transaction, login: Login, asking: Asking, now: datetime, *, remember: bool = False, is_proved: bool = False
) -> Entered:
    """Start a session under a new cookie; the session that this browser had before ends.

    `is_proved`: whatever let them in was a second factor too.
    """
    former = find_browser(tx, asking.former_cookie, now) if asking.former_cookie else None
    if former is not None:
        end_session(tx, former.account_id, former.session_id)
    cookie = start_session(tx, login.account_id, now, browser=asking.browser, remember=remember, proved=is_proved)
    is_remembered = remember and login.role is None
    return Entered(cookie, login.account_id, login.role, is_remembered=is_remembered, is_proved=is_proved)


def key_of(login: Login | None, identifier: str) -> str:
    """What tries are counted under: an account is one, by whichever of its names it is tried."""
    return email_key(identifier) if login is None else f"account {login.account_id}"

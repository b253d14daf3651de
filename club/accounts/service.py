"""Accounts, sessions, the second factor and staff. How somebody is recognised and signed in: `club.access`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries, forget_tries, from_address, take_back
from club.accounts.browsers import end_session, end_sessions, find_browser, renew_session
from club.accounts.models import Account, Attempt, OneTimeLink, Passkey, SignedIn, Staff, login_with_email
from club.accounts.passwords import hash_password
from club.accounts.rules import LINK_MINUTES, LONGEST_WINDOW, email_key
from club.accounts.sealing import Seal
from club.accounts.second_factor import (
    is_app_code,
    remove_second_factor,
    take_app_code,
    take_recovery_code,
)
from club.accounts.team import refuse_last_owner
from club.audit import record
from club.database import Transaction, transaction
from club.errors import EmailTaken, NotAllowed, NotFound
from club.permissions import Permission, Role, require

KEPT_AFTER_EXPIRY = timedelta(minutes=LINK_MINUTES["waiting"])
"""How long an expired link can still be answered with "ask for a new one"."""


@dataclass(frozen=True)
class Proof:
    """A code that somebody typed to prove the second factor."""

    account_id: int
    session_id: int
    typed: str
    address: str
    """Where the request comes from."""


# --- accounts


def new_account(tx: Transaction, email: str, language: str, password_hash: str | None, now: datetime) -> int:
    """A new account; raises `EmailTaken`."""
    if login_with_email(tx, email) is not None:
        raise EmailTaken
    return tx.execute(
        insert(Account)
        .values(email=email, email_key=email_key(email), password_hash=password_hash, language=language, created_at=now)
        .returning(Account.id)
    ).scalar_one()


def set_password(tx: Transaction, account_id: int, password: str) -> None:
    """Replace the password. Whether it is a good one was checked before."""
    tx.execute(update(Account).where(Account.id == account_id).values(password_hash=hash_password(password)))


def set_email(tx: Transaction, account_id: int, email: str) -> None:
    """Replace the address; raises `EmailTaken`."""
    owner = login_with_email(tx, email)
    if owner is not None and owner.account_id != account_id:
        raise EmailTaken
    tx.execute(update(Account).where(Account.id == account_id).values(email=email, email_key=email_key(email)))


def disable_account(db: Session, account_id: int, by: int | None, role: Role | None, now: datetime) -> None:
    """Nobody signs in with this account any more, and whoever is signed in is signed out."""
    _may(by, role, Permission.END_SESSIONS)
    with transaction(db) as tx:
        tx.execute(update(Account).where(Account.id == account_id).values(disabled_at=now))
        end_sessions(tx, account_id)
        record(tx, "account.disabled", "account", account_id, by=by, now=now)


# --- sessions


def sign_out(db: Session, token: str, now: datetime) -> None:
    """End the session of this cookie."""
    browser = find_browser(db, token, now)
    if browser is None:
        return
    with transaction(db) as tx:
        end_session(tx, browser.account_id, browser.session_id)


def sign_out_everywhere(db: Session, account_id: int, *, but: int | None = None) -> int:
    """End one's own sessions, but perhaps this one; how many ended."""
    with transaction(db) as tx:
        return end_sessions(tx, account_id, but=but)


def end_own_session(db: Session, account_id: int, session_id: int) -> None:
    """End one of one's own sessions; raises `NotFound` for another's."""
    with transaction(db) as tx:
        if not end_session(tx, account_id, session_id):
            raise NotFound


def end_sessions_of(db: Session, account_id: int, by: int | None, role: Role | None, now: datetime) -> int:
    """Staff sign somebody out everywhere; how many sessions ended."""
    _may(by, role, Permission.END_SESSIONS)
    with transaction(db) as tx:
        ended = end_sessions(tx, account_id)
        record(tx, "account.signed_out", "account", account_id, by=by, now=now, sessions=ended)
    return ended


def end_all_sessions(db: Session, by: int | None, role: Role | None, now: datetime) -> int:
    """Sign everybody out, staff included; how many sessions ended."""
    _may(by, role, Permission.MANAGE_STAFF)
    with transaction(db) as tx:
        ended = len(tx.execute(delete(SignedIn).returning(SignedIn.id)).all())
        record(tx, "accounts.signed_out", "programme", 1, by=by, now=now, sessions=ended)
    return ended


# --- the second factor


def prove_second_factor(db: Session, proof: Proof, seal: Seal, now: datetime) -> str:
    """Accept a code of the app or a recovery code and return the session's new cookie.

    Raises `WrongCode` and `TooManyTries`. Wrong codes are counted whatever becomes of the session.
    """
    tries = [Try("code.account", str(proof.account_id)), from_address("code.address", proof.address)]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
    with transaction(db) as tx:
        if is_app_code(proof.typed):
            take_app_code(tx, proof.account_id, proof.typed, seal, now)
        else:
            take_recovery_code(tx, proof.account_id, proof.typed, now)
            record(tx, "account.recovery_code_used", "account", proof.account_id, by=proof.account_id, now=now)
        forget_tries(tx, tries[:1])
        take_back(tx, tries[1], now)
        return renew_session(tx, proof.session_id, now, proved=True)


def remove_passkeys(tx: Transaction, account_id: int) -> int:
    """Forget every passkey of an account; how many there were."""
    return tx.connection().execute(delete(Passkey).where(Passkey.account_id == account_id)).rowcount


# --- staff


def make_staff(tx: Transaction, account_id: int, name: str, role: Role, by: int | None, now: datetime) -> None:
    """Let an account work for the club in this role, again if it was disabled before.

    Raises `LastOwner` when that would leave the club without one.
    """
    if role is not Role.OWNER:
        refuse_last_owner(tx, account_id)
    values = {"name": name, "role": role.value, "disabled_at": None}
    changed = tx.execute(
        update(Staff).where(Staff.account_id == account_id).values(values).returning(Staff.account_id)
    ).one_or_none()
    if changed is None:
        tx.execute(insert(Staff).values(account_id=account_id, created_at=now, **values))
    end_sessions(tx, account_id)
    position = list(Role).index(role)
    record(tx, "staff.added", "account", account_id, by=by, now=now, words={"role": role.value}, role=position)


def end_work(tx: Transaction, account_id: int, by: int | None, role: Role | None, now: datetime) -> None:
    """Somebody no longer works for the club; raises `LastOwner`. A member's own account stays usable.

    The last step of `club.care.service.leave`, which first sees to what they still have in hand.
    """
    _may(by, role, Permission.MANAGE_STAFF)
    refuse_last_owner(tx, account_id)
    changed = tx.execute(
        update(Staff)
        .where(Staff.account_id == account_id, Staff.disabled_at.is_(None))
        .values(disabled_at=now)
        .returning(Staff.account_id)
    ).one_or_none()
    if changed is None:
        raise NotFound
    end_sessions(tx, account_id)
    remove_second_factor(tx, account_id)
    remove_passkeys(tx, account_id)
    record(tx, "staff.disabled", "account", account_id, by=by, now=now)


def clear_second_factor(tx: Transaction, account_id: int, by: int | None, role: Role | None, now: datetime) -> None:
    """Forget somebody's authenticator, passkeys and password, so that only a mailed invitation lets them in again.

    Nobody does this for themselves: it takes another member of staff, or the operator.
    """
    _may(by, role, Permission.MANAGE_STAFF)
    if by == account_id:
        raise NotAllowed
    remove_second_factor(tx, account_id)
    remove_passkeys(tx, account_id)
    tx.execute(update(Account).where(Account.id == account_id).values(password_hash=None))
    end_sessions(tx, account_id)
    record(tx, "staff.second_factor_reset", "account", account_id, by=by, now=now)


# --- the night


def forget_old(db: Session, now: datetime) -> int:
    """Delete counted tries, sessions and links that nothing asks for any more; how many rows."""
    with transaction(db) as tx:
        done = [
            delete(Attempt).where(Attempt.at < now - LONGEST_WINDOW),
            delete(SignedIn).where(SignedIn.expires_at < now),
            delete(OneTimeLink).where(OneTimeLink.expires_at < now - KEPT_AFTER_EXPIRY),
        ]
        return sum(tx.connection().execute(one).rowcount for one in done)


def _may(by: int | None, role: Role | None, permission: Permission) -> None:
    """Nobody (`by` is None) is the operator at the command line, who may do everything."""
    if by is not None:
        require(role, permission)

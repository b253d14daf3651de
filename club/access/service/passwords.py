"""Choosing a password."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.access.service.signing_in import Asking
from club.accounts.attempts import Try, count_tries, forget_tries, from_address
from club.accounts.browsers import end_sessions, renew_session
from club.accounts.links import close_links
from club.accounts.models import the_login
from club.accounts.passwords import common_passwords, is_right
from club.accounts.rules import check_password
from club.accounts.service import set_password
from club.audit import record
from club.database import Transaction, transaction
from club.errors import WrongCredentials
from club.members.models import person_of
from club.messages.service import queue
from club.programme.models import the_club


def check_new_password(db: Session, password: str, *own_words: str | None) -> None:
    """Refuse a weak password; the club's name counts as a word that is guessed first."""
    club_names = [str(name) for name in dict(the_club(db).name).values()]
    check_password(password, common_passwords(), [*club_names, *(word for word in own_words if word)])


def change_password(
    db: Session, account_id: int, session_id: int, *, current: str, new: str, asking: Asking, now: datetime
) -> str:
    """Replace one's password and return this session's new cookie; all other sessions end.

    Raises `WrongCredentials` for a wrong current password, `TooManyTries`, and what a weak password raises.
    """
    check_own_password(db, account_id, current, asking, now)
    login, person = the_login(db, account_id), person_of(db, account_id)
    check_new_password(db, new, login.email, person.full_name if person else login.staff_name)
    with transaction(db) as tx:
        replace_password(tx, account_id, new, by=account_id, now=now, keep_session=session_id)
        return renew_session(tx, session_id, now, proved=False)


def check_own_password(db: Session, account_id: int, password: str, asking: Asking, now: datetime) -> None:
    """Make sure that whoever sits there is the owner; raises `WrongCredentials`, `TooManyTries`."""
    tries = [Try("sign_in.account", f"account {account_id}"), from_address("sign_in.address", asking.address)]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
    if not is_right(the_login(db, account_id).password_hash, password):
        raise WrongCredentials
    with transaction(db) as tx:
        forget_tries(tx, tries[:1])


def replace_password(
    tx: Transaction, account_id: int, password: str, *, by: int | None, now: datetime, keep_session: int | None = None
) -> None:
    """Set a checked password, end other sessions and open links, and tell the owner."""
    set_password(tx, account_id, password)
    end_sessions(tx, account_id, but=keep_session)
    close_links(tx, account_id, "sign_in", "reset", "email", now=now)
    entry_id = record(tx, "account.password_changed", "account", account_id, by=by, now=now)
    login, person = the_login(tx, account_id), person_of(tx, account_id)
    queue(
        tx,
        "password.changed",
        occurrence=str(entry_id),
        recipient=login.email,
        language=login.language,
        person_id=person.person_id if person else None,
        addressee=f"account:{account_id}",
        data={"name": person.addressed_as if person else login.staff_name or ""},
        now=now,
    )

"""Getting in by a mailed link, and choosing a new password by one. The answer never says whether an account exists."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy.orm import Session

from club.access.models import login_for
from club.access.rules import PATHS
from club.access.service.passwords import check_new_password, replace_password
from club.access.service.signing_in import Asking, Entered, enter, key_of
from club.accounts.attempts import Try, count_tries, everybody, forget_tries, from_address
from club.accounts.links import close_links, digest_of, make_link, open_link, use_link
from club.accounts.models import Login, the_login
from club.accounts.passwords import is_right
from club.accounts.rules import LINK_MINUTES
from club.database import Transaction, transaction
from club.errors import LinkExpired, TooManyTries
from club.members.models import person_of
from club.messages.service import queue

NOBODY = 0
"""An id that no account has: an unknown name costs the same statements as a known one."""

_ACTS = {"sign_in": "signin.link", "reset": "password.reset"}


@dataclass(frozen=True)
class Named:
    """How to address the owner of an account, and the person they are."""

    name: str
    person_id: int | None


def ask_for_link(
    db: Session, purpose: str, identifier: str, asking: Asking, now: datetime, *, next_page: str | None = None
) -> None:
    """Mail a link to sign in (`sign_in`) or to choose a new password (`reset`). Raises `TooManyTries`."""
    login = login_for(db, identifier)
    is_right(None, token_urlsafe(8))  # so much work that writing one row more or less is not seen from outside
    with transaction(db) as tx:
        count_mail(tx, key_of(login, identifier), asking, now)
        if login is None or not login.is_enabled:
            make_link(tx, purpose, now, data={"next": next_page})
            close_links(tx, NOBODY, purpose, now=now)
            person_of(tx, NOBODY)
        else:
            mail_link(tx, purpose, login, now, next_page=next_page)


def mail_link(
    tx: Transaction, purpose: str, login: Login, now: datetime, *, act: str = "", next_page: str | None = None
) -> None:
    """Make the link and leave its mail in the outbox."""
    token = make_link(tx, purpose, now, account_id=login.account_id, data={"next": next_page})
    named = name_of(tx, login)
    queue(
        tx,
        act or _ACTS[purpose],
        occurrence=digest_of(token).hex()[:32],
        recipient=login.email,
        language=login.language,
        person_id=named.person_id,
        addressee=f"account:{login.account_id}",
        data={"path": PATHS[purpose], "name": named.name, "minutes": LINK_MINUTES[purpose]},
        secret=token,
        now=now,
    )


def count_mail(tx: Transaction, recipient: str, asking: Asking, now: datetime) -> None:
    """Count that a mail is asked for; raises `TooManyTries`."""
    tries = [Try("mail.recipient", recipient), from_address("mail.address", asking.address), everybody("mail.all")]
    count_tries(tx, tries, now)


def enter_by_link(db: Session, token: str, asking: Asking, now: datetime) -> Entered:
    """Sign in with a mailed link, once. Raises `LinkExpired`, `TooManyTries`."""
    count_link(db, asking, token, "sign_in", now)
    with transaction(db) as tx:
        link = use_link(tx, token, "sign_in", now)
        login = _owner(tx, link.account_id)
        entered = enter(tx, login, asking, now)
    next_page = link.data.get("next")
    return Entered(
        entered.cookie,
        entered.account_id,
        entered.role,
        is_remembered=False,
        next=str(next_page) if next_page else None,
    )


def set_new_password(db: Session, token: str, password: str, asking: Asking, now: datetime) -> Entered:
    """Choose a new password by a mailed link and sign in; every other session ends, the owner is told.

    Raises `LinkExpired`, `TooManyTries` and what a weak password raises. It does not stand for a second factor.
    """
    count_link(db, asking, token, "reset", now)
    login = _owner(db, open_link(db, token, "reset", now).account_id)
    check_new_password(db, password, login.email, name_of(db, login).name)
    with transaction(db) as tx:
        use_link(tx, token, "reset", now)
        replace_password(tx, login.account_id, password, by=login.account_id, now=now)
        forget_tries(tx, [Try("sign_in.account", f"account {login.account_id}")])
        return enter(tx, login, asking, now)


def count_link(db: Session, asking: Asking, token: str, purpose: str, now: datetime) -> None:
    """Count a link that opens nothing, so that guessing gets slow; raises `LinkExpired`, `TooManyTries`."""
    try:
        open_link(db, token, purpose, now)
    except LinkExpired:
        try:
            with transaction(db) as tx:
                count_tries(tx, [from_address("link.address", asking.address)], now)
        except TooManyTries as slow:
            raise slow from None
        raise


def name_of(db: Session, login: Login) -> Named:
    """The person behind an account, or the name of a member of staff."""
    person = person_of(db, login.account_id)
    return Named(person.addressed_as, person.person_id) if person else Named(login.staff_name or "", None)


def _owner(db: Session, account_id: int | None) -> Login:
    login = None if account_id is None else the_login(db, account_id)
    if login is None or not login.is_enabled:
        raise LinkExpired
    return login

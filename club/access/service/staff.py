"""Staff come in by a mailed invitation: choose a password, then set up the second factor."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.access.rules import PATHS
from club.access.service.links import count_link
from club.access.service.passwords import check_new_password, replace_password
from club.access.service.signing_in import Asking, Entered, enter
from club.accounts.links import digest_of, make_link, open_link, use_link
from club.accounts.models import login_with_email, staff_role, the_login
from club.accounts.rules import LINK_MINUTES
from club.accounts.sealing import Seal
from club.accounts.second_factor import plant_seed
from club.accounts.service import clear_second_factor, make_staff, new_account
from club.database import Transaction, transaction
from club.errors import LinkExpired, NotFound
from club.members.rules import checked_email, checked_name
from club.messages.service import queue
from club.permissions import Permission, Role, require
from club.programme.models import the_club


def add_staff(
    db: Session, email: str, *, name: str, staff_role: Role, by: int | None, role: Role | None, now: datetime
) -> str:
    """Let somebody work for the club and return the token of the invitation, which is mailed as well.

    `by` and `role` are who adds them; `by` None is the operator. Raises `BadEmail`, `NameMissing`, `NotAllowed`
    and `LastOwner`.
    """
    if by is not None:
        require(role, Permission.MANAGE_STAFF)
    tidy, full_name = checked_email(email), checked_name(name)
    language = the_club(db).main_language
    with transaction(db) as tx:
        login = login_with_email(tx, tidy)
        account_id = new_account(tx, tidy, language, None, now) if login is None else login.account_id
        make_staff(tx, account_id, full_name, staff_role, by, now)
        return _invite(tx, account_id, now)


def invite_again(db: Session, account_id: int, by: int | None, role: Role | None, now: datetime) -> str:
    """A new invitation for somebody whose old one has expired; returns its token."""
    if by is not None:
        require(role, Permission.MANAGE_STAFF)
    with transaction(db) as tx:
        if staff_role(tx, account_id) is None:
            raise NotFound
        return _invite(tx, account_id, now)


def reset_second_factor(db: Session, account_id: int, by: int | None, role: Role | None, now: datetime) -> str:
    """Take somebody's lost authenticator away and invite them anew; returns the invitation's token.

    Raises `NotAllowed` for one's own: it takes a second member of staff, or the operator.
    """
    with transaction(db) as tx:
        if staff_role(tx, account_id) is None:
            raise NotFound
        clear_second_factor(tx, account_id, by, role, now)
        return _invite(tx, account_id, now)


def accept_invitation(db: Session, token: str, password: str, asking: Asking, seal: Seal, now: datetime) -> Entered:
    """Choose a password and sign in; the second factor is set up next, under a seed that is made now.

    Who has set it up already shows it next: a mailbox alone opens nothing.

    Raises `LinkExpired`, `TooManyTries` and what a weak password raises.
    """
    count_link(db, asking, token, "staff", now)
    account_id = open_link(db, token, "staff", now).account_id
    if account_id is None or staff_role(db, account_id) is None:
        raise LinkExpired
    login = the_login(db, account_id)
    check_new_password(db, password, login.email, login.staff_name)
    with transaction(db) as tx:
        use_link(tx, token, "staff", now)
        replace_password(tx, account_id, password, by=account_id, now=now)
        plant_seed(tx, account_id, seal)
        return enter(tx, login, asking, now)


def _invite(tx: Transaction, account_id: int, now: datetime) -> str:
    token = make_link(tx, "staff", now, account_id=account_id)
    login = the_login(tx, account_id)
    queue(
        tx,
        "staff.invitation",
        occurrence=digest_of(token).hex()[:32],
        recipient=login.email,
        language=login.language,
        addressee=f"account:{account_id}",
        data={
            "path": PATHS["staff"],
            "name": login.staff_name or "",
            "role": None if login.role is None else login.role.value,
            "hours": LINK_MINUTES["staff"] // 60,
        },
        secret=token,
        now=now,
    )
    return token

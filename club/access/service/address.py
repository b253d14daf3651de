"""Changing the e-mail address: confirmed from the new one, told to the old one."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.access.rules import PATHS, shortened
from club.access.service.links import count_link, count_mail, name_of
from club.access.service.passwords import check_own_password
from club.access.service.signing_in import Asking
from club.accounts.links import close_links, digest_of, make_link, open_link, use_link
from club.accounts.models import login_with_email, the_login
from club.accounts.rules import LINK_MINUTES, email_key
from club.accounts.service import set_email
from club.audit import record
from club.database import transaction
from club.errors import EmailTaken
from club.members.models import person_named_by_email
from club.members.rules import checked_email
from club.members.service import change_email
from club.messages.service import queue


def ask_to_change_email(
    db: Session, account_id: int, *, new: str, password: str, asking: Asking, now: datetime
) -> None:
    """Mail a link to the new address. Whether somebody else has it, the answer does not say.

    Raises `BadEmail`, `WrongCredentials` for a wrong password, `TooManyTries`.
    """
    email = checked_email(new)
    check_own_password(db, account_id, password, asking, now)
    login = the_login(db, account_id)
    named = name_of(db, login)
    owner, person = login_with_email(db, email), person_named_by_email(db, email)
    is_taken = (owner is not None and owner.account_id != account_id) or (
        person is not None and person.person_id != named.person_id
    )
    with transaction(db) as tx:
        count_mail(tx, email_key(email), asking, now)
        token = make_link(tx, "email", now, account_id=None if is_taken else account_id, data={"new": email})
        if is_taken:
            return
        queue(
            tx,
            "email.change",
            occurrence=digest_of(token).hex()[:32],
            recipient=email,
            language=login.language,
            person_id=named.person_id,
            addressee=f"account:{account_id}",
            data={"path": PATHS["email"], "name": named.name, "hours": LINK_MINUTES["email"] // 60},
            secret=token,
            now=now,
        )


def confirm_email(db: Session, token: str, asking: Asking, now: datetime) -> None:
    """Make the new address the account's and the person's. Raises `LinkExpired`, `EmailTaken`, `TooManyTries`."""
    count_link(db, asking, token, "email", now)
    link = open_link(db, token, "email", now)
    if link.account_id is None:
        raise EmailTaken
    account_id, new = link.account_id, str(link.data["new"])
    with transaction(db) as tx:
        use_link(tx, token, "email", now)
        login = the_login(tx, account_id)
        named = name_of(tx, login)
        set_email(tx, account_id, new)
        if named.person_id is not None:
            change_email(tx, named.person_id, new)
        close_links(tx, account_id, "sign_in", "reset", "email", now=now)
        entry_id = record(tx, "account.email_changed", "account", account_id, by=account_id, now=now)
        queue(
            tx,
            "email.changed",
            occurrence=str(entry_id),
            recipient=login.email,
            language=login.language,
            person_id=named.person_id,
            addressee=f"account:{account_id}",
            data={"name": named.name, "new": shortened(new)},
            now=now,
        )

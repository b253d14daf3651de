"""People whom the club knows already (imported, enrolled) get a mailed invitation to an account of their own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.rules import PATHS
from club.access.service import Asking, Entered, check_new_password, enter
from club.access.service.links import count_link
from club.accounts.links import digest_of, make_link, open_link, use_link
from club.accounts.models import the_login
from club.accounts.rules import LINK_MINUTES, email_key
from club.audit import record
from club.database import Transaction, transaction
from club.errors import ContactMissing, EmailTaken, LinkExpired, TermsNotAccepted
from club.joining.service.welcoming import Joined, Ticked, account_for, keep_consents
from club.members.models import Person, the_member
from club.members.rules import grouped
from club.messages.service import queue
from club.permissions import Permission, Role, require

FORM = "claim"
AT_ONCE = 200
"""Invitations queued in one transaction, so that nobody waits long for the writer."""


def invite_to_claim(db: Session, person_id: int, by: int | None, role: Role | None, now: datetime) -> None:
    """Mail one member an invitation. Raises `ContactMissing` without an address, `EmailTaken` with an account."""
    _may_invite(by, role)
    with transaction(db) as tx:
        member = the_member(tx, person_id)
        if member.email is None:
            raise ContactMissing
        if member.account_id is not None:
            raise EmailTaken
        _invite(tx, person_id, by, now)


def invite_all(db: Session, by: int | None, role: Role | None, now: datetime) -> int:
    """Mail every member who has an address and no account; how many. Whoever was invited before is invited again."""
    _may_invite(by, role)
    waiting = db.scalars(
        select(Person.id)
        .where(Person.member_number.is_not(None), Person.email.is_not(None), Person.account_id.is_(None))
        .order_by(Person.id)
    ).all()
    for start in range(0, len(waiting), AT_ONCE):
        with transaction(db) as tx:
            for person_id in waiting[start : start + AT_ONCE]:
                _invite(tx, person_id, by, now)
    return len(waiting)


def claim(
    db: Session,
    token: str,
    *,
    password: str,
    accepts_terms: bool,
    ticked: tuple[str, ...],
    language: str,
    asking: Asking,
    now: datetime,
) -> Joined:
    """Choose a password and take the place that the club kept. The link proves the mailbox.

    Raises `LinkExpired`, `TermsNotAccepted`, `TooManyTries` and what a weak password raises.
    """
    count_link(db, asking, token, "claim", now)
    link = open_link(db, token, "claim", now)
    member = the_member(db, _person_id(link.data))
    if not accepts_terms:
        raise TermsNotAccepted
    if member.email is None or member.account_id is not None or member.member_number is None:
        raise LinkExpired
    if link.data.get("mailed_to") != email_key(member.email):  # the address was corrected since
        raise LinkExpired
    check_new_password(db, password, member.email, member.full_name)
    try:
        with transaction(db) as tx:
            use_link(tx, token, "claim", now)
            account_id = account_for(tx, member.person_id, member.email, member.language, password, None, now)
            keep_consents(tx, member.person_id, Ticked(FORM, language, ticked), now)
            entered: Entered = enter(tx, the_login(tx, account_id), asking, now)
    except EmailTaken as already_in:
        raise LinkExpired from already_in
    return Joined(entered, member.person_id, member.member_number, points=0)


def _invite(tx: Transaction, person_id: int, by: int | None, now: datetime) -> None:
    member = the_member(tx, person_id)
    assert member.email is not None
    assert member.member_number is not None
    token = make_link(tx, "claim", now, data={"person_id": person_id, "mailed_to": email_key(member.email)})
    record(tx, "member.invited", "person", person_id, by=by, now=now)
    queue(
        tx,
        "claim.invitation",
        occurrence=digest_of(token).hex()[:32],
        recipient=member.email,
        language=member.language,
        person_id=person_id,
        data={
            "path": PATHS["claim"],
            "name": member.addressed_as,
            "number": grouped(member.member_number),
            "days": LINK_MINUTES["claim"] // (24 * 60),
        },
        secret=token,
        now=now,
    )


def _person_id(data: dict[str, object]) -> int:
    found = data.get("person_id")
    if not isinstance(found, int):
        raise LinkExpired
    return found


def _may_invite(by: int | None, role: Role | None) -> None:
    if by is not None:
        require(role, Permission.ENROL_MEMBERS)

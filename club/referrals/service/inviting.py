"""A member invites one address by mail: few, once each, and the answer is the same whoever has the address."""

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accounts.attempts import Try, count_tries, from_address
from club.database import Transaction, transaction
from club.errors import ReferralsClosed, TooManyTries
from club.members.models import Person, person_with_email, the_member
from club.members.rules import checked_email, email_key
from club.messages.service import queue
from club.referrals.models import CODES, REFERRALS, terms_now
from club.referrals.rules import State, digest, first_name, mailbox
from club.referrals.service.codes import code_in

NOT_AGAIN = timedelta(days=180)
"""So long nobody else's invitation goes to the same mailbox."""
_R = REFERRALS.c


def invite(db: Session, person_id: int, email: str, asking: Asking, now: datetime) -> None:
    """Mail one link. Whoever has the address already, or was invited lately, gets no mail; the member hears the same.

    The address itself stands in the outbox alone. Raises `BadEmail`, `ReferralsClosed`, `TooManyTries`.
    """
    address = checked_email(email)
    with transaction(db) as tx:
        member, terms = the_member(tx, person_id), terms_now(tx)
        if terms is None or not terms[1].is_open:
            raise ReferralsClosed
        count_tries(tx, [Try("friend.member", str(person_id)), from_address("friend.address", asking.address)], now)
        code = code_in(tx, person_id, asking, now)
        box = digest(mailbox(address))
        if _is_mine(tx, person_id, box, now):
            return
        is_free = _is_free(tx, person_id, address, box, now) and _is_first(tx, address, now)
        row = {
            "referrer_id": person_id,
            "terms_id": terms[0],
            "way": "mail",
            "state": State.INVITED.value,
            "invited_at": now,
            "mailbox": box,
            "evidence": [],
        }
        referral_id = int(tx.execute(insert(REFERRALS).values(row).returning(_R.id)).scalar_one())
        if not is_free:
            return  # the line stands all the same: the list tells nobody whose address is known
        shows_name = tx.scalar(select(CODES.c.shows_name).where(CODES.c.person_id == person_id))
        inviter = first_name(member.full_name, member.call_name) if shows_name else ""
        queue(
            tx,
            "friend.invitation",
            occurrence=str(referral_id),
            recipient=address,
            language=member.language,
            addressee=f"referral:{referral_id}",
            data={"name": "", "inviter": inviter, "code": code},
            now=now,
        )


def _is_mine(tx: Transaction, person_id: int, box: bytes, now: datetime) -> bool:
    """The same member invited this mailbox lately: one line is enough."""
    own = select(_R.id).where(_R.referrer_id == person_id, _R.mailbox == box, _R.invited_at > now - NOT_AGAIN)
    return tx.scalar(own.limit(1)) is not None


def _is_first(tx: Transaction, address: str, now: datetime) -> bool:
    """Two who invite one mailbox at once: the second one waits here, and is told nothing of the first."""
    try:
        count_tries(tx, [Try("friend.recipient", mailbox(address))], now)
    except TooManyTries:
        return False
    return True


def _is_free(tx: Transaction, person_id: int, address: str, box: bytes, now: datetime) -> bool:
    """Nobody's address, and nobody's invitation went there lately."""
    own = tx.scalar(select(Person.email_key).where(Person.id == person_id))
    if own == email_key(address) or person_with_email(tx, address) is not None:
        return False
    lately = select(func.count()).where(_R.mailbox == box, _R.invited_at > now - NOT_AGAIN)
    return not tx.execute(lately).scalar_one()

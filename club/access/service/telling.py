"""Whoever owns an account is told by mail what changed about getting in, whoever did it."""

from datetime import datetime
from enum import StrEnum

from club.access.service.links import name_of
from club.accounts.models import the_login
from club.database import Transaction
from club.messages.service import queue


class Change(StrEnum):
    """What changed; each has a mail of its own."""

    STEP_SET = "step_set"
    STEP_ENDED = "step_ended"
    STEP_HELPED = "step_helped"
    """Taken away by staff, who were asked and saw who asks."""
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PHONE = "phone_changed"


def tell_owner(tx: Transaction, account_id: int, change: Change, entry_id: int, now: datetime) -> None:
    """Leave the mail in the outbox; `entry_id` of the log, so that each change is told once."""
    login = the_login(tx, account_id)
    named = name_of(tx, login)
    queue(
        tx,
        f"account.{change}",
        occurrence=str(entry_id),
        recipient=login.email,
        language=login.language,
        person_id=named.person_id,
        addressee=f"account:{account_id}",
        data={"name": named.name},
        now=now,
    )

"""A member who lost phone and recovery codes: staff take the second step away, and its owner is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.service.telling import Change, tell_owner
from club.accounts.browsers import end_sessions
from club.accounts.models import Account, staff_role
from club.accounts.second_factor import remove_second_factor, second_factor_of
from club.accounts.service import remove_passkeys
from club.audit import record
from club.database import transaction
from club.errors import NotFound, NothingToTakeAway, OwnMembership
from club.members.household import is_household
from club.members.models import the_person
from club.permissions import Permission, Role, require


class Checked(StrEnum):
    """How staff saw who it is that asks. No questions about what is known of somebody: others know it too."""

    IN_PERSON = "in_person"
    CALLED_BACK = "called_back"
    VIDEO = "video"


@dataclass(frozen=True)
class Asked:
    """Who asked, as staff saw it."""

    checked: Checked
    why: str
    with_passkeys: bool = False
    """Whether the device with the passkeys is gone too."""


def help_with_second_step(
    db: Session, person_id: int, asked: Asked, *, by: int, role: Role | None, now: datetime
) -> None:
    """Take a member's second step away; every session ends, the password stays as it is.

    Raises `OwnMembership` for oneself and one's household, `NotFound` for whoever has no account, or works here: a
    colleague is helped on the page of the staff. `NothingToTakeAway` where nothing would change, as for a second
    click: nobody is signed out and nobody gets a mail.
    """
    require(role, Permission.END_SESSIONS)
    with transaction(db) as tx:
        account_id = the_person(tx, person_id).account_id
        if account_id is None or staff_role(tx, account_id) is not None:
            raise NotFound
        if is_household(tx, by, person_id):
            raise OwnMembership
        tx.execute(select(Account.id).where(Account.id == account_id).with_for_update())  # clicks one after the other
        had_step = second_factor_of(tx, account_id).is_confirmed
        remove_second_factor(tx, account_id)
        gone = remove_passkeys(tx, account_id) if asked.with_passkeys else 0
        if not had_step and not gone:
            raise NothingToTakeAway
        ended = end_sessions(tx, account_id)
        words: dict[str, object] = {"checked": asked.checked.value}
        entry_id = record(
            tx, "account.second_factor_helped", "person", person_id,
            by=by, now=now, why=asked.why, person_id=person_id, words=words, passkeys=gone, sessions=ended,
        )  # fmt: skip
        tell_owner(tx, account_id, Change.STEP_HELPED, entry_id, now)

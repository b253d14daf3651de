"""A second step set up and given up again; whoever owns the account is told by mail."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.access.service.telling import Change, tell_owner
from club.accounts.attempts import forget_tries, take_back
from club.accounts.browsers import end_sessions, renew_session
from club.accounts.models import staff_role
from club.accounts.recovery import count_codes, take_code
from club.accounts.sealing import Seal
from club.accounts.second_factor import new_recovery_codes, remove_second_factor, seed_to_confirm, take_app_code
from club.accounts.service import Proof
from club.audit import record
from club.database import transaction
from club.errors import NotAllowed


def confirm_second_factor(db: Session, proof: Proof, seal: Seal, now: datetime) -> tuple[str, list[str]]:
    """Take the first code of a new authenticator: the session's new cookie and the recovery codes to show once.

    Raises `WrongCode`, `TooManyTries`.
    """
    tries = count_codes(db, proof, now)
    with transaction(db) as tx:
        seed_to_confirm(tx, proof.account_id, seal)
        take_app_code(tx, proof.account_id, proof.typed, seal, now)
        codes = new_recovery_codes(tx, proof.account_id)
        end_sessions(tx, proof.account_id, but=proof.session_id)
        forget_tries(tx, tries[:1])
        take_back(tx, tries[1], now)
        entry_id = record(tx, "account.second_factor_set", "account", proof.account_id, by=proof.account_id, now=now)
        tell_owner(tx, proof.account_id, Change.STEP_SET, entry_id, now)
        return renew_session(tx, proof.session_id, now, proved=True), codes


def give_up_second_factor(db: Session, proof: Proof, seal: Seal, now: datetime) -> None:
    """Without one again: a last code proves who asks. Raises `WrongCode`, `TooManyTries`, `NotAllowed` for staff."""
    tries = count_codes(db, proof, now)
    with transaction(db) as tx:
        if staff_role(tx, proof.account_id) is not None:
            raise NotAllowed
        take_code(tx, proof, tries, seal, now)
        remove_second_factor(tx, proof.account_id)
        entry_id = record(tx, "account.second_factor_ended", "account", proof.account_id, by=proof.account_id, now=now)
        tell_owner(tx, proof.account_id, Change.STEP_ENDED, entry_id, now)

"""New recovery codes for somebody who still has the authenticator, or one of the old codes."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries, forget_tries, from_address, take_back
from club.accounts.sealing import Seal
from club.accounts.second_factor import is_app_code, new_recovery_codes, take_app_code, take_recovery_code
from club.accounts.service import Proof
from club.audit import record
from club.database import transaction


def renew_recovery_codes(db: Session, proof: Proof, seal: Seal, now: datetime) -> list[str]:
    """Ten new codes, to be shown once; the former ones stop working. Raises `WrongCode` and `TooManyTries`."""
    tries = [Try("code.account", str(proof.account_id)), from_address("code.address", proof.address)]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
    with transaction(db) as tx:
        if is_app_code(proof.typed):
            take_app_code(tx, proof.account_id, proof.typed, seal, now)
        else:
            take_recovery_code(tx, proof.account_id, proof.typed, now)
        forget_tries(tx, tries[:1])
        take_back(tx, tries[1], now)
        record(tx, "account.recovery_codes_renewed", "account", proof.account_id, by=proof.account_id, now=now)
        return new_recovery_codes(tx, proof.account_id)

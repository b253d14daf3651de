"""A second factor of one's own accord: begun, its recovery codes made anew; how a code is counted and taken."""

from datetime import datetime

from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries, forget_tries, from_address, take_back
from club.accounts.sealing import Seal
from club.accounts.second_factor import (
    is_app_code,
    new_recovery_codes,
    plant_seed,
    take_app_code,
    take_recovery_code,
)
from club.accounts.service import Proof
from club.audit import record
from club.database import Transaction, transaction


def renew_recovery_codes(db: Session, proof: Proof, seal: Seal, now: datetime) -> list[str]:
    """Ten new codes, to be shown once; the former ones stop working. Raises `WrongCode` and `TooManyTries`."""
    tries = count_codes(db, proof, now)
    with transaction(db) as tx:
        take_code(tx, proof, tries, seal, now)
        record(tx, "account.recovery_codes_renewed", "account", proof.account_id, by=proof.account_id, now=now)
        return new_recovery_codes(tx, proof.account_id)


def begin_second_factor(db: Session, account_id: int, seal: Seal) -> None:
    """A fresh seed, to be confirmed by its first code. Whoever calls it has asked for the password."""
    with transaction(db) as tx:
        plant_seed(tx, account_id, seal)


def count_codes(db: Session, proof: Proof, now: datetime) -> list[Try]:
    """Count a try before it is looked at; raises `TooManyTries`."""
    tries = [Try("code.account", str(proof.account_id)), from_address("code.address", proof.address)]
    with transaction(db) as tx:
        count_tries(tx, tries, now)
    return tries


def take_code(tx: Transaction, proof: Proof, tries: list[Try], seal: Seal, now: datetime) -> None:
    """Accept a code of the app or a recovery code, once; raises `WrongCode`."""
    if is_app_code(proof.typed):
        take_app_code(tx, proof.account_id, proof.typed, seal, now)
    else:
        take_recovery_code(tx, proof.account_id, proof.typed, now)
    forget_tries(tx, tries[:1])
    take_back(tx, tries[1], now)

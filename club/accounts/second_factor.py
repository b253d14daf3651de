"""Codes of an authenticator app (RFC 6238) and recovery codes. Each counts once."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import choice

import pyotp
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from club.accounts.models import Account, RecoveryCode
from club.accounts.sealing import Seal
from club.database import Transaction
from club.errors import NotFound, WrongCode

STEP_SECONDS = 30
DIGITS = 6
NEIGHBOURS = (0, -1, 1)
"""Steps whose code is taken: now, the one before, the one after; clocks differ."""

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH, CODE_GROUP, CODES = 24, 6, 10
"""120 bits a recovery code, so that a plain digest is enough to store it."""


@dataclass(frozen=True)
class SecondFactor:
    """How far somebody is."""

    has_seed: bool
    is_confirmed: bool
    codes_left: int


def second_factor_of(db: Session, account_id: int) -> SecondFactor:
    """Whether an authenticator was set up, and how many recovery codes are left."""
    row = db.execute(
        select(Account.totp_secret.is_not(None), Account.totp_confirmed_at.is_not(None)).where(Account.id == account_id)
    ).one()
    left = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return SecondFactor(bool(row[0]), bool(row[1]), db.scalar(left) or 0)


def plant_seed(tx: Transaction, account_id: int, seal: Seal) -> None:
    """Give an account a seed, to be confirmed by its first code; one that is confirmed already stays."""
    sealed = seal.close(pyotp.random_base32(32))
    values = {"totp_secret": sealed, "totp_confirmed_at": None, "totp_last_step": None}
    tx.execute(update(Account).where(Account.id == account_id, Account.totp_confirmed_at.is_(None)).values(values))


def remove_second_factor(tx: Transaction, account_id: int) -> None:
    """Forget seed and recovery codes."""
    values = {"totp_secret": None, "totp_confirmed_at": None, "totp_last_step": None}
    tx.execute(update(Account).where(Account.id == account_id).values(values))
    tx.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def seed_to_confirm(db: Session, account_id: int, seal: Seal) -> str:
    """The seed of an account that has not confirmed it yet; raises `NotFound` later: it is not shown twice."""
    sealed = db.scalar(select(Account.totp_secret).where(Account.id == account_id, Account.totp_confirmed_at.is_(None)))
    if sealed is None:
        raise NotFound
    return seal.open(sealed)


def address_for_app(seed: str, account_name: str, club_name: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(seed).provisioning_uri(name=account_name, issuer_name=club_name)


def take_app_code(tx: Transaction, account_id: int, typed: str, seal: Seal, now: datetime) -> None:
    """Accept a code of the app, once; raises `WrongCode`. Of many at once exactly one is accepted."""
    sealed = tx.scalar(select(Account.totp_secret).where(Account.id == account_id))
    step = None if sealed is None else _matching_step(seal.open(sealed), typed, now)
    if sealed is None or step is None:
        raise WrongCode
    accepted = tx.execute(
        update(Account)
        .where(Account.id == account_id, or_(Account.totp_last_step.is_(None), Account.totp_last_step < step))
        .values(
            totp_last_step=step,
            totp_confirmed_at=func.coalesce(Account.totp_confirmed_at, now),
            totp_secret=seal.renew(sealed),
        )
        .returning(Account.id)
    ).one_or_none()
    if accepted is None:
        raise WrongCode


def take_recovery_code(tx: Transaction, account_id: int, typed: str, now: datetime) -> None:
    """Accept a recovery code, once; raises `WrongCode`."""
    used = tx.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.digest == _digest_of(account_id, typed),
            RecoveryCode.account_id == account_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.account_id)
    ).one_or_none()
    if used is None:
        raise WrongCode


def new_recovery_codes(tx: Transaction, account_id: int) -> list[str]:
    """Ten fresh codes, to be shown once; the former ones stop working."""
    codes = ["".join(choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    tx.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    rows = [{"digest": _digest_of(account_id, code), "account_id": account_id} for code in codes]
    tx.execute(insert(RecoveryCode), rows)
    return ["-".join(code[at : at + CODE_GROUP] for at in range(0, CODE_LENGTH, CODE_GROUP)) for code in codes]


def is_app_code(typed: str) -> bool:
    """Whether this has the shape of a code of the app; everything else is taken for a recovery code."""
    digits = "".join(typed.split())
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit()


def _matching_step(seed: str, typed: str, now: datetime) -> int | None:
    digits = "".join(typed.split())
    current = int(now.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(seed)
    matching = [
        current + offset
        for offset in NEIGHBOURS
        if hmac.compare_digest(app.generate_otp(current + offset).encode(), digits.encode())
    ]
    return matching[0] if matching else None


def _digest_of(account_id: int, typed: str) -> bytes:
    plain = "".join(char for char in typed.upper().translate(_MISREAD) if char in CODE_ALPHABET)
    return sha256(f"{account_id}\0{plain}".encode()).digest()


_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})

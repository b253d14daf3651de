"""Password hashing with Argon2id, and the list of passwords that everybody tries first."""

from functools import cache
from pathlib import Path
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from club.accounts.rules import as_typed

_COMMON = Path(__file__).parent / "common_passwords.txt"

HASHER = PasswordHasher()
"""The library's current parameters (RFC 9106, low memory); the parameters are stored with each hash."""


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return HASHER.hash(as_typed(password))


def is_right(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the stored hash. Takes as long where there is none."""
    nobody = _hash_of_nobody(HASHER)
    try:
        HASHER.verify(stored or nobody, as_typed(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the parameters have changed since this hash was made."""
    return HASHER.check_needs_rehash(stored)


@cache
def common_passwords() -> frozenset[str]:
    """Passwords of eight characters or more that many people use, in small letters."""
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(token_urlsafe(32))

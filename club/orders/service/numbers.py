"""What an order is called, and the secret part of its address."""

import secrets

from club.members.rules import ALPHABET

NUMBER_LENGTH = 8
PICKUP_CODE_LENGTH = 6
KEY_BYTES = 24
"""192 bits: nobody finds an order by guessing."""


def new_number() -> str:
    """Eight signs that nobody mixes up, telling nothing of how many orders there are."""
    return "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))


def new_pickup_code() -> str:
    """What is said at the counter."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PICKUP_CODE_LENGTH))


def new_key() -> str:
    """The unguessable end of the order's address."""
    return secrets.token_urlsafe(KEY_BYTES)

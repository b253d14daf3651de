"""Encryption of what the database must keep and nobody may read there."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(Exception):
    """Sealed with another key, or changed since."""


class Seal:
    """Authenticated encryption under keys made from the program's secret: the first seals, all of them open."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_key_from(secret)) for secret in secrets])

    def close(self, text: str) -> bytes:
        """Seal a text."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text again; raises `Unreadable`."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as broken:
            raise Unreadable from broken

    def renew(self, sealed: bytes) -> bytes:
        """Seal again under the newest key; raises `Unreadable`."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as broken:
            raise Unreadable from broken


def _key_from(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"clientela: sealed columns").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)

"""Encryption of what the database must keep and nobody may read there."""

import base64
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from club.loading import OnFirstUse

if TYPE_CHECKING:
    from cryptography import fernet
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf import hkdf
else:
    fernet = OnFirstUse("cryptography.fernet")
    hashes = OnFirstUse("cryptography.hazmat.primitives.hashes")
    hkdf = OnFirstUse("cryptography.hazmat.primitives.kdf.hkdf")


class Unreadable(Exception):
    """Sealed with another key, or changed since."""


class Seal:
    """Authenticated encryption under keys made from the program's secret: the first seals, all of them open."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secrets)

    @cached_property
    def _fernet(self) -> "fernet.MultiFernet":
        return fernet.MultiFernet([fernet.Fernet(_key_from(secret)) for secret in self._secrets])

    def close(self, text: str) -> bytes:
        """Seal a text."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text again; raises `Unreadable`."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except fernet.InvalidToken as broken:
            raise Unreadable from broken

    def renew(self, sealed: bytes) -> bytes:
        """Seal again under the newest key; raises `Unreadable`."""
        try:
            return self._fernet.rotate(sealed)
        except fernet.InvalidToken as broken:
            raise Unreadable from broken


def _key_from(secret: str) -> bytes:
    expansion = hkdf.HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"clientela: sealed columns")
    return base64.urlsafe_b64encode(expansion.derive(secret.encode()))

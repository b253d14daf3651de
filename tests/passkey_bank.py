"""A device that makes passkeys and answers with them, as a browser would hand it on; it can be made to lie."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One key on one device."""

    origin: str = "http://localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    id: bytes = field(default_factory=lambda: token_bytes(16))
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, options: dict[str, Any]) -> str:
        """What it answers when a key is asked for."""
        self.handle = _bytes(options["user"]["id"])
        at = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})
        said = self._said(options["rp"]["id"], HAS_KEY) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        whole = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        return self._answer("webauthn.create", options, attestationObject=_text(whole))

    def shown(self, options: dict[str, Any]) -> str:
        """What it answers when it is asked to sign; it counts each time."""
        self.count += 1
        said = self._said(options["rpId"])
        client = self._client("webauthn.get", options)
        signature = self.key.sign(said + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"authenticatorData": _text(said), "signature": _text(signature), "userHandle": _text(self.handle)}
        return self._answer("webauthn.get", options, **parts)

    def _said(self, host: str, more: int = 0) -> bytes:
        return sha256(host.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, kind: str, options: dict[str, Any], **parts: str) -> str:
        response = {"clientDataJSON": _text(self._client(kind, options)), **parts}
        own = _text(self.id)
        sent = {"id": own, "rawId": own, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(sent)


def _text(sent: bytes) -> str:
    return urlsafe_b64encode(sent).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

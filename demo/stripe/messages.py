"""The signed messages to the club: sent at once, again until they are taken, or as somebody commands."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from demo.stripe.state import State, Thing, shown

WAITS_SECONDS = (1, 5, 30, 120, 600, 3600)
"""Between the tries while the club does not say 2xx; Stripe goes on for three days."""

_ANSWER_SECONDS = 20


@dataclass
class Manners:
    """How messages go out. Held ones wait for `release`."""

    holds: bool = False
    repeats: int = 1
    loses: bool = False
    delay_seconds: float = 0


@dataclass(frozen=True)
class Due:
    """One message that is to go out."""

    event_id: str
    at: float
    tries: int = 0


def signature(body: bytes, secrets: Sequence[str], moment: int) -> str:
    """The Stripe-Signature header: one v1 for every active secret, and the v0 that test mode adds."""
    signed = f"{moment}.".encode() + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks), f"v0={hashlib.sha256(signed).hexdigest()}"])


class Messages:
    """Sends events to one address, in a thread of its own."""

    def __init__(self, state: State, url: str, secrets: Sequence[str]) -> None:
        self.url = url
        self.manners = Manners()
        self._state = state
        self._secrets = tuple(secrets)
        self._due: list[Due] = []
        self._wake = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="stripe messages", daemon=True)

    def start(self) -> None:
        """Go on with what was not taken before a restart."""
        for event in reversed(self._state.latest("event")):
            if event["pending_webhooks"]:
                self.tell(event)
        self._thread.start()

    def end(self) -> None:
        with self._wake:
            self._is_ending = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def tell(self, event: Thing) -> None:
        """Something happened. Goes out after the change that it belongs to, because sending takes its turn too."""
        manners = self.manners
        if manners.loses or manners.holds or not self.url:
            return
        with self._wake:
            self._due += [Due(event["id"], time.monotonic() + manners.delay_seconds)] * manners.repeats
            self._wake.notify()

    def release(self, event_ids: Sequence[str]) -> list[int]:
        """Send these now, in this order, as often as they are named; what the club answered, 0 for nothing."""
        return [self._send(event_id) for event_id in event_ids]

    def _run(self) -> None:
        while (due := self._next()) is not None:
            taken = 200 <= self._send(due.event_id) < 300
            if not taken and due.tries < len(WAITS_SECONDS):
                with self._wake:
                    self._due.append(Due(due.event_id, time.monotonic() + WAITS_SECONDS[due.tries], due.tries + 1))

    def _next(self) -> Due | None:
        """The next that is due; waits for it. None at the end."""
        with self._wake:
            while not self._is_ending:
                now = time.monotonic()
                ready = min(self._due, key=lambda due: due.at, default=None)
                if ready is not None and ready.at <= now:
                    self._due.remove(ready)
                    return ready
                self._wake.wait(ready.at - now if ready else None)
        return None

    def _send(self, event_id: str) -> int:
        with self._state.turn():  # waits for the change that made it
            event = self._state.find("event", event_id)
        if event is None or not self.url:
            return 0
        body = json.dumps(shown(event), indent=2).encode()
        status = self._post(body, signature(body, self._secrets, self._state.now()))
        if 200 <= status < 300 and event["pending_webhooks"]:
            with self._state.turn():
                self._state.keep({**event, "pending_webhooks": 0})
        return status

    def _post(self, body: bytes, signed: str) -> int:
        where = urlsplit(self.url)
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_ANSWER_SECONDS)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed, "Accept": "*/*"}
        try:
            line.request("POST", where.path, body, headers)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

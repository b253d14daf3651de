"""The control panel from another process: what tests and the demonstration say to a running stand-in."""

import http.client
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from demo.stripe.faults import Fault

_SECONDS = 60


class Refusal(Exception):
    """The stand-in did not do it; its answer says why."""


class Remote:
    """Commands over HTTP."""

    def __init__(self, url: str, secret_key: str) -> None:
        self._where = urlsplit(url)
        self._secret_key = secret_key

    def pay(self, session_id: str, number: str) -> Any:
        """A buyer pays with this card; the payment."""
        return self._say("POST", "/pay", {"session": session_id, "card": number})

    def answer_bank(self, session_id: str, *, is_buyer: bool) -> Any:
        return self._say("POST", "/bank", {"session": session_id, "is_buyer": is_buyer})

    def settle(self, intent_id: str, *, is_paid: bool) -> Any:
        """A payment that was processing comes, or does not."""
        return self._say("POST", "/settle", {"intent": intent_id, "is_paid": is_paid})

    def dispute(self, intent_id: str, reason: str = "fraudulent") -> Any:
        return self._say("POST", "/dispute", {"intent": intent_id, "reason": reason})

    def close_dispute(self, dispute_id: str, *, is_won: bool) -> Any:
        return self._say("POST", "/close-dispute", {"dispute": dispute_id, "is_won": is_won})

    def fail_refund(self, refund_id: str) -> Any:
        return self._say("POST", "/fail-refund", {"refund": refund_id})

    def fault(self, fault: Fault, path: str, *, method: str = "POST", times: int = 1, seconds: float = 30) -> None:
        """The next calls to addresses that begin so go wrong like this."""
        order = {"fault": fault.value, "path": path, "method": method, "times": times, "seconds": seconds}
        self._say("POST", "/faults", order)

    def clear_faults(self) -> None:
        self._say("DELETE", "/faults", None)

    def hold_messages(self) -> None:
        """Nothing goes out by itself until other manners are given."""
        self._say("POST", "/messages", {"holds": True})

    def send_messages(self, *, repeats: int = 1, loses: bool = False, delay_seconds: float = 0) -> None:
        """From now on each goes out by itself, so often and so late, or never."""
        self._say("POST", "/messages", {"repeats": repeats, "loses": loses, "delay_seconds": delay_seconds})

    def release(self, event_ids: Sequence[str]) -> list[int]:
        """Send these events now, in this order, as often as they are named; what the club answered."""
        answers: list[int] = self._say("POST", "/release", {"events": list(event_ids)})
        return answers

    def put_forward(self, seconds: int) -> None:
        """The stand-in's clock runs ahead by this much; pages whose time is over close."""
        self._say("POST", "/clock", {"ahead_seconds": seconds})

    def all(self, kind: str) -> list[Any]:
        """Everything of a kind, latest first: checkout.session, payment_intent, charge, refund, dispute, event."""
        things: list[Any] = self._say("GET", f"/things/{kind}", None)
        return things

    def calls(self) -> list[Any]:
        """The calls of the API as they came and were answered, first to last."""
        calls: list[Any] = self._say("GET", "/calls", None)
        return calls

    def _say(self, method: str, path: str, words: Any) -> Any:
        line = http.client.HTTPConnection(self._where.hostname or "", self._where.port, timeout=_SECONDS)
        headers = {"Authorization": f"Bearer {self._secret_key}", "Content-Type": "application/json"}
        try:
            line.request(method, f"/control{path}", json.dumps(words) if words is not None else None, headers)
            answer = line.getresponse()
            text = answer.read().decode()
        finally:
            line.close()
        if answer.status >= 400:
            raise Refusal(f"{answer.status}: {text}")
        return json.loads(text) if text else None

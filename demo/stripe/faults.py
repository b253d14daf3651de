"""What goes wrong on command: an answer that fails, comes late, or never, before or after the work was done."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import Response, request


class Fault(StrEnum):
    """`…_after`: the work was done, the answer is lost."""

    ERROR = "error_500"
    ERROR_AFTER = "error_500_after"
    RATE_LIMITED = "rate_limited"
    IN_USE = "in_use"
    TIMEOUT = "timeout"
    TIMEOUT_AFTER = "timeout_after"
    CUT = "cut"
    CUT_AFTER = "cut_after"
    MALFORMED_AFTER = "malformed_after"
    DRIP_AFTER = "drip_after"


LOSES_THE_ANSWER = {Fault.TIMEOUT_AFTER, Fault.CUT_AFTER, Fault.MALFORMED_AFTER, Fault.DRIP_AFTER}
BROKEN = '{"error": {"type": "api_error", "message": "An unknown error occurred"}}'


@dataclass(frozen=True)
class Order:
    """This fault, for the next `times` calls of a method to addresses that begin so."""

    fault: Fault
    method: str
    path: str
    times: int = 1
    seconds: float = 30


class Faults:
    """The faults that wait for their call."""

    def __init__(self) -> None:
        self._waiting: list[Order] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def add(self, order: Order) -> None:
        with self._lock:
            self._waiting.append(order)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Order | None:
        """The first that fits this call, once less from now on."""
        with self._lock:
            for place, order in enumerate(self._waiting):
                if order.method == method and path.startswith(order.path):
                    left = replace(order, times=order.times - 1)
                    self._waiting[place : place + 1] = [left] if left.times else []
                    return order
        return None

    def end(self) -> None:
        """Let go of every call that is held."""
        self._ending.set()

    def hurt(self, order: Order) -> Response:
        """In place of the answer."""
        if order.fault is Fault.MALFORMED_AFTER:
            return Response('{"id": "cs_te', content_type="application/json")
        if order.fault is Fault.DRIP_AFTER:
            return Response(self._drops(order.seconds), content_type="application/json")
        if order.fault in {Fault.TIMEOUT, Fault.TIMEOUT_AFTER}:
            self._ending.wait(order.seconds)
        line: socket.socket = request.environ["werkzeug.socket"]
        line.shutdown(socket.SHUT_RDWR)
        return Response()

    def _drops(self, seconds: float) -> Iterator[bytes]:
        for _ in range(int(seconds * 20)):
            yield b" "
            if self._ending.wait(0.05):
                return

"""Tests reach nothing outside this machine, and nothing at all while a transaction is open for writing."""

import ipaddress
import socket
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from club.database import is_writing


class OutgoingCall(AssertionError):
    """The program tried to reach another machine, or any while it held a transaction open."""


_open_sessions: "weakref.WeakKeyDictionary[Session, int]" = weakref.WeakKeyDictionary()


@contextmanager
def no_outgoing_calls() -> Iterator[None]:
    """Refuse such calls while it lasts."""
    event.listen(Session, "after_begin", _remember)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield
    event.remove(Session, "after_begin", _remember)


def _remember(session: Session, *_: object) -> None:
    _open_sessions[session] = threading.get_ident()


def _guarded(call: Any) -> Any:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_outside(str(args[-1][0]))
            _refuse_while_writing(str(args[-1]))
        return call(self, *args)

    return guarded


def _guarded_lookup(call: Any) -> Any:
    def guarded(host: Any, *args: Any, **named: Any) -> Any:
        if host:
            _refuse_outside(host.decode() if isinstance(host, bytes) else str(host))
        return call(host, *args, **named)

    return guarded


def _refuse_outside(host: str) -> None:
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here:
        raise OutgoingCall(f"a test tried to reach {host}")


def _refuse_while_writing(address: str) -> None:
    here = threading.get_ident()
    if any(thread == here and is_writing(session) for session, thread in list(_open_sessions.items())):
        raise OutgoingCall(f"{address} was called while a transaction was open for writing")

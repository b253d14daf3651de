"""The line to Stripe: bounded in time, without a word about this machine, never tried again by itself."""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe
import urllib3

from club.payments.rules import AmountNotPayable
from club.payments.troubles import NOT_PAYABLE, Declined, OurMistake, StripeTrouble, TryLater

API_VERSION = "2026-10-28.endive"
"""The shapes that the gateway reads. A newer one is chosen on purpose, with the stand-in and its tests."""

stripe.enable_telemetry = False  # otherwise timings, the platform and an id kept in the home directory go along

_PIECE_BYTES = 64 * 1024
_KEY_NOT_TAKEN = {401, 403}
_OF_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}
_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    requests.exceptions.ConnectTimeout,
    ssl.SSLCertVerificationError,
)
"""Nothing was said yet: nobody there, too slow to open, or not Stripe. TLS that breaks later is no such case."""


class BoundedClient(stripe.RequestsClient):
    """The library's own client, but an answer that comes drop by drop ends too."""

    def __init__(self, base: str, connect_seconds: float, read_seconds: float, whole_seconds: float) -> None:
        session = None
        if urlsplit(base).hostname in _OF_THIS_MACHINE:
            session = requests.Session()
            session.trust_env = False  # a proxy of the operator's leads out of this machine
        super().__init__(timeout=(connect_seconds, read_seconds), session=session)
        self._whole_seconds = whole_seconds

    def request(  # type: ignore[override]  # the library says str and gives bytes
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Raises stripe.APIConnectionError, also when the whole answer takes too long."""
        deadline = time.monotonic() + self._whole_seconds
        raw, status, said = self.request_stream(method, url, headers, post_data)
        try:
            return _read(raw, deadline), status, said
        except (urllib3.exceptions.HTTPError, OSError) as broken:
            raise stripe.APIConnectionError("the answer broke off") from broken  # type: ignore[no-untyped-call]
        finally:
            raw.close()


def _read(raw: urllib3.HTTPResponse, deadline: float) -> bytes:
    pieces: list[bytes] = []
    while time.monotonic() < deadline:
        piece = raw.read1(_PIECE_BYTES, decode_content=True)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
    raise TimeoutError("the answer takes too long")


@contextmanager
def sorted_troubles(*, writes: bool) -> Iterator[None]:
    """Turn the library's errors into ours. What only reads has no outcome that could be unknown."""
    try:
        yield
    except AmountNotPayable as amount:
        raise OurMistake(f"Stripe cannot take {amount}", code=NOT_PAYABLE) from amount
    except stripe.StripeError as error:
        raise _sorted(error, writes) from error


def _sorted(error: stripe.StripeError, writes: bool) -> StripeTrouble:
    code = error.code or getattr(error.error, "code", None) or ""
    said, known = _said(error), {"code": code, "request_id": error.request_id or ""}
    status = error.http_status or 0
    if isinstance(error, stripe.CardError):
        bank = getattr(error.error, "decline_code", None)
        return Declined(said, code=bank or code, request_id=known["request_id"])
    if isinstance(error, stripe.APIConnectionError):
        return TryLater(said, is_outcome_unknown=writes and _may_have_arrived(error), **known)
    if isinstance(error, stripe.RateLimitError):
        return TryLater(said, is_outcome_unknown=False, **known)
    if status == 409 or status >= 500 or status < 400:  # in use elsewhere; broken there; unreadable
        return TryLater(said, is_outcome_unknown=writes, **known)
    parameter = str(getattr(error, "param", None) or "")
    return OurMistake(said, parameter=parameter, may_pass=status in _KEY_NOT_TAKEN, **known)


def _said(error: stripe.StripeError) -> str:
    """For our own log: the kind, and Stripe's sentence, which names no key and no card, or what broke the line."""
    if isinstance(error, stripe.APIConnectionError):
        return f"{type(error).__name__}: {type(error.__cause__).__name__}"
    return f"{type(error).__name__}: {error.user_message or 'without a word'}"


def _may_have_arrived(error: BaseException) -> bool:
    """Whether the request may have reached Stripe: true unless no connection was made at all."""
    return not any(isinstance(cause, _NEVER_SENT) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Whatever is behind an error: raised from, raised while, or wrapped as an argument or a reason."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        wrapped = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [other for other in wrapped if isinstance(other, BaseException)]

"""How Stripe says no."""

from typing import Any


class Refused(Exception):
    """An error answer. `is_kept`: whether it is replayed under the same idempotency key."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        parameter: str | None = None,
        is_kept: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_kept = is_kept
        named = {"code": code, "param": parameter, **more}
        self.body = {"error": {"type": kind, "message": message, **{k: v for k, v in named.items() if v is not None}}}


def missing(kind: str, thing_id: str) -> Refused:
    noun = {"checkout.session": "checkout.session", "payment_intent": "payment_intent"}.get(kind, kind)
    return Refused(404, f"No such {noun}: '{thing_id}'", code="resource_missing", parameter="id", is_kept=False)

"""A page that says no: the form again, under the right status."""

from flask import Response, make_response

from club.errors import Refusal, TooManyTries


def refused(page: str, refusal: Refusal) -> Response:
    """422, or for too many tries 429 with the seconds to wait."""
    answer = make_response(page)
    answer.status_code = 422
    if isinstance(refusal, TooManyTries):
        answer.status_code = 429
        answer.headers["Retry-After"] = str(refusal.wait_seconds)
    return answer

"""A page that says no: the form again, under the right status."""

from flask import Response, make_response

from club.errors import Refusal, SavedAlready, TooManyTries


def refused(page: str | Response, refusal: Refusal) -> Response:
    """422; 409 for a form that was saved with other content, 429 for too many tries, with the seconds to wait."""
    answer = make_response(page)
    answer.status_code = 422
    if isinstance(refusal, SavedAlready):
        answer.status_code = 409
    if isinstance(refusal, TooManyTries):
        answer.status_code = 429
        answer.headers["Retry-After"] = str(refusal.wait_seconds)
    return answer

"""Pages with a button that leads to the payment page, which lies on another site."""

from urllib.parse import urlsplit

from flask import Response, current_app, make_response

from club.settings import STRIPE, Settings
from web.security import CONTENT_SECURITY_POLICY

HOSTED = "https://checkout.stripe.com"


def leads_to_payment(page: str | Response, status: int = 200) -> Response:
    """A page from whose forms one may come to the payment page; browsers count where an answer sends them on to."""
    answer = page if isinstance(page, Response) else make_response(page, status)
    settings: Settings = current_app.extensions["club_settings"]
    if settings.takes_cards:
        own = "form-action 'self'"
        answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(own, f"{own} {_site(settings)}")
    return answer


def private(answer: Response) -> Response:
    """What somebody ordered: no copy is kept anywhere, and nobody who looks for pages lists it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _site(settings: Settings) -> str:
    if settings.stripe_api_base == STRIPE:
        return HOSTED
    base = urlsplit(settings.stripe_api_base)
    return f"{base.scheme}://{base.netloc}"

"""What protects every page: which hosts are answered, what a form may carry, what a browser may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from club.settings import Settings
from web.visitors import cookie

P = ParamSpec("P")
R = TypeVar("R")

LARGEST_REQUEST_BYTES = 64 * 1024 * 1024
LARGEST_FORM_BYTES = 256 * 1024
MOST_FORM_PARTS = 500
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
WITH_CAMERA = PERMISSIONS_POLICY.replace("camera=()", "camera=(self)")
"""For the one page that reads tickets."""

csrf = CSRFProtect()


def add_security(app: Flask, settings: Settings) -> None:
    """Cookies, hosts, sizes, form keys and headers. Comes before whatever else looks at a request."""
    is_https = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        TRUSTED_HOSTS=_trusted_hosts(settings),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-form" if is_https else "form",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=1),
        WTF_CSRF_TIME_LIMIT=None,
        OWN_ORIGIN=settings.base_url,
        SENDS_HSTS=is_https and settings.is_production,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.before_request(_refuse_nul)
    app.before_request(_refuse_other_origins)
    app.before_request(_refuse_doubled_keys)
    csrf.init_app(app)
    app.after_request(_protect)


def may_repeat(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """These fields of the form may be sent several times: boxes of one group, rows of one table."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        view.repeated_fields = frozenset(names)  # type: ignore[attr-defined]  # read back below
        return view

    return decorate


def body_of_at_most(most: int) -> bytes:
    """What another program sent, as it came; 413 for more bytes.

    `request.max_content_length` would come too late here: looking for doubled keys has opened the body already.
    """
    if (request.content_length or 0) > most:
        abort(413)
    body = request.get_data()
    return body if len(body) <= most else abort(413)


def _trusted_hosts(settings: Settings) -> list[str]:
    own = urlsplit(settings.base_url).hostname or "localhost"
    return [own] if settings.is_production else [own, "localhost", "127.0.0.1"]


def _refuse_nul() -> None:
    """No page has a NUL in its address, and PostgreSQL takes no text with one."""
    if "\0" in request.path:
        abort(404)


def _refuse_other_origins() -> None:
    """A form of another site is refused even if it knows a form key."""
    origin = request.headers.get("Origin")
    if request.method in SAFE_METHODS or origin is None:
        return
    if origin not in {current_app.config["OWN_ORIGIN"], request.host_url.rstrip("/")}:
        abort(403)


def _refuse_doubled_keys() -> None:
    """A key that comes twice is read differently by different programs, so it is refused."""
    if request.method in SAFE_METHODS:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    allowed: frozenset[str] = getattr(view, "repeated_fields", frozenset())
    for given in (request.args, request.form):
        if any(len(values) > 1 and key not in allowed for key, values in given.lists()):
            abort(400)


def _protect(response: Response) -> Response:
    """The headers of every answer, whatever its status."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    if current_app.config["SENDS_HSTS"]:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if cookie() is not None else "private, no-cache"
    headers.add("Vary", "Cookie, Accept-Language")
    return response

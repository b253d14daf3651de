"""Terms, privacy notice and returns: what counts now, since when, and what counted before."""

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from club.programme.legal import Edition, Legal, Published, editions, in_force, published
from club.programme.publishing import shipped
from portal import portal
from web.access import open_to_all
from web.database import db
from web.programme import programme

TITLES: dict[Legal, Any] = {
    Legal.TERMS: _l("Terms"),
    Legal.PRIVACY: _l("Privacy notice"),
    Legal.RETURNS: _l("Returns"),
}

FIRST = 0
"""The text that comes with the program: what counts before anything was published."""


@portal.get("/terms")
@open_to_all
def terms() -> ResponseReturnValue:
    """What members and the club owe each other."""
    return _page(Legal.TERMS, None)


@portal.get("/privacy")
@open_to_all
def privacy() -> ResponseReturnValue:
    """What the club keeps about members and why."""
    return _page(Legal.PRIVACY, None)


@portal.get("/returns")
@open_to_all
def returns() -> ResponseReturnValue:
    """How goods come back."""
    return _page(Legal.RETURNS, None)


@portal.get("/<any(terms, privacy, returns):kind>/<int:version>")
@open_to_all
def legal_version(kind: str, version: int) -> ResponseReturnValue:
    """One version, so that what somebody agreed to can be read for good."""
    return _page(Legal(kind), version)


def _page(kind: Legal, version: int | None) -> str:
    counting = in_force(db(), kind)
    shown = counting if version is None else _version(kind, version)
    known = editions(db(), kind) if counting is not None else []
    body = shipped(kind, programme()) if shown is None else shown.body
    return render_template(
        "portal/legal.html",
        title=TITLES[kind],
        body=body,
        shown=shown,
        is_old=counting is not None and (shown is None or shown.version != counting.version),
        current=url_for(f"portal.{kind.value}"),
        others=[_entry(kind, one) for one in known if shown is None or one.version != shown.version],
    )


def _version(kind: Legal, version: int) -> Published | None:
    """A version; None for the text that comes with the program."""
    if version == FIRST:
        return None
    if version >= 2**31:
        abort(404)
    found = published(db(), kind, version)
    if found is None:
        abort(404)
    return found


def _entry(kind: Legal, one: Edition) -> tuple[str, Edition]:
    return url_for("portal.legal_version", kind=kind.value, version=one.version), one

"""Addresses that hang on nothing but the name of their page: each is built once and then known."""

from typing import Any

from flask import current_app, request, url_for


def address(endpoint: str, **parts: Any) -> str:
    """As `url_for`, for pages whose parts are few and fixed: a menu has thirty of them on every page."""
    known: dict[tuple[object, ...], str] = current_app.extensions.setdefault("club_addresses", {})
    key = (request.script_root, endpoint, *parts.items())
    if key not in known:
        known[key] = url_for(endpoint, **parts)
    return known[key]

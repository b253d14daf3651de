"""Flask as this house uses it: addresses are built once, and templates find their globals in one dictionary.

A page says some fifty addresses, most of them the same on every page, and opens half a dozen templates. Building
addresses anew and walking Jinja's two layers of globals took a fifth of a page.
"""

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context, request
from flask.templating import Environment

MOST_KEPT = 4096
LONGEST_KEPT = 80
"""Values longer than this are somebody's words; nobody asks for them again."""

_Part = tuple[str, type, Any]


class Templates(Environment):
    """No template has globals of its own here, so all share those of the house."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Jinja lays a dictionary of each template over them."""
        return super().make_globals(d) if d else self.globals


class Application(Flask):
    """Remembers addresses within the site: they follow from their parts."""

    jinja_environment = Templates

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._address = lru_cache(MOST_KEPT)(self._build)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """The address of a page; within a request it begins with the path."""
        is_plain = not (_anchor or _method or _scheme or _external) and not endpoint.startswith(".")
        if is_plain and has_request_context() and all(_is_short(value) for value in values.values()):
            parts = [(name, type(value), value) for name, value in values.items()]
            return self._address(request.script_root, request.method, endpoint, *parts)
        return super().url_for(
            endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
        )

    def _build(self, root: str, method: str, endpoint: str, *parts: _Part) -> str:
        return super().url_for(endpoint, **{name: value for name, _kind, value in parts})


def _is_short(value: object) -> bool:
    return value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST_KEPT)

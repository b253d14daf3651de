"""Flask as this house uses it: addresses are built once, and templates are made by `web/compiled.py`.

A page says some fifty addresses, most of them the same on every page, and opens half a dozen templates. Building
addresses anew and walking Jinja's two layers of globals took a fifth of a page.
"""

from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context, request

from web.compiled import Templates
from web.kept import kept

MOST_KEPT = 4096
LONGEST_KEPT = 80
"""Values longer than this are somebody's words; nobody asks for them again."""

_SOME_ID = 7_404_740_474
_Place = tuple[str, str]


class Application(Flask):
    """Remembers addresses within the site: they follow from their parts."""

    jinja_environment = Templates

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._address = lru_cache(MOST_KEPT)(self._build)
        self._around = lru_cache(MOST_KEPT)(self._around_id)

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
        is_plain = not (_anchor or _method or _scheme or _external or endpoint.startswith("."))
        if is_plain and has_request_context():
            if len(values) == 1:
                ((name, row_id),) = values.items()
                around = (
                    self._around(kept("place of addresses", _place), endpoint, name) if type(row_id) is int else None
                )
                if around is not None:
                    return f"{around[0]}{row_id}{around[1]}"
            for value in values.values():
                if not _is_short(value):
                    break
            else:  # a number and a truth value may be equal and give other addresses: their types are told apart
                kinds = tuple(map(type, values.values()))
                return self._address(kept("place of addresses", _place), endpoint, tuple(values.items()), kinds)
        return super().url_for(
            endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
        )

    def _around_id(self, place: _Place, endpoint: str, name: str) -> tuple[str, str] | None:
        """What stands before and behind the number of a row in an address: a list shows fifty that differ in it."""
        if any(rule.defaults or name not in rule.arguments for rule in self.url_map.iter_rules(endpoint)):
            return None
        values: dict[str, Any] = {name: _SOME_ID}
        before, found, after = super().url_for(endpoint, **values).partition(str(_SOME_ID))
        return (before, after) if found else None

    def _build(self, place: _Place, endpoint: str, values: tuple[tuple[str, Any], ...], kinds: tuple[type, ...]) -> str:
        return super().url_for(endpoint, **dict(values))


def _place() -> _Place:
    """What addresses depend on beside their parts."""
    return request.script_root, request.method


def _is_short(value: object) -> bool:
    return value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST_KEPT)

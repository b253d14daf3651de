"""Parts of pages that are drawn once and shown again: `{% drawn key, … %} … {% enddrawn %}`.

The key names everything that the part says and that is not the club's own: language, formats and what the club's stamp
stands for are part of every key. What somebody typed is not kept: a key with None in it draws the part anew. A part may
hold no form that is sent: its secret is one visitor's.
"""

from collections.abc import Callable, Hashable

from flask import request
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from club.programme.models import remembered
from web.database import db
from web.languages import locale

MOST_SIGNS = 6 * 1024 * 1024
"""Of all parts that a process keeps."""
LARGEST_DRAWN = 96 * 1024
"""Signs of a part that is kept."""
_SIGNS = "how many signs"


class DrawnOnce(Extension):
    """The tag."""

    tags = {"drawn"}  # noqa: RUF012 - as Jinja reads it

    def parse(self, parser: Parser) -> nodes.Node:
        """`{% drawn one, other %}`: a call with where it stands, the parts of the key, and what draws it."""
        line = next(parser.stream).lineno
        key = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            key.append(parser.parse_expression())
        body = parser.parse_statements(("name:enddrawn",), drop_needle=True)
        place = nodes.Const(f"{parser.name}:{line}")
        return nodes.CallBlock(self.call_method("draw", [place, *key]), [], [], body).set_lineno(line)

    def draw(self, place: str, *key: Hashable, caller: Callable[[], Markup]) -> Markup:
        """What was drawn for this key before, else what is drawn now."""
        if None in key:
            return caller()
        known: dict[Hashable, Markup] = remembered(db(), "drawn parts", lambda _db: {})
        whole = (place, locale(), request.script_root, key)
        found = known.get(whole)
        if found is None:
            found = caller()
            assert 'name="csrf_token"' not in found, f"{place} would show one visitor's secret to others"
            if len(found) <= LARGEST_DRAWN:
                _keep(known, whole, found)
        return found


def _keep(known: dict[Hashable, Markup], key: Hashable, part: Markup) -> None:
    """Where they are too many signs, those that came first go."""
    signs: dict[str, int] = remembered(db(), _SIGNS, lambda _db: {"": 0})
    known[key] = part
    signs[""] += len(part)
    while signs[""] > MOST_SIGNS and known:
        signs[""] -= len(known.pop(next(iter(known))))

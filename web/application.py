"""Flask as this house uses it: addresses are built once, templates find their globals in one dictionary and call the
functions of the house without detours.

A page says some fifty addresses, most of them the same on every page, and opens half a dozen templates. Building
addresses anew and walking Jinja's two layers of globals took a fifth of a page.
"""

from collections.abc import MutableMapping
from functools import lru_cache
from keyword import iskeyword
from types import FunctionType, MethodType
from typing import Any

from flask import Flask, has_request_context, request
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from web.kept import kept

MOST_KEPT = 4096
LONGEST_KEPT = 80
"""Values longer than this are somebody's words; nobody asks for them again."""

_Place = tuple[str, str]


def shown(value: Any) -> str:
    """As `escape` has it, but what is Markup already stays as it is."""
    return value if type(value) is Markup else escape(value)


class _Generator(CodeGenerator):
    """What templates become. Jinja's own asks at each call whether the function wants the context."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's
        if forward_caller or not self._is_of_the_house(node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for given in (*node.args, *node.kwargs):
            self.visit(given, frame)
            self.write(", ")
        self.write(")")

    def _is_of_the_house(self, node: nodes.Call) -> bool:
        """Whether it calls a plain function that all templates know, with arguments that are written as in Python."""
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            return False
        known = self.environment.globals.get(node.node.name)
        plain = isinstance(known, FunctionType | MethodType) and not hasattr(known, "jinja_pass_arg")
        return plain and not any(iskeyword(given.key) for given in node.kwargs)


class Templates(Environment):
    """No template has globals of its own here, so all share those of the house."""

    code_generator_class = _Generator
    shown = staticmethod(shown)

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
        is_plain = not (_anchor or _method or _scheme or _external or endpoint.startswith("."))
        if is_plain and has_request_context():
            for value in values.values():
                if not _is_short(value):
                    break
            else:  # a number and a truth value may be equal and give other addresses: their types are told apart
                kinds = tuple(map(type, values.values()))
                return self._address(kept("place of addresses", _place), endpoint, tuple(values.items()), kinds)
        return super().url_for(
            endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
        )

    def _build(self, place: _Place, endpoint: str, values: tuple[tuple[str, Any], ...], kinds: tuple[type, ...]) -> str:
        return super().url_for(endpoint, **dict(values))


def _place() -> _Place:
    """What addresses depend on beside their parts."""
    return request.script_root, request.method


def _is_short(value: object) -> bool:
    return value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST_KEPT)

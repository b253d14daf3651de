"""What templates become: Jinja's own code, with fewer detours where a page says hundreds of things.

Jinja asks at each call whether the function wants the context, fills a macro's arguments by name and wraps each value
that it escapes. Here a macro that is called with values in their order, and a function that wants nothing, are called.
"""

import re
from collections.abc import Callable, MutableMapping
from functools import partial
from keyword import iskeyword
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

_to_escape = re.compile("[&<>\"']").search
_as_markup: Callable[[str], Markup] = partial(str.__new__, Markup)


def shown(value: Any) -> str:
    """As `escape` has it, but what needs no escaping stays as it is."""
    kind = type(value)
    if kind is Markup:
        return value
    if kind is str and _to_escape(value) is None:
        return value
    return str(value) if kind is int else escape(value)


class HouseMacro(Macro):
    """A macro; `draw` is its function and takes every argument."""

    def __init__(
        self, environment: Environment, draw: Callable[..., str], name: str, arguments: list[str], *rest: bool
    ) -> None:
        super().__init__(environment, draw, name, arguments, *rest)
        self.draw = draw
        self.absent = [(missing,) * count for count in range(len(arguments), -1, -1)]
        """What stands for the arguments that are not given, by how many are."""
        self.is_plain = not (self.catch_kwargs or self.catch_varargs or self.caller)


def called(
    context: Context,
    what: Any,
    loop_values: dict[str, Any] | None,
    block_values: dict[str, Any] | None,
    /,
    *given: Any,
    **named: Any,
) -> Any:
    """As `Context.call` has it."""
    kind = type(what)
    if kind is HouseMacro:
        if not named and what.is_plain and len(given) < len(what.absent) and context.eval_ctx.autoescape:
            return _as_markup(what.draw(*given, *what.absent[len(given)]))
        return what(context.eval_ctx, *given, **named)
    if (kind is MethodType or kind is FunctionType or kind is BuiltinMethodType) and not hasattr(
        what, "jinja_pass_arg"
    ):
        return what(*given, **named)
    return context.call(what, *given, **named, _loop_vars=loop_values, _block_vars=block_values)


class _Generator(CodeGenerator):
    """Writes the Python of a template."""

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("shown, called, attribute = environment.shown, environment.called, environment.getattr")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("shown(")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        node = macro_ref.node
        rest = (macro_ref.accesses_kwargs, macro_ref.accesses_varargs, macro_ref.accesses_caller)
        arguments = [argument.name for argument in node.args]
        self.write(f"environment.macro(environment, macro, {getattr(node, 'name', None)!r}, {arguments!r}, ")
        self.write(f"{', '.join(map(repr, rest))}, context.eval_ctx.autoescape)")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's
        self.write("attribute(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's
        is_ours = not forward_caller and self._is_of_the_house(node)
        self.write("" if is_ours else "called(context, ")
        self.visit(node.node, frame)
        if is_ours:
            self.write("(")
            for given in (*node.args, *node.kwargs):
                self.visit(given, frame)
                self.write(", ")
        else:
            loop_values = "_loop_vars" if frame.loop_frame else "None"
            self.write(f", {loop_values}, {'_block_vars' if frame.block_frame else 'None'}")
            self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
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
    shown, called, macro = staticmethod(shown), staticmethod(called), HouseMacro

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Jinja lays a dictionary of each template over them."""
        return super().make_globals(d) if d else self.globals

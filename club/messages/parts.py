"""What a mail is made of: the sentences of each act's template, in their order, with the fields that they can say."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from club.messages.acts import ACTS

TEMPLATES = Path(__file__).parent / "templates" / "mail"

ALWAYS = frozenset({"club", "name"})
"""Fields that every text can say."""
FIELD_FROM = {
    "number": ("number",),
    "points": ("points",),
    "time": ("minutes", "hours", "days"),
    "tier": ("tier",),
    "day": ("until",),
    "times": ("multiplier_percent",),
    "percent": ("discount_percent",),
    "address": ("new",),
    "product": ("product",),
    "order": ("order",),
    "before": ("before",),
    "carrier": ("carrier",),
    "tracking": ("tracking",),
    "code": ("code",),
    "event": ("event",),
    "gift": ("gift",),
    "occasion": ("day_name",),
    "month": ("month",),
    "years": ("years",),
    "money": ("worth", "saved"),
    "when": ("starts",),
    "where": ("where",),
    "deadline": ("answer_by",),
    "writer": ("writer",),
    "member": ("member",),
    "files": ("left_out",),
}
"""Field → the keys of a message's data that it is made of."""

KINDS = ("subject", "paragraph", "button")


@dataclass(frozen=True)
class Part:
    """One sentence or paragraph of a mail."""

    kind: str
    """subject, paragraph or button."""
    shipped: str
    """The shipped English words: the key under which the club's own words are kept."""
    fields: frozenset[str]
    """What may stand in braces."""
    only_with: str = ""
    """The key of the data without which this part is left out; empty: it is always said."""


@cache
def parts_of(act: str) -> tuple[Part, ...]:
    """The parts of an act's mail, subject first."""
    source = (TEMPLATES / f"{act}.txt").read_text(encoding="utf-8")
    template = Environment(extensions=["jinja2.ext.i18n"]).parse(source)  # noqa: S701 - read, never rendered
    return tuple(part for block in template.find_all(nodes.Block) for part in _parts_in(act, block.body, ""))


def _parts_in(act: str, body: list[nodes.Node], only_with: str) -> Iterator[Part]:
    for node in body:
        if isinstance(node, nodes.If):
            names = [name.name for name in node.test.find_all(nodes.Name)] or [getattr(node.test, "name", "")]
            yield from _parts_in(act, node.body, names[0])
        elif isinstance(node, nodes.Output):
            yield from (part for one in node.nodes for part in _part_from(act, one, only_with))


def _part_from(act: str, node: nodes.Node, only_with: str) -> Iterator[Part]:
    """`_("…")` by itself is the subject; inside `paragraph(…)` or `button(…)` it is that."""
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name):
        return
    kind, said = ("subject", node) if node.node.name == "_" else (node.node.name, node.args[0])
    if kind not in KINDS or not isinstance(said, nodes.Call) or not isinstance(said.args[0], nodes.Const):
        return
    own = frozenset(value.key for value in said.kwargs)
    yield Part(kind, said.args[0].value, own | ALWAYS | fields_of(act), only_with)


def fields_of(act: str) -> frozenset[str]:
    """The fields that every part of an act can say."""
    there = ACTS[act].needs | ACTS[act].may_have
    return frozenset(field for field, keys in FIELD_FROM.items() if there.intersection(keys))

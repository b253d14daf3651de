"""The tree of categories, remembered in the process until one of them changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.models import Category, CategorySlug
from club.errors import NotFound
from club.programme.models import remembered
from club.texts import Texts


@dataclass(frozen=True)
class Node:
    """One category."""

    id: int
    parent_id: int | None
    position: int
    name: Texts
    words: Texts
    slugs: Texts
    is_shown: bool
    earns_points: bool
    takes_points: bool
    version: int


@dataclass(frozen=True)
class Tree:
    """All categories in their order."""

    nodes: Mapping[int, Node]
    below: Mapping[int | None, tuple[Node, ...]]
    """Parent → its children; None → the roots."""
    by_slug: Mapping[str, int]
    """Also addresses of earlier days."""

    @property
    def roots(self) -> tuple[Node, ...]:
        """Those at the top."""
        return self.below.get(None, ())

    def node(self, category_id: int) -> Node:
        """One category; raises `NotFound`."""
        if category_id not in self.nodes:
            raise NotFound
        return self.nodes[category_id]

    def children(self, category_id: int) -> tuple[Node, ...]:
        """Those right below it."""
        return self.below.get(category_id, ())

    def path(self, category_id: int | None) -> list[Node]:
        """From the top down to it."""
        found: list[Node] = []
        while category_id is not None and category_id in self.nodes:
            found.insert(0, self.nodes[category_id])
            category_id = found[0].parent_id
        return found

    def subtree(self, category_id: int) -> set[int]:
        """It and all below it."""
        found = {category_id}
        for child in self.children(category_id):
            found |= self.subtree(child.id)
        return found

    def of_slug(self, slug: str) -> Node:
        """The category of an address; raises `NotFound`. Where it stands now says its own `slugs`."""
        if slug not in self.by_slug:
            raise NotFound
        return self.nodes[self.by_slug[slug]]

    def earns_points(self, category_id: int | None) -> bool:
        """Whether what stands in it earns points; one above that does not speaks for all below."""
        return all(node.earns_points for node in self.path(category_id))

    def takes_points(self, category_id: int | None) -> bool:
        """Whether points can pay for what stands in it."""
        return all(node.takes_points for node in self.path(category_id))

    def purchase_category(self, category_id: int | None) -> str:
        """What the line of a purchase names as its category: the English part of its address, so campaigns find it."""
        return "" if category_id is None else self.node(category_id).slugs.into("en")

    def is_shown(self, category_id: int) -> bool:
        """Whether it and all above it are shown."""
        return all(node.is_shown for node in self.path(category_id))

    def in_order(self) -> list[tuple[int, Node]]:
        """Every category with its depth, as an outline."""

        def walk(parent_id: int | None, depth: int) -> list[tuple[int, Node]]:
            found: list[tuple[int, Node]] = []
            for node in self.below.get(parent_id, ()):
                found += [(depth, node), *walk(node.id, depth + 1)]
            return found

        return walk(None, 0)


_COLUMNS = tuple(getattr(Category, name) for name in Node.__dataclass_fields__)


def tree(db: Session) -> Tree:
    """All categories."""
    return remembered(db, "categories", _load)


def _load(db: Session) -> Tree:
    rows = db.execute(select(*_COLUMNS).order_by(Category.parent_id, Category.position, Category.id))
    nodes = {row.id: Node(*row) for row in rows}
    below: dict[int | None, tuple[Node, ...]] = {}
    for node in nodes.values():
        below[node.parent_id] = (*below.get(node.parent_id, ()), node)
    slugs = db.execute(select(CategorySlug.slug, CategorySlug.category_id))
    return Tree(nodes, below, {row.slug: row.category_id for row in slugs})

"""Lists that staff work with: what the address asks for, and the addresses that ask for something else.

Everything that a list shows is in its address: filters, order and page. So it can be kept, sent and gone back to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from flask import request, url_for

Row = TypeVar("Row")

PAGE = 50
LAST_PAGE = 100_000
LONGEST_FILTER = 200


@dataclass(frozen=True)
class Asked:
    """One list as its address asks for it. `order` is a column's key; a minus before it turns it round."""

    endpoint: str
    filters: Mapping[str, str]
    order: str
    page: int
    usual_order: str
    parts: Mapping[str, Any]
    """What stands in the path of the address."""

    @property
    def key(self) -> str:
        """The column that the list is ordered by."""
        return self.order.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.order.startswith("-")

    @property
    def offset(self) -> int:
        """Rows on the pages before this one."""
        return (self.page - 1) * PAGE

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.filters)

    def address(self, endpoint: str | None = None, page: int = 1) -> str:
        """This list, or what another page makes of the same choice."""
        shown: dict[str, Any] = {**self.parts, **self.filters}
        if self.order != self.usual_order:
            shown["order"] = self.order
        if page > 1:
            shown["page"] = page
        return url_for(endpoint or self.endpoint, **shown)

    def without(self, name: str) -> str:
        """The list with one filter less."""
        return replace(self, filters={key: value for key, value in self.filters.items() if key != name}).address()

    def with_filter(self, name: str, value: str) -> str:
        """The list with one more filter, or another value of it."""
        return replace(self, filters={**self.filters, name: value}).address()

    def ordered_by(self, key: str) -> str:
        """The list in the order of a column; asked twice, the other way round."""
        turned = f"-{key}" if self.order == key else key
        return replace(self, order=turned).address()


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page of a list."""

    rows: Sequence[Row]
    asked: Asked
    total: int | None
    """Of the whole list; None where counting would cost more than it tells."""
    has_more: bool

    @property
    def before(self) -> str | None:
        """The page before this one."""
        return self.asked.address(page=self.asked.page - 1) if self.asked.page > 1 else None

    @property
    def after(self) -> str | None:
        """The page after this one."""
        return self.asked.address(page=self.asked.page + 1) if self.has_more else None


def asked(filters: Sequence[str], orders: Sequence[str], usual_order: str) -> Asked:
    """Read this request's address. What the list does not know is left out, an order that it does not know too.

    `filters` are the names of its filters, `orders` the keys of the columns that it can be ordered by.
    """
    assert request.endpoint is not None
    wanted = request.args.get("order", usual_order)
    number = request.args.get("page", 1, type=int)
    return Asked(
        endpoint=request.endpoint,
        filters={name: value for name in filters if (value := asked_for(name))},
        order=wanted if wanted.removeprefix("-") in orders else usual_order,
        page=min(max(number, 1), LAST_PAGE),
        usual_order=usual_order,
        parts=dict(request.view_args or {}),
    )


def asked_for(name: str, longest: int = LONGEST_FILTER) -> str:
    """One value of the address; PostgreSQL takes no text with a NUL in it."""
    return request.args.get(name, "").replace("\0", "").strip()[:longest]


def page_of(rows: Sequence[Row], this: Asked, total: int | None = None) -> Page[Row]:
    """One page, from the rows of a query with `limit=PAGE + 1` and `offset=this.offset`."""
    return Page(rows[:PAGE], this, total, has_more=len(rows) > PAGE)

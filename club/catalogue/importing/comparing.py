"""What a table would change, row by row: new, changed (before and after), same, or not usable. Nothing is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.categories import tree
from club.catalogue.importing.cells import EMPTIED, BadValue, Known, cells_of, columns, said_in, with_said
from club.catalogue.models import Attribute, Variant
from club.catalogue.pricing import public_rows
from club.catalogue.rules.faults import Fault
from club.catalogue.rules.pricing import GUEST, PriceRow, price_for
from club.catalogue.rules.products import (
    AttributeKind,
    NewProduct,
    NewVariant,
    State,
    check_product,
    is_sku,
    sku_key,
)
from club.catalogue.written import Written, products_as_written
from club.errors import BadFile, BadProduct
from club.intake.safety import safe_cell
from club.intake.table import Record, open_table
from club.programme.models import the_club
from club.texts import Texts
from club.tiers.models import ladder_on

MOST_ROWS = 20_000
NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True)
class RowError:
    """One cell that cannot be used. Words: `web.product_words`, or `rules.faults.plain` at the command line."""

    row: int
    column: str
    value: str
    fault: Fault
    detail: str = ""


@dataclass(frozen=True)
class RowChange:
    """What becomes of one row; `fields`: column, before, after."""

    row: int
    kind: str
    sku: str
    name: Texts
    product_id: int | None
    fields: tuple[tuple[str, str, str], ...]


@dataclass
class Draft:
    """One product as it would be: what stands, what rows said, and the prices and the state that they ask for."""

    before: Written | None
    product: NewProduct
    state: State
    prices: dict[str, int] = field(default_factory=dict)
    """By the SKU as it is compared."""
    rows: list[int] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        """Whether the product itself is written."""
        return self.before is None or self.product != self.before.product


@dataclass(frozen=True)
class Plan:
    """What a table would do. `fingerprint`: the same as long as neither the table nor the products change."""

    changes: list[RowChange]
    errors: list[RowError]
    drafts: list[Draft]
    unknown_columns: tuple[str, ...]
    described: str
    """How the file was read."""

    def count(self, kind: str) -> int:
        """How many rows are new, changed or the same."""
        return sum(change.kind == kind for change in self.changes)

    @property
    def rows(self) -> int:
        """How many rows there are, usable or not."""
        return len(self.changes) + len({error.row for error in self.errors})

    @property
    def fingerprint(self) -> str:
        """What was looked at, in short."""
        return sha256(repr((self.changes, self.errors)).encode()).hexdigest()


def look(db: Session, path: Path, day: date, encoding: str | None = None) -> Plan:
    """Read a table and say what it would change on a day. Raises `BadFile` for what is no such table."""
    known = known_in(db, day)
    table = open_table(path, columns(known), encoding)
    with table.records() as records:
        rows = []
        for record in records:
            rows.append(record)
            if len(rows) > MOST_ROWS:
                raise BadFile(f"it has more than {MOST_ROWS} rows; split it into parts")
    if not rows:
        raise BadFile("it has no rows below its first one")
    looking = _Looking(db, known, day, rows, table.columns.all)
    looking.run()
    return Plan(looking.changes, looking.errors, looking.drafts, table.unknown, table.described)


def known_in(db: Session, day: date) -> Known:
    """What cells are read against."""
    club = the_club(db)
    facts = db.execute(select(Attribute.key, Attribute.kind).order_by(Attribute.position, Attribute.key))
    kinds = {row.key: AttributeKind(row.kind) for row in facts}
    rungs = [rung.key for rung in ladder_on(db, day).ladder.rungs]
    return Known(tree(db), kinds, rungs, club.main_language, club.currency)


class _Looking:
    """One look through a table."""

    def __init__(self, db: Session, known: Known, day: date, rows: list[Record], names: tuple[str, ...]) -> None:
        self._known = known
        self._day = day
        self._names = names
        self._rows = rows
        keys = {sku_key(record.cells[0]) for record in rows}
        self._owners = {
            row.sku_key: (row.product_id, row.id)
            for row in db.execute(
                select(Variant.sku_key, Variant.product_id, Variant.id).where(Variant.sku_key.in_(keys))
            )
        }
        ids = {product_id for product_id, _ in self._owners.values()}
        self._written = products_as_written(db, ids)
        self._prices = public_rows(db, ids, day)
        self._seen: dict[str, int] = {}
        self._by_product: dict[int, Draft] = {}
        self._said: dict[tuple[int, str], tuple[int, Any]] = {}
        self.changes: list[RowChange] = []
        self.errors: list[RowError] = []
        self.drafts: list[Draft] = []

    def run(self) -> None:
        """Row by row, then each product as a whole."""
        good = [one for one in map(self._taken, self._rows) if one is not None]
        usable = [one for one in good if self._holds(one)]
        self.changes = [self._change(*one) for one in usable]

    def _taken(self, record: Record) -> tuple[Record, str, Draft] | None:
        cells = {name: _unsafe(cell) for name, cell in zip(self._names, record.cells, strict=True) if cell}
        sku = cells.pop("sku", "")
        key = sku_key(sku)
        if not key or (key not in self._owners and not is_sku(sku)):
            self._wrong(record, "sku", sku, Fault.BAD_SKU if sku else Fault.NEEDED, sku)
            return None
        if key in self._seen:
            self._wrong(record, "sku", sku, Fault.SKU_TAKEN, str(self._seen[key]))
            return None
        self._seen[key] = record.number
        said = self._read(record, cells)
        if said is None:
            return None
        draft = self._draft(key, sku)
        if not self._agrees(record, draft, said):
            return None
        draft.product = with_said(draft.product, key, said, self._known)
        draft.state = said.get("state") or draft.state
        draft.rows.append(record.number)
        if said.get("price") is not None:
            draft.prices[key] = said["price"]
        return record, key, draft

    def _read(self, record: Record, cells: Mapping[str, str]) -> dict[str, Any] | None:
        said: dict[str, Any] = {}
        bad = len(self.errors)
        for column, text in cells.items():
            try:
                said[column] = said_in(column, text, self._known)
            except BadValue as wrong:
                self._wrong(record, column, text, wrong.fault, wrong.detail)
            if text == EMPTIED and column in ("price", "state", "active"):
                self._wrong(record, column, text, Fault.NEEDED)
        return said if len(self.errors) == bad else None

    def _draft(self, key: str, sku: str) -> Draft:
        if key not in self._owners:
            draft = Draft(None, NewProduct(Texts({}), variants=(NewVariant(sku),)), State.DRAFT)
            self.drafts.append(draft)
            return draft
        product_id, _ = self._owners[key]
        if product_id not in self._by_product:
            written = self._written[product_id]
            self._by_product[product_id] = Draft(written, written.product, written.state)
            self.drafts.append(self._by_product[product_id])
        return self._by_product[product_id]

    def _agrees(self, record: Record, draft: Draft, said: Mapping[str, Any]) -> bool:
        """Rows of one product say the same of it."""
        if draft.before is None:
            return True
        for column, value in said.items():
            if column in ("content", "unit", "weight_grams", "sold_in", "active", "price"):
                continue
            row, other = self._said.setdefault((draft.before.id, column), (record.number, value))
            if other != value:
                self._wrong(record, column, "", Fault.SEVERAL, str(row))
                return False
        return True

    def _holds(self, one: tuple[Record, str, Draft]) -> bool:
        record, key, draft = one
        try:
            check_product(draft.product)
        except BadProduct as wrong:
            self._wrong(record, wrong.place, "", Fault(wrong.fault), wrong.detail)
            return False
        is_live = draft.state is State.LIVE and (draft.before is None or draft.before.state is not State.LIVE)
        if is_live and draft.prices.get(key, self._price(key)) is None:
            self._wrong(record, "price", "", Fault.NOT_READY)
            return False
        return True

    def _change(self, record: Record, key: str, draft: Draft) -> RowChange:
        after_price = draft.prices.get(key, self._price(key))
        after = cells_of(draft.product, _variant(draft.product, key), draft.state, after_price, self._known)
        if draft.before is None:
            fields = tuple((column, "", text) for column, text in after.items() if text)
            return RowChange(record.number, NEW, after["sku"], draft.product.name, None, fields)
        old = draft.before
        before = cells_of(old.product, _variant(old.product, key), old.state, self._price(key), self._known)
        fields = tuple((column, before[column], after[column]) for column in after if before[column] != after[column])
        return RowChange(record.number, CHANGED if fields else SAME, before["sku"], draft.product.name, old.id, fields)

    def _price(self, key: str) -> int | None:
        """The usual price of a variant that is there."""
        if key not in self._owners:
            return None
        product_id, variant_id = self._owners[key]
        return base_price(self._prices[product_id], variant_id, self._day)

    def _wrong(self, record: Record, column: str, value: str, fault: Fault, detail: str = "") -> None:
        self.errors.append(RowError(record.number, column, value[:80], fault, detail))


def base_price(rows: Iterable[PriceRow], variant_id: int, day: date) -> int | None:
    """The usual price of one variant."""
    price = price_for(list(rows), variant_id, GUEST, day)
    return None if price is None else price.base


def _variant(product: NewProduct, key: str) -> NewVariant:
    return next(variant for variant in product.variants if sku_key(variant.sku) == key)


def _unsafe(cell: str) -> str:
    """A cell as it was before it was made safe for spreadsheets."""
    bare = cell.removeprefix("'")
    return bare if safe_cell(bare) == cell else cell

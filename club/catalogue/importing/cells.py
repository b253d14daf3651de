"""The columns of the table: one row a variant. What a cell says, and how a product is written into cells.

An empty cell leaves what is there as it is; a hyphen by itself empties it. Reading and writing are each other's mirror.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from club.catalogue.categories import Tree
from club.catalogue.rules.faults import Fault
from club.catalogue.rules.products import (
    AttributeKind,
    NewAttribute,
    NewProduct,
    NewVariant,
    NoReturn,
    State,
    TaxClass,
    Unit,
    sku_key,
)
from club.countries import is_country
from club.intake.cells import BadCell, day_in, whole_in
from club.intake.table import Columns
from club.money import LARGEST_AMOUNT, to_major, to_minor
from club.texts import LANGUAGES, Texts

EMPTIED = "-"
FACT = "fact_"
TEXTS = ("name", "short", "description")
TEXT_COLUMNS = tuple(f"{part}_{language}" for part in TEXTS for language in LANGUAGES)
OF_PRODUCT = (
    "category", "tax_class", "tax_abroad", "tier", "min_age", "no_return", "limit_per_member", "visible_from",
    "visible_until",
    "state",
)  # fmt: skip
OF_VARIANT = ("content", "unit", "weight_grams", "sold_in", "active", "price")
THOUSAND = 1000


@dataclass(frozen=True)
class Known:
    """What cells are read and written against."""

    tree: Tree
    facts: Mapping[str, AttributeKind]
    rungs: Sequence[str]
    main: str
    currency: str


class BadValue(Exception):
    """A cell that cannot be used."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = detail


def columns(known: Known) -> Columns:
    """The columns that a file can have, facts of the club included."""
    facts = tuple(f"{FACT}{key}" for key in known.facts)
    return Columns(("sku",), (*TEXT_COLUMNS, *OF_PRODUCT, *OF_VARIANT, *facts))


def said_in(column: str, text: str, known: Known) -> Any:
    """What a cell says, as the product keeps it. Raises `BadValue`."""
    if text == EMPTIED:
        return _EMPTY.get(column)
    if column in TEXT_COLUMNS:
        return text
    if column.startswith(FACT):
        return _fact(column.removeprefix(FACT), text, known)
    read = _READERS[column]
    return read(text, known)


def with_said(product: NewProduct, sku_key: str, said: Mapping[str, Any], known: Known) -> NewProduct:
    """The product after a row; price and state are no part of it."""
    whole: dict[str, Any] = {name: said[column] for column, name in _FIELDS.items() if column in said}
    for part in TEXTS:
        new = {language: said[f"{part}_{language}"] or "" for language in LANGUAGES if f"{part}_{language}" in said}
        if new:
            whole[part] = Texts({**getattr(product, part), **new})
    if "category" in said:
        home = () if said["category"] is None else (said["category"],)
        whole["category_ids"] = (*home, *(one for one in product.category_ids[1:] if one not in home))
    facts = {column.removeprefix(FACT): value for column, value in said.items() if column.startswith(FACT)}
    if facts:
        kept = [one for one in product.attributes if one.key not in facts]
        new_facts = [_merged(product, one) for one in facts.values() if one is not None]
        whole["attributes"] = tuple(sorted([*kept, *new_facts], key=lambda one: one.key))
    own = {name: said[column] for column, name in _OWN_FIELDS.items() if column in said}
    variants = tuple(replace(one, **own) if _is(one, sku_key) else one for one in product.variants)
    return replace(product, **whole, variants=variants)


def cells_of(product: NewProduct, variant: NewVariant, state: State, price: int | None, known: Known) -> dict[str, str]:
    """A variant as a row: every column, empty where there is nothing."""
    cells = {"sku": variant.sku}
    for part in TEXTS:
        cells |= {f"{part}_{language}": getattr(product, part).get(language, "") for language in LANGUAGES}
    home = known.tree.nodes.get(product.category_ids[0]) if product.category_ids else None
    cells |= {
        "category": home.slugs.into(known.main, known.main) if home else "",
        "tax_class": product.tax_class.value,
        "tax_abroad": " ".join(f"{code}={one.value}" for code, one in sorted(product.tax_abroad.items())),
        "tier": product.rung_key or "",
        "min_age": _text(product.min_age),
        "no_return": product.no_return.value if product.no_return else "",
        "limit_per_member": _text(product.limit_per_member),
        "visible_from": _text(product.visible_from),
        "visible_until": _text(product.visible_until),
        "state": state.value,
        "content": _decimal(variant.content) if variant.content else "",
        "unit": variant.unit.value if variant.unit else "",
        "weight_grams": _text(variant.weight_grams or None),
        "sold_in": str(variant.sold_in),
        "active": "yes" if variant.is_active else "no",
        "price": "" if price is None else f"{to_major(price, known.currency):f}",
    }
    values = {one.key: one for one in product.attributes}
    for key in known.facts:
        one = values.get(key)
        cells[f"{FACT}{key}"] = one.value.into(known.main, known.main) if one else ""
    return cells


def _is(variant: NewVariant, key: str) -> bool:
    return sku_key(variant.sku) == key


def _merged(product: NewProduct, new: NewAttribute) -> NewAttribute:
    """The fact with its words in other languages, where its value in the main one stays."""
    old = next((one for one in product.attributes if one.key == new.key), None)
    is_same = old is not None and all(old.value.get(language) == words for language, words in new.value.items())
    return old if old is not None and is_same else new


def _fact(key: str, text: str, known: Known) -> NewAttribute:
    number = _thousandths(text) if known.facts[key] is AttributeKind.NUMBER else None
    return NewAttribute(key, Texts({known.main: text}), number)


def _thousandths(text: str) -> int:
    try:
        scaled = Decimal(text.replace(",", ".")) * THOUSAND
    except InvalidOperation as unreadable:
        raise BadValue(Fault.NOT_A_NUMBER, text[:40]) from unreadable
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > LARGEST_AMOUNT:
        raise BadValue(Fault.NOT_A_NUMBER, text[:40])
    return int(scaled)


def _amount(text: str, known: Known) -> int:
    try:
        amount = to_minor(Decimal(text.replace(",", ".")), known.currency)
    except (InvalidOperation, ValueError) as unreadable:
        example = f"{to_major(123450, known.currency):f}"
        raise BadValue(Fault.NOT_AN_AMOUNT, example) from unreadable
    if not 0 <= amount <= LARGEST_AMOUNT:
        raise BadValue(Fault.OUT_OF_RANGE, f"0–{LARGEST_AMOUNT}")
    return amount


def _whole(text: str, known: Known) -> int:
    try:
        return whole_in(text)
    except BadCell as unreadable:
        raise BadValue(Fault.NOT_WHOLE) from unreadable


def _day(text: str, known: Known) -> date:
    try:
        return day_in(text)
    except BadCell as unreadable:
        raise BadValue(Fault.NOT_A_DAY) from unreadable


def _one_of(words: Mapping[str, Any]) -> Callable[[str, Known], Any]:
    def read(text: str, known: Known) -> Any:
        if text.lower() not in words:
            raise BadValue(Fault.CAN_BE, ", ".join(words))
        return words[text.lower()]

    return read


def _category(text: str, known: Known) -> int:
    if text not in known.tree.by_slug:
        raise BadValue(Fault.UNKNOWN, text[:80])
    return known.tree.by_slug[text]


def _rung(text: str, known: Known) -> str:
    if text not in known.rungs:
        raise BadValue(Fault.CAN_BE, ", ".join(known.rungs))
    return text


def _abroad(text: str, known: Known) -> dict[str, TaxClass]:
    """PT=reduced FR=standard"""
    found = {}
    for part in text.replace(",", " ").replace(";", " ").split():
        code, _, named = part.partition("=")
        if not is_country(code.upper()):
            raise BadValue(Fault.UNKNOWN, part[:80])
        found[code.upper()] = _tax_class(named, known)
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _decimal(thousandths: int) -> str:
    return f"{Decimal(thousandths) / THOUSAND:f}"


_tax_class = _one_of({one.value: one for one in TaxClass})

_EMPTY = {"tax_class": TaxClass.STANDARD, "tax_abroad": {}, "content": 0, "weight_grams": 0, "sold_in": 1}
_FIELDS = {
    "tax_class": "tax_class",
    "tax_abroad": "tax_abroad",
    "tier": "rung_key",
    "min_age": "min_age",
    "no_return": "no_return",
    "limit_per_member": "limit_per_member",
    "visible_from": "visible_from",
    "visible_until": "visible_until",
}
_OWN_FIELDS = {
    "content": "content",
    "unit": "unit",
    "weight_grams": "weight_grams",
    "sold_in": "sold_in",
    "active": "is_active",
}
_READERS: dict[str, Callable[[str, Known], Any]] = {
    "category": _category,
    "tax_class": _tax_class,
    "tax_abroad": _abroad,
    "tier": _rung,
    "min_age": _whole,
    "no_return": _one_of({one.value: one for one in NoReturn}),
    "limit_per_member": _whole,
    "visible_from": _day,
    "visible_until": _day,
    "state": _one_of({one.value: one for one in State}),
    "content": lambda text, known: _thousandths(text),
    "unit": _one_of({one.value: one for one in Unit}),
    "weight_grams": _whole,
    "sold_in": _whole,
    "active": _one_of({"yes": True, "no": False}),
    "price": _amount,
}

"""The form of a product: its texts, its place, who sees it, and its facts."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin.products.fields import ThousandthsField, TicksField
from admin.products.words import NO_RETURNS, TAX_CLASSES
from club.catalogue.categories import Tree
from club.catalogue.rules.faults import Place
from club.catalogue.rules.products import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_SHORT,
    LONGEST_SLUG,
    MOST_QUANTITY,
    AttributeKind,
    NewAttribute,
    NewProduct,
    NoReturn,
    TaxClass,
)
from club.errors import BadProduct, Refusal, SlugTaken
from club.texts import LANGUAGES, Texts
from club.tiers.rules import Rung
from web.delivery_words import country_name
from web.forms import DayField, Form, TextAreaField, TextField, WholeNumberField
from web.languages import OWN_NAMES, in_language

_CLASSES = [(one.value, words) for one, words in TAX_CLASSES.items()]
LONGEST_FACT = 200
LONGEST_VERSION = 9
NOTHING = ""


class FactKind(Protocol):
    """What the form has to know of a kind of fact."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> AttributeKind: ...


class ProductForm(Form):
    """One product; texts in each language and facts are added by `form_for`."""

    facts: tuple[tuple[str, AttributeKind], ...] = ()
    countries: tuple[str, ...] = ()

    home = SelectField(_l("Category"))
    also = TicksField(_l("Also stands in"))
    tax_class = SelectField(_l("Tax"), choices=[SelectChoice(*one) for one in _CLASSES])
    visible_from = DayField(_l("In the shop from"))
    visible_until = DayField(_l("In the shop until"))
    rung_key = SelectField(_l("Shown to"))
    limit_per_member = WholeNumberField(_l("At most for each member"), least=1, most=MOST_QUANTITY)
    min_age = WholeNumberField(_l("Minimum age"), least=1, most=99)
    no_return = SelectField(
        _l("Giving it back"),
        choices=[
            SelectChoice(NOTHING, _l("Possible")),
            *(SelectChoice(one.value, words) for one, words in NO_RETURNS.items()),
        ],
    )
    takes_tier_discount = BooleanField(_l("The discount of tiers counts for it"))
    version = HiddenField()
    """Which state of the product the form was filled from."""

    def offer(self, tree: Tree, rungs: Sequence[Rung], current: str | None) -> None:
        """The categories and tiers that there are, and the tier that it is shown to now, whether or not it is left."""
        outline = [(str(node.id), _indented(depth, in_language(node.name))) for depth, node in tree.in_order()]
        self.home.choices = [SelectChoice(NOTHING, _("None yet")), *(SelectChoice(*one) for one in outline)]
        self.also.choices = [SelectChoice(*one) for one in outline]
        tiers = {rung.key: _("Tier %(tier)s and above", tier=in_language(rung.name)) for rung in rungs}
        if current is not None:
            tiers.setdefault(current, current)
        self.rung_key.choices = [
            SelectChoice(NOTHING, _("Everybody")),
            *(SelectChoice(key, words) for key, words in tiers.items()),
        ]

    @property
    def seen_version(self) -> int:
        """Which state of the product the form was filled from; 0, which no state has, where it says nonsense."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0

    def texts(self, name: str) -> Texts:
        """One text in every language."""
        return Texts({language: self[f"{name}_{language}"].data or "" for language in LANGUAGES})

    def product(self, before: NewProduct) -> NewProduct:
        """What was typed, as a value. Variants and options stay as they were."""
        home = [int(self.home.data)] if self.home.data else []
        also = [int(one) for one in self.also.data or () if int(one) not in home]
        return replace(
            before,
            name=self.texts("name"),
            short=self.texts("short"),
            description=self.texts("description"),
            slugs=self.texts("slug"),
            category_ids=(*home, *also),
            tax_class=TaxClass(self.tax_class.data),
            tax_abroad={code: TaxClass(field.data) for code, field in self.abroad() if field.data},
            visible_from=self.visible_from.data,
            visible_until=self.visible_until.data,
            rung_key=self.rung_key.data or None,
            limit_per_member=self.limit_per_member.data,
            min_age=self.min_age.data,
            no_return=NoReturn(self.no_return.data) if self.no_return.data else None,
            takes_tier_discount=bool(self.takes_tier_discount.data),
            attributes=tuple(fact for fact in map(self._fact, self.facts) if fact is not None),
        )

    def abroad(self) -> list[tuple[str, Field]]:
        """Each country with its own class of tax."""
        return [(code, self[f"abroad-{code}"]) for code in self.countries]

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        self.refuse(refusal, self._field_of(refusal))

    def _fact(self, fact: tuple[str, AttributeKind]) -> NewAttribute | None:
        key, kind = fact
        if kind is AttributeKind.NUMBER:
            number = self[f"fact-{key}"].data
            if number is None:
                return None
            return NewAttribute(key, Texts(dict.fromkeys(LANGUAGES, plain(number))), number)
        value = Texts({language: self[f"fact-{key}-{language}"].data or "" for language in LANGUAGES})
        return NewAttribute(key, value) if value else None

    def _field_of(self, refusal: Refusal) -> Field | None:
        match refusal:
            case SlugTaken(slug=slug):
                return next((self[f"slug_{one}"] for one in LANGUAGES if self[f"slug_{one}"].data == slug), None)
            case BadProduct(place=Place.NAME):
                return self[f"name_{LANGUAGES[0]}"]
            case BadProduct(place=Place.SLUG, detail=slug):
                return next((self[f"slug_{one}"] for one in LANGUAGES if self[f"slug_{one}"].data == slug), None)
            case BadProduct(place=Place.DAYS):
                return self.visible_until
            case BadProduct(place=Place.CATEGORIES):
                return self.home
            case BadProduct(place=Place.TIER):
                return self.rung_key
        return None


@cache
def form_for(facts: tuple[tuple[str, AttributeKind], ...], countries: tuple[str, ...]) -> type[ProductForm]:
    """The form in a club with these kinds of facts, whose goods go to these countries."""
    fields: dict[str, Any] = {"facts": facts, "countries": countries}
    for code in countries:
        fields[f"abroad-{code}"] = SelectField(
            choices=[SelectChoice(NOTHING, _l("The same")), *(SelectChoice(*one) for one in _CLASSES)]
        )
    for language in LANGUAGES:
        label, look = OWN_NAMES[language], {"lang": language, "autocomplete": "off"}
        fields[f"name_{language}"] = TextField(label, longest=LONGEST_NAME, render_kw=look)
        fields[f"short_{language}"] = TextAreaField(
            label, longest=LONGEST_SHORT, rows=2, render_kw={"lang": language, "class": "form-control"}
        )
        fields[f"description_{language}"] = TextAreaField(
            label, longest=LONGEST_DESCRIPTION, rows=8, render_kw={"lang": language, "class": "form-control"}
        )
        fields[f"slug_{language}"] = TextField(
            label, longest=LONGEST_SLUG, render_kw={"spellcheck": "false", "autocomplete": "off"}
        )
    for key, kind in facts:
        if kind is AttributeKind.NUMBER:
            fields[f"fact-{key}"] = ThousandthsField(_l("Number"))
            continue
        for language in LANGUAGES:
            fields[f"fact-{key}-{language}"] = TextField(
                OWN_NAMES[language], longest=LONGEST_FACT, render_kw={"lang": language, "autocomplete": "off"}
            )
    return type("ProductOfClub", (ProductForm,), fields)


def form_of(
    product: NewProduct, version: int, kinds: Sequence[FactKind], countries: Collection[str] = ()
) -> ProductForm:
    """The form, filled; what a browser sends takes its place. `countries`: where goods go beside the own one."""
    asked = tuple(sorted({*countries, *product.tax_abroad}))
    given: dict[str, Any] = {
        "home": str(product.category_ids[0]) if product.category_ids else NOTHING,
        "also": [str(one) for one in product.category_ids[1:]],
        "tax_class": product.tax_class.value,
        "visible_from": product.visible_from,
        "visible_until": product.visible_until,
        "rung_key": product.rung_key or NOTHING,
        "limit_per_member": product.limit_per_member,
        "min_age": product.min_age,
        "no_return": product.no_return.value if product.no_return else NOTHING,
        "takes_tier_discount": product.takes_tier_discount,
        "version": version,
    }
    for name, texts in (
        ("name", product.name), ("short", product.short), ("description", product.description), ("slug", product.slugs),
    ):  # fmt: skip
        given |= {f"{name}_{language}": texts.get(language, "") for language in LANGUAGES}
    for fact in product.attributes:
        given[f"fact-{fact.key}"] = fact.number
        given |= {f"fact-{fact.key}-{language}": fact.value.get(language, "") for language in LANGUAGES}
    given |= {f"abroad-{code}": one.value for code, one in product.tax_abroad.items()}
    form = form_for(tuple((one.key, AttributeKind(one.kind)) for one in kinds), asked)(**given)
    for code, field in form.abroad():
        field.label.text = country_name(code)
    return form


def plain(thousandths: int) -> str:
    """A number as data: 0.75, whatever the reader's language."""
    whole, part = divmod(thousandths, 1000)
    return f"{whole}.{part:03}".rstrip("0").removesuffix(".")


def _indented(depth: int, name: str) -> str:
    """Options of a select have no outline of their own."""
    return "\u2003" * depth + name

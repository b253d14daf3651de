"""The form of an article: what people read in each language, about what, for whom, and where it leads."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from club.content.rules import LONGEST_BODY, LONGEST_LEAD, LONGEST_SLUG, LONGEST_TITLE, Article, Audience, Fault, Theme
from club.errors import BadArticle, Refusal
from club.texts import LANGUAGES, Texts
from club.tiers.rules import Rung
from web.content_words import THEMES
from web.forms import Form, OnceKeyField, TextAreaField, TextField
from web.languages import OWN_NAMES, in_language

LONGEST_SKU = 64
NO_EVENT = "0"
RUNG = "rung:"
"""Before the key of a tier among the choices of who may read it."""
TEXTS = ("title", "lead", "body")
_FIELDS: Mapping[str, str] = {Fault.LEAD: "lead", Fault.BODY: "body"}
"""Beside which text the words of a fault stand; those of the others at the title or at a field of their own."""


def _line(language: str) -> TextField:
    look = {"lang": language, "autocomplete": "off"}
    return TextField(_l("Title (%(language)s)", language=OWN_NAMES[language]), longest=LONGEST_TITLE, render_kw=look)


def _lead(language: str) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control"}
    label = _l("Introduction (%(language)s)", language=OWN_NAMES[language])
    return TextAreaField(label, longest=LONGEST_LEAD, rows=3, render_kw=look)


def _body(language: str) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control prose-field", "spellcheck": "true"}
    label = _l("Text (%(language)s)", language=OWN_NAMES[language])
    return TextAreaField(label, longest=LONGEST_BODY, rows=16, render_kw=look)


class ArticleForm(Form):
    """One article."""

    title_en, title_es, title_ru = _line("en"), _line("es"), _line("ru")
    lead_en, lead_es, lead_ru = _lead("en"), _lead("es"), _lead("ru")
    body_en, body_es, body_ru = _body("en"), _body("es"), _body("ru")
    theme = SelectField(_l("Theme"))
    who = SelectField(_l("Who may read it"))
    slug = TextField(_l("End of the address"), longest=LONGEST_SLUG, render_kw={"autocomplete": "off"})
    event = SelectField(_l("Event to go to"))
    sku = TextField(_l("Product to look at"), longest=LONGEST_SKU, render_kw={"autocomplete": "off"})
    key = OnceKeyField()
    version = HiddenField()
    """Which state of the article the form was filled from."""

    def offer_choices(self, rungs: Sequence[Rung], events: Sequence[tuple[int, str]], current: str | None) -> None:
        """The themes, tiers and events that there are; a tier that is gone stays while it is chosen."""
        self.theme.choices = [SelectChoice(one.value, words) for one, words in THEMES.items()]
        names = {rung.key: in_language(rung.name) for rung in rungs[1:]}
        if current is not None:
            names.setdefault(current, current)
        self.who.choices = [
            SelectChoice(Audience.PUBLIC.value, _("Everybody")),
            SelectChoice(Audience.MEMBERS.value, _("All members")),
            *(SelectChoice(RUNG + key, _("Tier %(tier)s and above", tier=name)) for key, name in names.items()),
        ]
        none = SelectChoice(NO_EVENT, _("None"))
        self.event.choices = [none, *(SelectChoice(str(event_id), said) for event_id, said in events)]

    def is_whole(self, language: str) -> bool:
        """Whether it could be read in this language."""
        return bool(self[f"title_{language}"].data and self[f"body_{language}"].data)

    def is_wrong(self, language: str) -> bool:
        """Whether something in this language is to be put right: then its part of the form is open."""
        return any(self[f"{name}_{language}"].errors for name in TEXTS)

    def article(self, product_id: int | None) -> Article:
        """What was typed, as a value."""
        chosen = self.who.data
        is_rung = chosen.startswith(RUNG)
        texts = {name: Texts({one: self[f"{name}_{one}"].data or "" for one in LANGUAGES}) for name in TEXTS}
        return Article(
            theme=Theme(self.theme.data),
            who=Audience.RUNG if is_rung else Audience(chosen),
            rung_key=chosen.removeprefix(RUNG) if is_rung else None,
            event_id=None if self.event.data == NO_EVENT else int(self.event.data),
            product_id=product_id,
            **texts,
        )

    def show_refusal(self, refusal: Refusal, language: str) -> None:
        """Put the words of a refusal where it belongs; about a text, at the one in `language`."""
        if not isinstance(refusal, BadArticle):
            self.refuse(refusal)
        elif refusal.fault == Fault.RUNG:
            self.refuse(refusal, self.who)
        else:
            self.refuse(refusal, self[f"{_FIELDS.get(refusal.fault, 'title')}_{language}"])


def filled_from(article: Article, version: int, slug: str, sku: str) -> dict[str, Any]:
    """The form as an article fills it."""
    given: dict[str, Any] = {
        "theme": article.theme.value,
        "who": RUNG + (article.rung_key or "") if article.who is Audience.RUNG else article.who.value,
        "slug": slug,
        "event": str(article.event_id or NO_EVENT),
        "sku": sku,
        "version": str(version),
    }
    for language in LANGUAGES:
        given |= {f"{name}_{language}": getattr(article, name).get(language, "") for name in TEXTS}
    return given

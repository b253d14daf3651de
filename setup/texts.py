"""Collect the sentences of the pages into translations/messages.pot and bring the languages up to date.

The files carry no line numbers, are sorted, and keep no sentence that is gone: a change shows only what changed.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
TEMPLATE = TRANSLATIONS / "messages.pot"
LANGUAGES = ("es", "ru")
SPEAKING = ("club", "web", "portal", "shop", "admin")
"""The packages whose sentences people read; operators are spoken to in English."""

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
JINJA = {"silent": "false", "encoding": "utf-8", "extensions": "web.drawn.DrawnOnce"}
OPTIONS = {name: JINJA for name, method in METHODS if method == "jinja2"}
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def main() -> int:
    template = extracted()
    kept = read(TEMPLATE) if TEMPLATE.exists() else None
    if kept is not None and ids(kept) == ids(template):
        template.creation_date = kept.creation_date
    write(TEMPLATE, template)
    for language in LANGUAGES:
        path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = read(path, language) if path.exists() else new(language)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        write(path, catalog)
        missing = sum(1 for message in sentences(catalog) if not is_translated(message))
        print(f"{language}: {len(catalog)} sentences, {missing} to translate")
    return 0


def extracted() -> Catalog:
    """Every sentence that the program says now."""
    template = Catalog(project="Clientela", charset="utf-8", fuzzy=False, last_translator="", language_team="")
    template.header_comment = "# The sentences of Clientela. Made by `make texts`."
    for package in SPEAKING:
        if not (ROOT / package).is_dir():
            continue
        found = extract_from_dir(
            ROOT / package,
            method_map=METHODS,
            options_map=OPTIONS,
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for _file, _line, said, comments, context in found:
            template.add(said, None, auto_comments=comments, context=context)
    return template


def new(language: str) -> Catalog:
    catalog = Catalog(locale=language, project="Clientela", fuzzy=False, last_translator="", language_team="")
    catalog.header_comment = f"# The sentences of Clientela: {language}."
    return catalog


def sentences(catalog: Catalog) -> list[Message]:
    """The messages of a catalogue without its header."""
    return [message for message in catalog if message.id]


def ids(catalog: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    """What is said, as (context, forms)."""
    return {
        (message.context, (message.id,) if isinstance(message.id, str) else tuple(message.id))
        for message in sentences(catalog)
    }


def is_translated(message: Message) -> bool:
    """Whether every form of it has words."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(forms) and all(forms)


def read(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, no_location=True, sort_output=True, ignore_obsolete=True)


if __name__ == "__main__":
    sys.exit(main())

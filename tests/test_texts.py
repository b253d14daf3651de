"""Every sentence that the program says is there in Spanish and Russian, whole and with the same blanks."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from setup.texts import LANGUAGES, TEMPLATE, TRANSLATIONS, extracted, ids, is_translated, read, sentences

PLURALS = {"es": 2, "ru": 3}
BLANK = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[a-z]|%%|\{\w*\}")


@pytest.fixture(params=LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return read(TRANSLATIONS / request.param / "LC_MESSAGES" / "messages.po", request.param)


def forms(message: Message) -> Iterator[str]:
    """The translations of one sentence."""
    said = message.string if isinstance(message.string, tuple | list) else (message.string,)
    yield from (form or "" for form in said)


def blanks(text: str) -> set[str]:
    return {found.group() for found in BLANK.finditer(text)}


def originals(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def test_the_list_of_sentences_is_up_to_date() -> None:
    said, listed = ids(extracted()), ids(read(TEMPLATE))
    assert sorted(map(str, said - listed)) == [], "run `make texts`"
    assert sorted(map(str, listed - said)) == [], "run `make texts`"
    assert said


def test_every_language_has_every_sentence(catalog: Catalog) -> None:
    assert ids(catalog) == ids(read(TEMPLATE))
    assert [message.id for message in sentences(catalog) if not is_translated(message)] == []
    assert [message.id for message in sentences(catalog) if message.fuzzy] == []
    assert list(catalog.obsolete) == []


def test_every_language_has_its_plural_forms(catalog: Catalog) -> None:
    expected = PLURALS[str(catalog.locale)]
    assert catalog.num_plurals == expected
    plural = [message for message in sentences(catalog) if not isinstance(message.id, str)]
    assert [message.id for message in plural if len(tuple(forms(message))) != expected] == []


def test_a_translation_has_the_blanks_of_its_original(catalog: Catalog) -> None:
    """A singular may say "one" instead of the number; nothing else may be missing or added."""
    wrong = []
    for message in filter(is_translated, sentences(catalog)):
        wanted = set().union(*map(blanks, originals(message)))
        may_miss = {"%(num)d"} if not isinstance(message.id, str) else set()
        for form in forms(message):
            has = blanks(form)
            if not (wanted - may_miss <= has <= wanted):
                wrong.append((message.id, form))
    assert wrong == []


def test_a_translation_begins_and_ends_like_its_original(catalog: Catalog) -> None:
    def edges(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    wrong = [
        (message.id, form)
        for message in filter(is_translated, sentences(catalog))
        for form in forms(message)
        if edges(form) != edges(originals(message)[0])
    ]
    assert wrong == []

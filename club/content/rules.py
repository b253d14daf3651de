"""An article as staff write it, in which languages it can be read, who may read it, and how long that takes. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from club.errors import BadArticle
from club.texts import LANGUAGES, Texts

LONGEST_TITLE, LONGEST_LEAD, LONGEST_BODY, LONGEST_SLUG = 120, 300, 20_000, 80
LONGEST_COMMENT = 1000
WORDS_A_MINUTE = 200
NO_TEXTS = Texts({})


class Theme(StrEnum):
    """What it is about."""

    HEALTH = "health"
    FAMILY = "family"
    CULTURE = "culture"
    TRADE = "trade"


class State(StrEnum):
    """Where an article stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    """Shown from its day on."""
    WITHDRAWN = "withdrawn"


class Audience(StrEnum):
    """Who may read it. Everybody may know that it is there."""

    PUBLIC = "public"
    MEMBERS = "members"
    RUNG = "rung"
    """Members of a tier and of every higher one."""


class CommentState(StrEnum):
    """Where a comment stands."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Fault(StrEnum):
    """What speaks against an article as it is written."""

    TITLE = "title"
    LEAD = "lead"
    BODY = "body"
    RUNG = "rung"
    UNFINISHED = "unfinished"
    """No language has both a title and a text, so nobody could read it."""


@dataclass(frozen=True)
class Reader:
    """Whoever reads. `rung_keys`: their tier and every lower one."""

    is_member: bool = False
    rung_keys: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Article:
    """An article as it is written; `body` is Markdown."""

    theme: Theme
    title: Texts
    lead: Texts = NO_TEXTS
    """One or two sentences on its card and in search engines."""
    body: Texts = NO_TEXTS
    who: Audience = Audience.PUBLIC
    rung_key: str | None = None
    event_id: int | None = None
    product_id: int | None = None

    def check(self) -> None:
        """Raise `BadArticle` with the first thing that cannot be meant."""
        for fault, is_wrong in (
            (Fault.TITLE, not self.title or _is_longer(self.title, LONGEST_TITLE)),
            (Fault.LEAD, _is_longer(self.lead, LONGEST_LEAD)),
            (Fault.BODY, _is_longer(self.body, LONGEST_BODY)),
            (Fault.RUNG, (self.who is Audience.RUNG) != bool(self.rung_key)),
        ):
            if is_wrong:
                raise BadArticle(fault.value)

    def check_finished(self) -> None:
        """Raise `BadArticle` where nobody could read it."""
        self.check()
        if not self.languages:
            raise BadArticle(Fault.UNFINISHED.value)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those with a title and a text."""
        return tuple(language for language in LANGUAGES if language in self.title and language in self.body)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Languages in which it cannot be read; there it is shown in another one."""
        return tuple(language for language in LANGUAGES if language not in self.languages)


def language_for(written: Collection[str], wanted: str, main: str) -> str:
    """In which language a reader gets it: title and text are never of two languages."""
    for language in (wanted, main, *LANGUAGES):
        if language in written:
            return language
    return main


def may_read(who: Audience, rung_key: str | None, reader: Reader) -> bool:
    """Whether it is for this reader."""
    match who:
        case Audience.PUBLIC:
            return True
        case Audience.MEMBERS:
            return reader.is_member
    return reader.is_member and rung_key in reader.rung_keys


def minutes(body: str) -> int:
    """How long reading takes, at least one minute."""
    return max(1, -(-len(body.split()) // WORDS_A_MINUTE))


def _is_longer(texts: Texts, most: int) -> bool:
    return any(len(text) > most for text in texts.values())

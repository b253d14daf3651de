"""Articles in words: themes, states, for whom, how long they take; and what the club says no to about them."""

from collections.abc import Mapping
from typing import Any, assert_never

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from club import errors
from club.content.rules import Audience, Fault, State, Theme
from club.errors import Refusal
from web.formats import number
from web.movements import rung_name

THEMES: Mapping[Theme, Any] = {
    Theme.HEALTH: _l("Health"),
    Theme.FAMILY: lazy_pgettext("theme of an article", "Family"),
    Theme.CULTURE: _l("Culture"),
    Theme.TRADE: _l("Our trade"),
}

STATES: Mapping[State, Any] = {
    State.DRAFT: _l("Draft"),
    State.PUBLISHED: lazy_pgettext("an article", "Published"),
    State.WITHDRAWN: lazy_pgettext("an article", "Withdrawn"),
}

STATE_LOOKS: Mapping[State, str] = {State.DRAFT: "", State.PUBLISHED: "success", State.WITHDRAWN: "warning"}

FAULTS: Mapping[str, Any] = {
    Fault.TITLE: _l("Enter a title of at most 120 characters."),
    Fault.LEAD: _l("The introduction has at most 300 characters."),
    Fault.BODY: _l("The text has at most 20,000 characters."),
    Fault.RUNG: _l("Choose the tier from which on it can be read."),
    Fault.UNFINISHED: _l("Nobody could read it: enter a title and a text in one language at least."),
}


def for_whom(who: Audience, rung_key: str | None) -> str:
    """Who may read it."""
    match who:
        case Audience.PUBLIC:
            return _("Everybody")
        case Audience.MEMBERS:
            return _("All members")
        case Audience.RUNG:
            return _("Tier %(tier)s and above", tier=rung_name(rung_key or ""))
        case _ as never:
            assert_never(never)


def reading_time(minutes: int) -> str:
    """How long it takes."""
    return ngettext("%(count)s minute to read", "%(count)s minutes to read", minutes, count=number(minutes))


def words_about_content(refusal: Refusal) -> str:
    """One or two sentences for a person; empty for what is not about articles."""
    match refusal:
        case errors.BadArticle(fault=fault):
            return str(FAULTS[fault])
        case errors.ArticleNotPublished():
            return _("Nobody sees this article: there is nothing to withdraw.")
        case errors.CommentsClosed():
            return _("The club takes no comments on this.")
        case errors.CommentMissing():
            return _("Write what you want to say, in at most 1,000 characters.")
    return ""

"""Consents in words: what for, by which way, and by which form they came."""

from typing import Any

from flask_babel import lazy_gettext as _l

from club.contact.rules import said_as
from web.leads import KINDS
from web.messages_words import TOPICS

PURPOSES: dict[str, Any] = {
    "news": _l("News"),
    "terms": _l("Terms"),
    "privacy": _l("Privacy notice"),
    "request": _l("Answer to a request"),
    "contact": _l("Being contacted at all"),
    **{said_as(topic): words for topic, words in TOPICS.items()},
}
WAYS: dict[str, Any] = {
    "any": "",
    "email": _l("by e-mail"),
    "phone": _l("by phone"),
    "post": _l("by post"),
    "web": _l("on the web"),
}
HEARD: dict[str, Any] = {
    "phone": _l("They said so on the phone"),
    "paper": _l("They signed a paper"),
    "counter": _l("They said so at the counter"),
    "mail": _l("They wrote it in a mail or letter"),
}
FORMS: dict[str, Any] = {
    "join": _l("Join page"),
    "claim": _l("Invitation to their account"),
    "counter": _l("At the counter"),
    "preferences": _l("Page of their choices"),
    "mail": _l("Page behind a link in a mail"),
    "mailbox": _l("The button of a mail program"),
    "lead": _l("Form of the club"),
    "contact": _l("Page “Talk to us”"),
    "staff": _l("Told to the club's staff"),
    "events": _l("Sign-up for an event"),
    **{f"lead:{kind.value}": words for kind, words in KINDS.items()},
    **{f"staff:{how}": words for how, words in HEARD.items()},
}
"""Source → words, without the account behind it. Others, such as a file's name, are shown as they are."""


def came_by(source: str) -> str:
    """The form, without the account behind it; a file's name as it is."""
    return str(FORMS.get(source.partition(" ")[0], source))

"""The names of what messages are about."""

from typing import Any

from flask_babel import lazy_gettext as _l

from club.contact.rules import Topic

TOPICS: dict[Topic, Any] = {
    Topic.SERVICE: _l("Your account"),
    Topic.ORDERS: _l("Orders"),
    Topic.POINTS: _l("Points and tier"),
    Topic.STATEMENT: _l("Statements"),
    Topic.EVENTS: _l("Events"),
    Topic.OFFERS: _l("Offers"),
    Topic.NEWS: _l("News of the club"),
    Topic.GREETINGS: _l("Greetings"),
}

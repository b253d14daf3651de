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

WHAT_COMES: dict[Topic, Any] = {
    Topic.POINTS: _l("Points that came or will expire, and your tier."),
    Topic.STATEMENT: _l("What came and went in a month."),
    Topic.EVENTS: _l("Invitations and reminders to answer."),
    Topic.OFFERS: _l("What the club offers to you."),
    Topic.NEWS: _l("What is new in the club and in its shop."),
    Topic.GREETINGS: _l("For your birthday and other days."),
}
"""What mails of a topic say, for whoever chooses."""

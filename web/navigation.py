"""Where each door leads: one list a door. An entry appears once its page exists."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from club.catalogue.categories import tree
from club.content.models import has_articles
from club.permissions import Permission, may
from web.access import rule_of
from web.database import db
from web.programme import today
from web.visitors import visitor

_BELOW = {
    "shop.filter": {"shop.catalogue"},
    "shop.product": {"shop.catalogue"},
    "shop.product_tell": {"shop.catalogue"},
    "portal.event": {"portal.events", "portal.my_events"},
    "portal.event_answer": {"portal.my_events"},
    "admin.order": {"admin.orders"},
}
"""Pages whose names do not say below which one they lie."""


_OF_A_SHOP = {"shop.catalogue", "portal.orders", "portal.invoices", "portal.address"}


@dataclass(frozen=True)
class Entry:
    """One destination. `words` are its label; `tab` puts it into the bar at the bottom of a phone, as `short`.

    `folded`: asked for less often, so that a wide page shows it below "More".
    """

    endpoint: str
    words: Any
    tab: bool = False
    short: Any = None
    """Its label where five stand side by side; none: the same."""
    folded: bool = False


@dataclass(frozen=True)
class Group:
    """Entries of the staff's menu under one heading."""

    words: Any
    entries: tuple[Entry, ...]


PUBLIC = (
    Entry("shop.catalogue", _l("Shop")),
    Entry("portal.events", _l("Events")),
    Entry("portal.benefits", _l("Benefits")),
    Entry("portal.news", _l("Magazine")),
)

FOOT = (
    Entry("portal.contact", _l("Talk to us")),
    Entry("portal.benefits", _l("Benefits")),
    Entry("portal.terms", _l("Terms")),
    Entry("portal.privacy", _l("Privacy notice")),
    Entry("portal.returns", _l("Returns")),
)

ACCOUNT = (
    Entry("portal.messages", _l("Messages")),
    Entry("portal.choices", _l("Which mails you get")),
    Entry("portal.orders", _l("Orders")),
    Entry("portal.invoices", _l("Invoices")),
    Entry("portal.help", _l("Questions")),
    Entry("portal.referrals", _l("Bring a friend")),
    Entry("portal.profile", _l("Profile")),
    Entry("portal.preferences", _l("What I like")),
    Entry("portal.address", _l("Address")),
    Entry("portal.security", _l("Signing in")),
    Entry("portal.my_data", _l("Your data")),
)

MEMBER = (
    Entry("portal.home", _l("Home"), tab=True),
    Entry("portal.points", _l("Points"), tab=True),
    Entry("shop.catalogue", _l("Shop"), tab=True),
    Entry("portal.tier", _l("My tier"), folded=True),
    Entry("portal.benefits", _l("Benefits"), folded=True),
    Entry("portal.offers", _l("Offers")),
    Entry("portal.my_events", _l("Events"), tab=True, short=lazy_pgettext("a narrow bar", "Events")),
    Entry("portal.news", _l("Magazine"), folded=True),
    Entry("portal.card", _l("Card"), tab=True),
)

STAFF = (
    Group(
        _l("Today"),
        (
            Entry("admin.home", _l("Today")),
            Entry("admin.counter", _l("Counter")),
            Entry("admin.enrol", _l("Enrol a member")),
            Entry("admin.checkin", _l("Check-in")),
        ),
    ),
    Group(
        _l("Customers"),
        (
            Entry("admin.customers", _l("All customers")),
            Entry("admin.tasks", _l("Tasks")),
            Entry("admin.pipeline", _l("Pipeline")),
            Entry("admin.leads", _l("Requests")),
            Entry("admin.lost", _l("Lost customers")),
            Entry("admin.measures", _l("Corrective actions")),
            Entry("admin.approvals", _l("Approvals")),
        ),
    ),
    Group(
        _l("Club"),
        (
            Entry("admin.tiers", _l("Tiers")),
            Entry("admin.benefits", _l("Benefits")),
            Entry("admin.offers", _l("Offers")),
            Entry("admin.gifts", _l("Gifts")),
            Entry("admin.events", _l("Events")),
            Entry("admin.referrals", _l("Friends")),
            Entry("admin.content", _l("Magazine")),
            Entry("admin.rules", _l("Earning rules")),
        ),
    ),
    Group(
        _l("Shop"),
        (
            Entry("admin.orders", _l("Orders")),
            Entry("admin.returns", _l("Returns")),
            Entry("admin.products", _l("Products")),
            Entry("admin.categories", _l("Categories")),
            Entry("admin.stock", _l("Stock")),
            Entry("admin.papers", _l("Invoices")),
            Entry("admin.delivery", _l("Delivery and taxes")),
            Entry("admin.money", _l("Money and orders")),
        ),
    ),
    Group(
        _l("Talk"),
        (
            Entry("admin.inbox", _l("Inbox")),
            Entry("admin.outbox", _l("Messages")),
            Entry("admin.templates", _l("Texts of mails")),
            Entry("admin.notices", _l("Notices")),
        ),
    ),
    Group(_l("Reports"), (Entry("admin.first_hour", _l("First look")), Entry("admin.report", _l("Report")))),
    Group(
        _l("Settings"),
        (
            Entry("admin.settings", _l("Settings")),
            Entry("admin.staff", _l("Staff")),
            Entry("admin.imports", _l("Import")),
            Entry("admin.audit", _l("Audit log")),
            Entry("admin.guide", _l("Guide")),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """An entry as a page shows it."""

    words: Any
    address: str
    is_current: bool
    tab: bool
    short: Any
    folded: bool


def is_at(endpoint: str) -> bool:
    """Whether this page is that one, or lies below it."""
    return _lies_at(request.endpoint or "", endpoint)


def _lies_at(here: str, endpoint: str) -> bool:
    return here == endpoint or here.startswith(endpoint + "_") or endpoint in _BELOW.get(here, ())


def links(entries: tuple[Entry, ...]) -> list[Link]:
    """The entries whose pages exist and are open to this visitor."""
    return [
        Link(
            entry.words,
            url_for(entry.endpoint),
            is_current=is_at(entry.endpoint),
            tab=entry.tab,
            short=entry.short or entry.words,
            folded=entry.folded,
        )
        for entry in entries
        if entry.endpoint in current_app.view_functions
        and _is_open(entry.endpoint)
        and _leads_somewhere(entry.endpoint)
    ]


def menu_key() -> Hashable:
    """What the entries of every menu and the current one among them follow from."""
    who = visitor()
    seen_by = who and (who.role, who.second_factor_done, who.person_id is not None)
    return seen_by, _current_at(request.endpoint), bool(tree(db()).roots), has_articles(db(), today())


@lru_cache
def _current_at(here: str | None) -> frozenset[str]:
    """The entries of all menus that this page is, or lies below."""
    entries = (*PUBLIC, *FOOT, *ACCOUNT, *MEMBER, *(entry for group in STAFF for entry in group.entries))
    return frozenset(entry.endpoint for entry in entries if _lies_at(here or "", entry.endpoint))


def staff_groups() -> list[tuple[Any, list[Link]]]:
    """The staff's menu: groups that lead somewhere for this role."""
    groups = [(group.words, links(group.entries)) for group in STAFF]
    return [(words, found) for words, found in groups if found]


def _is_open(endpoint: str) -> bool:
    rule = rule_of(current_app.view_functions[endpoint])
    return rule is not None and rule.allows(visitor())


def _leads_somewhere(endpoint: str) -> bool:
    """No way into a shop without a category, nor to a magazine in which nothing stands."""
    if endpoint == "portal.news":
        return has_articles(db(), today())
    return endpoint not in _OF_A_SHOP or bool(tree(db()).roots)


def visitor_home() -> str:
    """Where this visitor's day begins: staff at the counter, members at home, others at the front door."""
    who = visitor()
    if who is None:
        return url_for("portal.landing")
    return url_for("portal.home" if who.role is None else "admin.home")


def may_do(permission: str) -> bool:
    """Whether this member of staff may do that, for buttons that would be refused."""
    who = visitor()
    return who is not None and may(who.role, Permission(permission))

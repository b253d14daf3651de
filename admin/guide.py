"""One page for each role, to read and to print: what it does day by day, and where."""

from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.starting import STEPS
from club.permissions import Permission, Role
from web.access import rule_of, staff_only
from web.navigation import STAFF
from web.roles import ROLE_NAMES, ROLE_PURPOSES
from web.visitors import staff, visitor


@dataclass(frozen=True)
class Line:
    """One thing to do, and the page that does it."""

    words: Any
    endpoint: str = ""


@dataclass(frozen=True)
class Block:
    """What belongs together on a guide."""

    title: Any
    lines: tuple[Line, ...]


SIGNING_IN = Block(
    _l("Signing in"),
    (
        Line(_l("First the password, then the code of your authenticator app.")),
        Line(_l("Keep the recovery codes on paper, away from the phone.")),
        Line(_l("Nobody shares an account: what is changed is written down with your name.")),
    ),
)
COUNTER = Block(
    _l("At the counter"),
    (
        Line(_l("Ask for the member number, the phone or the name, and find the member."), "admin.counter"),
        Line(_l("Type the amount and read what it brings before you save.")),
        Line(_l("A voucher is scanned or typed with the sale: the effect says what it takes off.")),
        Line(_l("The receipt number keeps a purchase from counting twice.")),
        Line(_l("Goods come back: open the purchase and take back what was returned. Its points go too.")),
    ),
)
NEW_MEMBERS = Block(
    _l("New members"),
    (
        Line(_l("A name and a phone or an e-mail address are enough. The number is valid at once."), "admin.enrol"),
        Line(_l("Ask whether news by e-mail are wanted, and tick the box only after a yes.")),
    ),
)
CUSTOMER = Block(
    _l("Knowing the customer"),
    (
        Line(_l("Look somebody up by name, phone or number before you call or write."), "admin.customers"),
        Line(_l("Write down what was said, and what comes next. A promise gets its day.")),
        Line(_l("Respect what the customer chose: where a channel is closed, the page says why.")),
    ),
)
TASKS = Block(
    _l("Tasks and promises"),
    (
        Line(_l("Begin the day with what is overdue, then with what is due today."), "admin.tasks"),
        Line(_l("Before a holiday, name who stands in for you.")),
    ),
)
PUTTING_RIGHT = Block(
    _l("Putting right"),
    (
        Line(_l("Points are missing or too many: change them on the customer's page and say why."), "admin.customers"),
        Line(_l("A large change waits for a second person. Nobody approves their own."), "admin.approvals"),
        Line(_l("One person stands there twice: merge the two side by side. It can be undone for 30 days.")),
    ),
)
MAILS = Block(
    _l("Mails that do not arrive"),
    (
        Line(_l("See what was given up or came back, and why."), "admin.outbox"),
        Line(_l("An address takes no mail: ask the customer for another one.")),
        Line(_l("A sign-in link did not arrive: the customer asks for a new one on the sign-in page.")),
    ),
)
TEXTS = Block(
    _l("What members are told"),
    (
        Line(_l("Change the words of a mail language by language and read it as a member does."), "admin.templates"),
        Line(_l("Send a test to yourself before you save.")),
    ),
)
LADDER = Block(
    _l("Tiers and points"),
    (
        Line(_l("Change tiers with the effect in front of you: who rises, who falls, what it costs."), "admin.tiers"),
        Line(_l("Earning rules are sentences. Try one on a member before you save it."), "admin.rules"),
        Line(_l("Write an offer with its cost in front of you, publish it, look what became of it."), "admin.offers"),
        Line(_l("Go through the benefits every quarter: what nobody used can make room."), "admin.benefits"),
    ),
)
FIGURES = Block(
    _l("How the club is doing"),
    (
        Line(_l("Today shows first what needs somebody, then the figures. Each says how it is counted."), "admin.home"),
        Line(_l("Customers who are late on their own rhythm: find out why before they are gone."), "admin.lost"),
    ),
)
DECIDING = Block(
    _l("Deciding"),
    (
        Line(_l("Look every day at what waits for a second person: yes or no, with a reason."), "admin.approvals"),
        Line(_l("A colleague is away or leaves: hand their customers and tasks over."), "admin.tasks"),
    ),
)
COLLEAGUES = Block(
    _l("Colleagues"),
    (
        Line(_l("One account for one person, with the smallest role that does the work."), "admin.staff"),
        Line(_l("Somebody leaves: name who takes over, then close the account the same day.")),
        Line(_l("Two owners are better than one: a lost phone locks nobody out.")),
    ),
)
ORDER = Block(
    _l("The house in order"),
    (
        Line(_l("Once a week: is the last backup good, do mails wait?"), "admin.settings"),
        Line(_l("Who changed what, and why, stands in the audit log. Nobody can change it."), "admin.audit"),
    ),
)
EVENTS = Block(
    _l("Preparing an event"),
    (
        Line(_l("Begin with an example of its kind, write it in three languages, publish it."), "admin.events"),
        Line(_l("Invite in waves and see first who would get it; remind only those who are silent.")),
        Line(_l("Answers by phone are written down on the page of the event. Freed seats go on by themselves.")),
    ),
)
DOOR = Block(
    _l("At the door of an event"),
    (
        Line(_l("Scan the ticket, or type three letters of the name: one of five words answers."), "admin.checkin"),
        Line(_l("Find the guest by name or number and see how they like to be addressed."), "admin.customers"),
        Line(_l("Record what is bought there as at the counter."), "admin.counter"),
    ),
)
LOOKING = Block(
    _l("Looking"),
    (
        Line(_l("You see customers and figures without their contact data, and change nothing."), "admin.customers"),
        Line(_l("Something is wrong? Tell the manager with the customer's number.")),
    ),
)
FIRST_DAY = Block(_l("The first day"), tuple(Line(words, pages[-1]) for words, _why, pages in STEPS.values()))

GUIDES: dict[Role, tuple[Block, ...]] = {
    Role.OWNER: (FIRST_DAY, FIGURES, DECIDING, COLLEAGUES, ORDER, SIGNING_IN),
    Role.MANAGER: (FIGURES, DECIDING, TASKS, CUSTOMER, LADDER, MAILS, SIGNING_IN),
    Role.MARKETING: (LADDER, TEXTS, MAILS, FIGURES, CUSTOMER, SIGNING_IN),
    Role.SHOP: (COUNTER, NEW_MEMBERS, CUSTOMER, TASKS, SIGNING_IN),
    Role.EVENTS: (EVENTS, DOOR, NEW_MEMBERS, CUSTOMER, SIGNING_IN),
    Role.SUPPORT: (TASKS, CUSTOMER, PUTTING_RIGHT, MAILS, COUNTER, DOOR, SIGNING_IN),
    Role.READ_ONLY: (LOOKING, FIGURES, SIGNING_IN),
}


@admin.get("/guide", defaults={"role": ""})
@admin.get("/guide/<role>")
@staff_only(Permission.SEE_ADMIN)
def guide(role: str) -> ResponseReturnValue:
    """The guide of one role; without a role in the address, the reader's own."""
    if role and role not in set(Role):
        abort(404)
    shown = Role(role) if role else staff().role or Role.READ_ONLY
    return render_template(
        "admin/guide.html",
        role=shown,
        name=ROLE_NAMES[shown],
        purpose=ROLE_PURPOSES[shown],
        roles=list(ROLE_NAMES.items()),
        blocks=GUIDES[shown],
        page_of=_page_of,
    )


_NAMES = {entry.endpoint: entry.words for group in STAFF for entry in group.entries}


def _page_of(endpoint: str) -> tuple[str | None, Any] | None:
    """Where a line leads and what the menu calls it; no address for a page that is closed to the reader."""
    view = current_app.view_functions.get(endpoint)
    if view is None or endpoint not in _NAMES:
        return None
    rule = rule_of(view)
    is_open = rule is not None and rule.allows(visitor())
    return (url_for(endpoint) if is_open else None), _NAMES[endpoint]

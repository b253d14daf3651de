"""A customer on one page: who they are, how they buy, what happened, what is to be done."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.customer.forms import TABS, CallForm, Composed, LetterForm, NoteForm, PromiseForm, TaskForm
from admin.customer.slipping import TRENDS, why_slipping
from admin.customer.telling import told
from admin.customer.words import (
    CHANNELS,
    KINDS,
    LANGUAGES,
    LIKINGS,
    SOURCES,
    TO_DO,
    how_late,
    limit_words,
    why_blocked,
    why_it_waits,
)
from admin.customers.consents import WAYS
from admin.orders.words import FULFILMENTS, LOOKS, PAYMENTS
from admin.pipeline.words import ONE
from club.care.models import (
    Customer,
    Item,
    Team,
    What,
    pinned_of,
    preferences_of,
    team,
    the_customer,
    timeline,
    to_do,
)
from club.care.rules import Due
from club.care.service import may_edit
from club.contact.models import said_by, waits
from club.contact.rules import Blocked, Channel, Purpose, Said, Wait, Waits, blocked, objects
from club.customers.models import tags_of
from club.orders.listing import latest_of
from club.permissions import Permission
from club.pipeline.models.people import stage_of_person
from club.points.models import BalanceView, balance_of
from club.support.timeline import QUESTIONS
from club.tiers.models import status_of
from club.tiers.standing import Standing, standing
from web.access import rule_of, staff_only
from web.database import db
from web.formats import birthday
from web.lists import Asked, Page, asked
from web.navigation import may_do
from web.programme import programme, today
from web.standing import missing_in_words
from web.visitors import staff, visitor

EVENTS = 25
MOST_TO_DO = 20
MOST_ORDERS = 5

WHATS: dict[str, Any] = {
    What.PURCHASES: _l("Purchases"),
    What.ORDERS: _l("Orders"),
    What.POINTS: _l("Points"),
    What.TIER: _l("Tier"),
    What.BENEFITS: _l("Benefits"),
    What.NOTES: _l("Calls and notes"),
    What.TASKS: _l("Tasks and promises"),
    What.MESSAGES: _l("Mails"),
    What.CONSENTS: _l("Consents"),
    What.QUESTIONS: _l("Questions"),
    What.OTHER: _l("Other"),
}


MORE = (
    ("admin.customers_benefits", _l("Benefits: what is used")),
    ("admin.customers_sheet", _l("Sheet to print")),
    ("admin.customers_points", _l("Adjust points")),
    ("admin.customers_family", _l("Family")),
    ("admin.customers_household", _l("Household")),
    ("admin.customers_transfers", _l("Points passed on to members")),
    ("admin.customers_tier", _l("Set the tier by hand")),
    ("admin.customers_second_step", _l("Lost phone and recovery codes")),
    ("admin.money_credit_of", _l("Buying on account")),
    ("admin.customers_merge", _l("Bring together with another record")),
)
"""What else can be done with a customer: pages that are named by the person."""


@dataclass(frozen=True)
class Way:
    """One channel: whether it may be used for news and for a personal word, and if not, why."""

    channel: Channel
    words: Any
    news: Blocked | None
    personal: Blocked | None


@admin.get("/customers/<int:person_id>")
@staff_only(Permission.SEE_MEMBERS)
def customers_one(person_id: int) -> ResponseReturnValue:
    """Everything about one customer."""
    customer = the_customer(db(), person_id)
    if customer.merged_into is not None:
        flash(_("This record was brought together with this one."), "info")
        return redirect(url_for("admin.customers_one", person_id=customer.merged_into), 303)
    return shown(customer, request.args.get("write", ""), None)


def shown(customer: Customer, tab: str, form: Composed | None) -> str:
    """The page with a tab of the composer open; `form` is one that was sent and has to be put right."""
    this = replace(asked(("what",), (), ""), endpoint="admin.customers_one", parts={"person_id": customer.person_id})
    today_, items = today(), to_do(db(), None, person_id=customer.person_id, limit=MOST_TO_DO)
    said = said_by(db(), customer.person_id)
    names = the_team().names
    return render_template(
        "admin/customers_one.html",
        customer=customer,
        **_as_member(customer, today_),
        today=today_,
        since_last=None if customer.last_bought_on is None else (today_ - customer.last_bought_on).days,
        slipping=why_slipping(customer, today_),
        trends=TRENDS,
        items=items,
        ways=ways_to(customer, said),
        objects=objects(said),
        lines=preferences_of(db(), customer.person_id),
        pinned=[
            (one, may_edit(one.by, staff().account_id, staff().role)) for one in pinned_of(db(), customer.person_id)
        ],
        orders=latest_of(db(), customer.person_id, MOST_ORDERS + 1) if may_do(Permission.MANAGE_ORDERS) else [],
        most_orders=MOST_ORDERS,
        page=_timeline(customer.person_id, this, names),
        whats=WHATS,
        names=names,
        tags=tags_of(db(), [customer.person_id]).get(customer.person_id, []),
        tab=_tab(tab),
        wait=_wait(customer.person_id, _tab(tab)),
        tabs=TABS,
        form=form or composer(_tab(tab), items),
        colleagues=the_team().at_work if may_do(Permission.HAND_OVER) else [],
        birthday=birthday(customer.birth_year, customer.birth_month, customer.birth_day),
        has_photo=customer.has_photo and may_do(Permission.SEE_CONTACT),
        more=MORE,
        history=history_of(customer.person_id),
        stage=stage_of_person(db(), customer.person_id),
        stages=ONE,
        me=staff().account_id,
        my_role=staff().role,
        **_WORDS,
    )


def link(endpoint: str, person_id: int) -> str | None:
    """The page of this customer under that name, if there is one and it is open to whoever asks."""
    view = current_app.view_functions.get(endpoint)
    rule = rule_of(view)
    return url_for(endpoint, person_id=person_id) if rule is not None and rule.allows(visitor()) else None


def history_of(person_id: int) -> str | None:
    """The log of this person, for whoever may read it."""
    if not may_do(Permission.SEE_AUDIT) or "admin.audit" not in current_app.view_functions:
        return None
    return url_for("admin.audit", subject="person", id=person_id)


def the_team() -> Team:
    """All staff, asked for once a request."""
    if "team" not in g:
        g.team = team(db())
    found: Team = g.team
    return found


def composer(tab: str, items: list[Item]) -> Composed:
    """The form of a tab, with what it offers."""
    match tab:
        case "note":
            return NoteForm()
        case "task" | "promise":
            task = TaskForm() if tab == "task" else PromiseForm()
            task.offer_to(the_team().at_work, staff().account_id)
            return task
        case "message":
            return LetterForm()
    call = CallForm()
    call.offer(items)
    return call


def ways_to(customer: Customer, said: tuple[Said, ...]) -> list[Way]:
    """Every channel with what it may be used for."""
    known = {Channel.EMAIL: bool(customer.email), Channel.PHONE: bool(customer.phone), Channel.POST: True}
    return [
        Way(
            channel,
            WAYS[channel],
            blocked(Purpose.NEWS, channel, has_address=has_address, said=said),
            blocked(Purpose.RELATIONAL, channel, has_address=has_address, said=said),
        )
        for channel, has_address in known.items()
    ]


def _as_member(customer: Customer, on: date) -> dict[str, Any]:
    """Points and place on the ladder; nothing of it for whoever has not joined."""
    if not customer.is_member:
        return {"balance": None, "worth": 0, "place": None}
    balance: BalanceView = balance_of(db(), customer.person_id, on)
    place: Standing = standing(db(), customer.person_id, on, status_of(db(), customer.person_id, on))
    return {"balance": balance, "worth": programme().worth(balance.active), "place": place}


def _timeline(person_id: int, this: Asked, names: dict[int, str]) -> Page[Any]:
    wanted = this.filters.get("what", "")
    what = [What(wanted)] if wanted in set(What) else None
    if what is None:
        this = replace(this, filters={})
    events = timeline(db(), person_id, what, limit=EVENTS + 1, offset=(this.page - 1) * EVENTS, more=QUESTIONS)
    return Page([told(event, names) for event in events[:EVENTS]], this, None, has_more=len(events) > EVENTS)


def _wait(person_id: int, tab: str) -> Wait | None:
    """What a mail would wait for; of a call, only that there were enough contacts: it is noted when it is over."""
    if tab not in {"call", "message"}:
        return None
    wait = waits(db(), person_id, datetime.now(UTC))
    return None if wait is None or (tab == "call" and wait.because is Waits.QUIET) else wait


def _tab(wanted: str) -> str:
    return wanted if wanted in {tab.key for tab in TABS} else TABS[0].key


_WORDS = {
    "CHANNELS": CHANNELS,
    "FULFILMENTS": FULFILMENTS,
    "LOOKS": LOOKS,
    "PAYMENTS": PAYMENTS,
    "KINDS": KINDS,
    "LANGUAGES": LANGUAGES,
    "LIKINGS": LIKINGS,
    "SOURCES": SOURCES,
    "TO_DO": TO_DO,
    "Due": Due,
    "how_late": how_late,
    "limit_words": limit_words,
    "link": link,
    "may_edit": may_edit,
    "missing_in_words": missing_in_words,
    "why_blocked": why_blocked,
    "why_it_waits": why_it_waits,
}

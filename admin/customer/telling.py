"""The lines of the timeline in words: what happened, what is worth adding, where it leads."""

import json
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from admin.customer.words import DIRECTIONS, KINDS, LIKINGS, MARKS, OUTCOMES, STATES
from admin.mail_words import act_name
from admin.orders.words import STATES as ORDER_STATES
from club.care.models import Event
from club.care.rules import Kind, PromiseState, TaskState
from club.events.rules import Answer
from club.leads.rules import SourceKind
from club.messages.acts import PERSONAL
from club.orders.rules import State
from club.permissions import Permission
from club.purchases.rules import COUNTER, SHOP
from club.referrals.rules import State as ReferralState
from club.returns.rules import Reason
from club.returns.rules import State as CaseState
from club.texts import Texts
from club.tiers.rules import How
from web.consent_words import FORMS, PURPOSES, WAYS
from web.event_words import ANSWER_LOOKS, ANSWERS
from web.formats import day, money, points, points_change
from web.languages import in_language
from web.leads import source_name
from web.movements import rung_name, sentence
from web.navigation import may_do
from web.referrals import MARKS as FRIEND_MARKS
from web.referrals import STATES as FRIEND_STATES
from web.returning import MARKS as CASE_MARKS
from web.returning import REASONS
from web.returning import STATES as CASE_STATES
from web.standing import how_in_words
from web.support_words import MARKS as QUESTION_MARKS
from web.support_words import RATINGS, STAFF_STATES, TOPICS


@dataclass(frozen=True)
class Told:
    """One line: `head` says what it is, `note` what is worth adding, `text` what somebody wrote."""

    event: Event
    head: str
    note: str = ""
    text: str = ""
    mark: tuple[str, str] | None = None
    """Words and kind of a chip."""
    address: str | None = None
    by: str = ""
    edit: str | None = None
    """Where its author changes it."""


def told(event: Event, names: dict[int, str]) -> Told:
    """One event for people."""
    teller = _TELLERS.get(event.kind, _dealing)
    line = teller(event, names)
    return Told(
        event, line.head, line.note, line.text, line.mark, line.address, names.get(event.by or 0, ""), line.edit
    )


def _purchase(event: Event, _names: dict[int, str]) -> Told:
    parts = [points_change(event.n or 0) + " " + _points_word(event.n or 0)] if event.n else []
    parts += [sentence("purchase.earned", event.why)] if event.why and event.n else []
    channel = {COUNTER: _("At the counter"), SHOP: _("In the shop")}.get(event.a or "", event.a or "")
    is_back = event.k == 0 and bool(event.m)
    return Told(
        event,
        _("Purchase, %(amount)s", amount=money(event.m or 0)),
        " · ".join(part for part in (f"{channel} {event.b or ''}".strip(), ": ".join(parts)) if part),
        mark=(_("given back"), "warning") if is_back else None,
        address=url_for("admin.recorded", purchase_id=event.id) if may_do(Permission.RECORD_PURCHASES) else None,
    )


def _return(event: Event, _names: dict[int, str]) -> Told:
    lost = points_change(-(event.n or 0)) + " " + _points_word(event.n or 0) if event.n else ""
    words = _("Cancelled, %(amount)s", amount=money(event.m or 0))
    if event.a == "return":
        words = _("Given back, %(amount)s", amount=money(event.m or 0))
    may_see = may_do(Permission.RECORD_PURCHASES)
    return Told(event, words, lost, address=url_for("admin.recorded", purchase_id=event.k) if may_see else None)


def _order(event: Event, _names: dict[int, str]) -> Told:
    state = State(event.b or "")
    look = {State.DONE: "success", State.CANCELLED: "warning"}.get(state, "info")
    may_see = may_do(Permission.MANAGE_ORDERS)
    return Told(
        event,
        _("Order %(number)s, %(amount)s", number=event.a, amount=money(event.m or 0)),
        mark=(str(ORDER_STATES[state]), look),
        address=url_for("admin.order", number=event.a) if may_see else None,
    )


def _case(event: Event, _names: dict[int, str]) -> Told:
    state = CaseState(event.b or "")
    may_see = may_do(Permission.MANAGE_ORDERS)
    return Told(
        event,
        _("Return %(number)s of order %(order)s", number=event.a, order=event.text),
        str(REASONS[Reason(event.c or "")]),
        mark=(str(CASE_STATES[state]), CASE_MARKS[state]),
        address=url_for("admin.return_case", case_id=event.id) if may_see else None,
    )


def _use(event: Event, _names: dict[int, str]) -> Told:
    name = in_language(Texts(json.loads(event.text or "{}")))
    mark = (_("taken back"), "warning") if event.m else None
    return Told(event, _("Benefit used: %(benefit)s", benefit=name), mark=mark)


def _event(event: Event, _names: dict[int, str]) -> Told:
    answer = Answer(event.a or "")
    with_guests = ngettext("%(num)d seat", "%(num)d seats", event.m) if event.m and event.m > 1 else ""
    head = _("Event: %(event)s", event=in_language(Texts(json.loads(event.text or "{}"))))
    return Told(event, head, with_guests, mark=(str(ANSWERS[answer]), ANSWER_LOOKS[answer]))


def _points(event: Event, _names: dict[int, str]) -> Told:
    change = (event.m or 0) + (event.n or 0)
    head = f"{points_change(change)} {_points_word(change)}: {sentence(event.a or '', event.why)}"
    return Told(event, head if change else sentence(event.a or "", event.why), text=event.text or "")


def _points_word(count: int) -> str:
    return points(abs(count)).partition("\u00a0")[2]


def _tier(event: Event, _names: dict[int, str]) -> Told:
    until = _("until %(day)s", day=day(event.on)) if event.on else _("no end")
    return Told(
        event,
        _("Tier %(tier)s, %(until)s", tier=rung_name(event.a or ""), until=until),
        how_in_words(How(event.b)) if event.b else "",
    )


def _message(event: Event, _names: dict[int, str]) -> Told:
    states = {
        "queued": (_("waiting"), "info"),
        "sending": (_("under way"), "info"),
        "sent": (_("sent"), "success"),
    }
    mark = states.get(event.b or "", (_("not sent"), "danger"))
    if event.a == PERSONAL:
        return Told(event, _("Mail to them: %(subject)s", subject=event.c), text=event.text or "", mark=mark)
    return Told(event, _("Mail to them: %(subject)s", subject=act_name(event.a or "")), mark=mark)


def _consent(event: Event, _names: dict[int, str]) -> Told:
    purpose, way = (str(known.get(key or "", key)) for known, key in ((PURPOSES, event.a), (WAYS, event.b)))
    if event.a == "contact":
        words = _("Asked not to be contacted") if not event.m else _("May be contacted again")
    elif event.m:
        words = _("Yes to: %(what)s", what=f"{purpose} {way}".strip())
    else:
        words = _("No to: %(what)s", what=f"{purpose} {way}".strip())
    return Told(event, words, str(FORMS.get(event.c or "", event.c or "")))


def _to_do(event: Event, names: dict[int, str]) -> Told:
    is_task, is_open = event.kind == "task", event.b == TaskState.OPEN
    if is_task:
        head = _("Task: %(what)s", what=event.a) if is_open else _("Task closed: %(what)s", what=event.a)
    else:
        head = _("Promise: %(what)s", what=event.a) if is_open else _("Promise closed: %(what)s", what=event.a)
    owner = names.get(event.m or 0, "")
    note = _("%(name)s, by %(day)s", name=owner, day=day(event.on)) if event.on else owner
    if not is_task and is_open and event.n == 0:
        note += " · " + _("the customer does not know of it")
    state = TaskState(event.b or "") if is_task else PromiseState(event.b or "")
    mark = (str(STATES[state]), MARKS.get(state, "info"))
    address = url_for("admin.tasks_one", what=event.kind, item_id=event.id) if may_do("keep_customers") else None
    return Told(event, head, note, mark=mark, address=address)


def _joined(event: Event, _names: dict[int, str]) -> Told:
    source = str(FORMS.get(event.a or "", event.a or ""))
    return Told(event, _("Became a member") if event.b else _("First known to the club"), source)


def _friend(event: Event, _names: dict[int, str]) -> Told:
    """A friend that they brought, or who brought them."""
    state = ReferralState(event.a or "")
    words = _("Brought %(name)s", name=event.text) if event.kind == "friend" else _("Came by %(name)s", name=event.text)
    return Told(
        event,
        words,
        points(event.m) if event.m else "",
        mark=(str(FRIEND_STATES[state]), FRIEND_MARKS[state]),
        address=url_for("admin.referrals_one", referral_id=event.id),
    )


def _request(event: Event, _names: dict[int, str]) -> Told:
    source = source_name(SourceKind(event.a or ""), event.b or "")
    note = f"{source} · {event.c}" if event.c else source
    return Told(event, _("Asked to be contacted") if not event.by else _("Met by a colleague"), note, event.text or "")


def _carer(event: Event, names: dict[int, str]) -> Told:
    return Told(event, _("Looked after by %(name)s", name=names.get(event.m or 0, "")))


def _preference(event: Event, _names: dict[int, str]) -> Told:
    kind = str(LIKINGS.get(event.a or "", ""))
    mark = (_("no longer"), "") if event.m else None
    return Told(event, f"{kind}: {event.text}", mark=mark)


def _dealing(event: Event, _names: dict[int, str]) -> Told:
    """A note, a call, a visit …"""
    parts = [str(KINDS[event.kind])]
    if event.kind != Kind.NOTE:
        parts.append(str(DIRECTIONS[event.a or ""]))
    note = str(OUTCOMES[event.b]) if event.b else ""
    if event.n:
        note = " · ".join(part for part in (note, _("edited")) if part)
    return Told(
        event, ": ".join(parts), note, event.text or "", edit=url_for("admin.customers_entry", entry_id=event.id)
    )


def _question(event: Event, names: dict[int, str]) -> Told:
    """Its words are for who may answer; everybody else reads that there was one."""
    address = url_for("admin.inbox_one", case_id=event.id) if may_do(Permission.ANSWER_SUPPORT) else None
    topic = str(TOPICS[event.b or ""])
    if event.kind == "question.solved":
        rated = _("It helped: %(rating)s", rating=RATINGS[event.c]) if event.c else ""
        return Told(event, _("Question %(number)s is solved", number=event.a), rated, address=address)
    owner = _("%(name)s answers", name=names[event.k]) if event.k in names else ""
    return Told(
        event,
        _("Question %(number)s", number=event.a),
        " · ".join(part for part in (topic, owner) if part),
        mark=(str(STAFF_STATES[event.c or ""]), QUESTION_MARKS[event.c or ""]),
        address=address,
    )


_TELLERS = {
    "purchase": _purchase,
    "return": _return,
    "order": _order,
    "case": _case,
    "use": _use,
    "event": _event,
    "points": _points,
    "tier": _tier,
    "message": _message,
    "consent": _consent,
    "task": _to_do,
    "promise": _to_do,
    "joined": _joined,
    "friend": _friend,
    "brought": _friend,
    "request": _request,
    "carer": _carer,
    "preference": _preference,
    "question": _question,
    "question.solved": _question,
}

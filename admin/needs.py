"""What waits for somebody today, each line with its number and the page where it is done."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from club.approvals.models import counts_for
from club.backups.models import last_good
from club.care.models import needs_me
from club.customers.listing import EVERY_WAY
from club.events.reading.staff import AtHand, at_hand
from club.lost.waiting import Waiting, waiting
from club.measures.models import late_measures
from club.orders.listing import waiting as waiting_orders
from club.payments.listing import orders_in_trouble
from web.database import db
from web.event_words import named
from web.formats import club_date, moment, number
from web.languages import in_language
from web.navigation import may_do
from web.programme import today
from web.visitors import staff

BACKUP_IS_OLD_AFTER = timedelta(hours=48)
FEW_ANSWERS_WITHIN = timedelta(days=7)
MOST_EVENTS = 5


@dataclass(frozen=True)
class Need:
    """One line: what, and where it leads. `is_urgent` is said in words too."""

    words: str
    address: str | None
    is_urgent: bool = False


def needs(who: str) -> list[Need]:
    """What needs this colleague, or (`who` = all) what waits in the whole house."""
    now, day = datetime.now(UTC), today()
    found = waiting(db(), day)
    lines = _of_all(found) if who == "all" else _mine(day)
    lines += _events(now, day) + _orders(now) + _approvals() + _about_customers(found) + _measures(day)
    if may_do("see_messages"):
        lines += _mails(found)
    if may_do("edit_programme"):
        lines += _backup(now)
    return lines


def _mine(day: date) -> list[Need]:
    mine = needs_me(db(), staff().account_id, day)
    return _items(mine.overdue_promises, mine.overdue_tasks, mine.promises_today + mine.tasks_today, "mine")


def _of_all(found: Waiting) -> list[Need]:
    return _items(found.late_promises, found.late_tasks, found.due_today, "all")


def _items(late_promises: int, late_tasks: int, due_today: int, who: str) -> list[Need]:
    tasks = _list("admin.tasks", **({"who": "team"} if who == "all" else {}))
    late = ngettext("%(num)d promise to a customer is late", "%(num)d promises to customers are late", late_promises)
    behind = ngettext("%(num)d task is late", "%(num)d tasks are late", late_tasks)
    due = ngettext("%(num)d task or promise is due today", "%(num)d tasks and promises are due today", due_today)
    counted = ((late_promises, late, True), (late_tasks, behind, True), (due_today, due, False))
    return [Need(words, tasks, is_urgent) for count, words, is_urgent in counted if count]


def _events(now: datetime, day: date) -> list[Need]:
    """The doors of today, and what few have answered to."""
    is_host, is_at_door = may_do("manage_events"), may_do("check_in")
    if not (is_host or is_at_door):
        return []
    lines = []
    for one in at_hand(db(), now, now + FEW_ANSWERS_WITHIN):
        is_today = club_date(one.starts_at) <= day
        if is_today and is_at_door:
            lines.append(Need(_today_words(one), url_for("admin.checkin_one", event_id=one.id)))
        elif not is_today and is_host and one.has_few:
            words = _("Few answers: %(event)s", event=named(one))
            lines.append(Need(words, url_for("admin.events_one", event_id=one.id)))
    return lines[:MOST_EVENTS]


def _today_words(one: AtHand) -> str:
    return ngettext(
        "Today: %(event)s, %(count)s place is taken",
        "Today: %(event)s, %(count)s places are taken",
        one.seats_taken,
        event=in_language(one.title),
        count=number(one.seats_taken),
    )


def _orders(now: datetime) -> list[Need]:
    if not may_do("manage_orders"):
        return []
    found = waiting_orders(db(), now, orders_in_trouble())
    pack = ngettext("%(num)d order is to be packed", "%(num)d orders are to be packed", found.to_pack)
    send = ngettext("%(num)d packed order is to go out", "%(num)d packed orders are to go out", found.to_send)
    late = ngettext(
        "%(num)d order waits at the counter for over 7 days",
        "%(num)d orders wait at the counter for over 7 days",
        found.not_fetched,
    )
    trouble = ngettext("%(num)d order has a problem", "%(num)d orders have a problem", found.problems)
    counted = (
        (found.to_pack, pack, {"view": "to_pack"}, False),
        (found.to_send, send, {"view": "to_send"}, False),
        (found.not_fetched, late, {"view": "ready", "long": "y"}, True),
        (found.problems, trouble, {"view": "problems"}, True),
    )
    return [Need(words, _list("admin.orders", **to), is_urgent) for count, words, to, is_urgent in counted if count]


def _approvals() -> list[Need]:
    if not (may_do("adjust_points") or may_do("approve")):
        return []
    who = staff()
    found = counts_for(db(), who.account_id, who.role)
    lines = []
    if found.decided and may_do("adjust_points"):
        words = ngettext(
            "%(num)d request of yours was decided", "%(num)d requests of yours were decided", found.decided
        )
        lines.append(Need(words, url_for("admin.tasks" if may_do("keep_customers") else "admin.approvals")))
    if found.to_decide:
        words = ngettext(
            "%(num)d change waits for your yes or no", "%(num)d changes wait for your yes or no", found.to_decide
        )
        lines.append(Need(words, url_for("admin.approvals")))
    return lines


def _about_customers(found: Waiting) -> list[Need]:
    lines = []
    if found.birthdays and may_do("see_members"):
        words = ngettext(
            "%(num)d member has a birthday today", "%(num)d members have a birthday today", found.birthdays
        )
        lines.append(Need(words, _list("admin.customers", birthday="y")))
    if found.quiet_best and may_do("see_members"):
        words = ngettext(
            "%(num)d customer of the best fifth has gone quiet",
            "%(num)d customers of the best fifth have gone quiet",
            found.quiet_best,
        )
        lines.append(Need(words, _list("admin.customers", place="pareto", quiet="y"), is_urgent=True))
    if found.slipping_best and may_do("see_members"):
        words = ngettext(
            "%(num)d customer of the best fifth is slipping away",
            "%(num)d customers of the best fifth are slipping away",
            found.slipping_best,
        )
        lines.append(Need(words, _list("admin.customers", place="pareto", trend=EVERY_WAY)))
    return lines


def _measures(day: date) -> list[Need]:
    count = late_measures(db(), day) if may_do("keep_customers") else 0
    words = ngettext("%(num)d corrective action is late", "%(num)d corrective actions are late", count)
    return [Need(words, _list("admin.measures", state="late"), is_urgent=True)] if count else []


def _mails(found: Waiting) -> list[Need]:
    if not found.failed_mails:
        return []
    words = ngettext("%(num)d mail could not be sent", "%(num)d mails could not be sent", found.failed_mails)
    return [Need(words, _list("admin.outbox", view="failed"), is_urgent=True)]


def _backup(now: datetime) -> list[Need]:
    good = last_good(db())
    where = url_for("admin.settings_backups")
    if good is None:
        return [Need(_("There is no backup yet"), where, is_urgent=True)]
    is_old = now - good.finished_at > BACKUP_IS_OLD_AFTER
    return [Need(_("Last good backup: %(moment)s", moment=moment(good.finished_at)), where, is_urgent=is_old)]


def _list(endpoint: str, **filters: str) -> str:
    """A list with filters in its address."""
    return url_for(endpoint, **filters)  # type: ignore[arg-type]  # words, all of them

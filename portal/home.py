"""Home: what I have, what comes next, what to do about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from club.accrual.models import rules_on
from club.events.reading.mine import HomeEvents, next_for_home
from club.members.models import the_member
from club.members.rules import grouped
from club.orders.again import last_order_of
from club.points.models import BalanceView
from club.purchases.models import latest_of
from club.referrals.models import terms_now
from club.referrals.reading import Progress, progress_of
from club.tiers.standing import Standing, standing
from portal import portal
from portal.gifts import for_home as gifts_for_home
from portal.offers import for_home
from portal.orders import AgainForm
from portal.standing import bold, figures, label
from web import event_words
from web import offers as offer_words
from web.access import members_only
from web.database import db
from web.formats import day, number, points
from web.gift_words import option_words
from web.glance import balance_today, status_today
from web.languages import in_language
from web.programme import programme, today
from web.referrals import for_the_member
from web.standing import missing_in_words
from web.visitors import member_id

AT_RISK = timedelta(days=90)
EXPIRES_SOON = timedelta(days=60)
MOST_TO_DO = 3
LAST_PURCHASES = 3
MOST_OFFERS = 3


@dataclass(frozen=True)
class ToDo:
    """One thing worth doing, with the button that leads there."""

    words: str
    address: str
    action: str


@portal.get("/me")
@members_only
def home() -> ResponseReturnValue:
    """Tier, points, what to do next, what was bought last."""
    who = member_id()
    balance = balance_today(who)
    place = standing(db(), who, today(), status_today(who))
    purchases = latest_of(db(), who, None, today(), LAST_PURCHASES)
    events = next_for_home(db(), who, datetime.now(UTC))
    return render_template(
        "portal/home.html",
        member=the_member(db(), who),
        greeting=_greeting(),
        grouped=grouped,
        balance=balance,
        place=place,
        is_at_risk=is_at_risk(place),
        missing=missing_in_words,
        figures=figures,
        label=label,
        bold=bold,
        purchases=purchases,
        last_order=last_order_of(db(), who),
        again=AgainForm(formdata=None),
        offers=for_home(who, MOST_OFFERS),
        words=offer_words,
        events=events,
        event_words=event_words,
        friends=_friends(who),
        base=rules_on(db(), today()).base,
        to_do=[*_invitation(events), *_gifts(who), *_to_do(place, balance, has_bought=bool(purchases))][:MOST_TO_DO],
    )


def is_at_risk(place: Standing) -> bool:
    """Whether the term ends within three months and its rung is not met again yet."""
    keeping = place.keeping
    return keeping is not None and not keeping.is_met and keeping.until - today() <= AT_RISK


def _friends(who: int) -> str:
    """How one's friends stand, in a line; else what bringing one brings, while that is rewarded."""
    progress = progress_of(db(), who)
    if progress is not None:
        return _in_a_line(progress)
    standing = terms_now(db())
    if standing is None or not standing[1].is_open:
        return ""
    return " ".join(for_the_member(standing[1], {})[:-1])


def _in_a_line(progress: Progress) -> str:
    if progress.coming and progress.next_on is not None:
        return _("A friend has bought. Your reward comes on %(day)s", day=day(progress.next_on))
    if progress.coming:
        return _("A friend has bought. Your reward comes once the goods can no longer be returned.")
    if progress.waiting:
        return ngettext(
            "%(count)s friend has joined and has not bought yet.",
            "%(count)s friends have joined and have not bought yet.",
            progress.waiting,
            count=number(progress.waiting),
        )
    return ngettext(
        "%(count)s friend came through you.",
        "%(count)s friends came through you.",
        progress.rewarded,
        count=number(progress.rewarded),
    )


def _greeting() -> str:
    hour = datetime.now(UTC).astimezone(ZoneInfo(programme().time_zone)).hour
    if 5 <= hour < 12:
        return _("Good morning")
    if 12 <= hour < 20:
        return _("Good afternoon")
    return _("Good evening")


def _gifts(who: int) -> list[ToDo]:
    """What to choose first, then what came in the last days."""
    found: list[ToDo] = []
    for gift in sorted(gifts_for_home(who), key=lambda one: one.option is not None):
        address = url_for("portal.gifts_choose", gift_id=gift.id)
        if gift.option is None and gift.choose_until is not None:
            words = _("A reward for you: choose one by %(day)s", day=day(gift.choose_until))
            found.append(ToDo(words, address, _("Choose")))
        elif gift.option is not None:
            what, why = option_words(gift.option), in_language(gift.of.rule.title)
            found.append(ToDo(_("From us: %(gift)s – %(why)s", gift=what, why=why), address, _("See the gift")))
    return found


def _to_do(place: Standing, balance: BalanceView, *, has_bought: bool) -> list[ToDo]:
    """By urgency: points that expire, a tier to keep, the first steps."""
    found: list[ToDo] = []
    if balance.expiring and balance.expiring[0].last_day - today() <= EXPIRES_SOON:
        soon = balance.expiring[0]
        words = ngettext(
            "%(points)s expires on %(day)s",
            "%(points)s expire on %(day)s",
            soon.points,
            points=points(soon.points),
            day=day(soon.last_day),
        )
        found.append(ToDo(words, url_for("portal.points"), _("See the dates")))
    if is_at_risk(place) and place.keeping is not None:
        words = _("Your tier can still be kept until %(day)s", day=day(place.keeping.until))
        found.append(ToDo(words, url_for("portal.tier"), _("See the closest way")))
    if not has_bought:
        found.append(
            ToDo(_("Show your card with your first purchase"), url_for("portal.benefits"), _("See what it brings"))
        )
    if place.next_rung is not None and not is_at_risk(place):
        words = _("Try out what a purchase would change")
        found.append(ToDo(words, url_for("portal.tier") + "#simulate", _("Try it")))
    return found


def _invitation(events: HomeEvents) -> list[ToDo]:
    """The invitation that waits for an answer, or the place that is held."""
    one = events.unanswered
    if one is None:
        return []
    event, address = one.view.event, url_for("portal.event", event_id=one.view.id)
    said = {"event": in_language(event.title), "when": event_words.short_when(event.starts_at)}
    if one.answer is not None:
        return [ToDo(_("A place is free for you: %(event)s, %(when)s", **said), address, _("Take the place"))]
    return [ToDo(_("You are invited: %(event)s, %(when)s", **said), address, _("Answer the invitation"))]

"""Why points came and went, in one sentence a movement. The kinds are listed in `club.points.models`."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from club.accrual.models import EarningRule
from club.members.models import Person
from club.offers.models import OfferRow
from club.texts import Texts
from club.tiers.models import ladders
from club.tiers.rules import FLAT, Ladder
from web.database import db
from web.formats import multiplier, plain_money, points
from web.kept import kept
from web.languages import in_language

Why = Mapping[str, object]

PER_CENT = 100


def sentence(kind: str, why: Why | None) -> str:
    """The reason of a movement: "2 points per 1 €, Gold ×1.5"."""
    if kind == "purchase.earned" and why:
        return earned_by_purchase(why)
    if kind == "purchase.reversed":
        return _reversed(why or {})
    if kind.startswith("shared.") and why:
        return _of_the_household(kind, why)
    if kind == "gift.earned":
        return str(_GIFTS.get(str((why or {}).get("gift")), _PLAIN[kind]))
    return _plain(kind)


def earned_by_purchase(why: Why) -> str:
    """The sum of a purchase in words, from the breakdown that was stored with it."""
    rate = _(
        "%(points)s per %(amount)s", points=points(_whole(why, "points")), amount=plain_money(_whole(why, "per_amount"))
    )
    parts = [rate, *_of_the_rung(why), *_of_campaigns(why), *_of_the_cap(why)]
    return ", ".join(parts)


def rung_name(key: str) -> str:
    """A tier's name in the reader's language, also of one that the ladder no longer has."""
    return kept("rung names", _rung_names).get(key, key)


def name_rungs_of(ladder: Ladder) -> None:
    """Tiers of a ladder that is not saved have names on this request too."""
    known = kept("rung names", _rung_names)
    for rung in ladder.rungs:
        known.setdefault(rung.key, in_language(rung.name))


def _rung_names() -> dict[str, str]:
    ladders_ever = [FLAT, *(version.ladder for version in ladders(db()).versions)]
    return {rung.key: in_language(rung.name) for ladder in ladders_ever for rung in ladder.rungs}


_PLAIN: dict[str, Any] = {
    "join.earned": _l("For joining"),
    "profile.earned": _l("For your whole profile"),
    "opening.earned": _l("Brought along from before"),
    "gift.earned": _l("A gift of the club"),
    "purchase.earned": _l("Purchase"),
    "lot.activated": _l("The return window is over: these can be spent now"),
    "lot.expired": _l("Not spent by their last day"),
    "points.adjusted": _l("Changed by hand"),
    "counter.held": _l("To pay a part of a sale at the counter"),
    "counter.spent": _l("Paid a part of a sale at the counter"),
    "voucher.held": _l("Set aside for a reward"),
    "voucher.spent": _l("Redeemed for a reward"),
    "voucher.given_back": _l("Back from a reward that the club ended"),
    "event.held": _l("Set aside for a place at an event"),
    "event.spent": _l("A place at an event"),
    "event.given_back": _l("Back from a place at an event"),
    "event.earned": _l("For coming to an event"),
    "transfer.sent": _l("Passed on to another member"),
    "transfer.received": _l("Got from another member"),
    "transfer.taken": _l("What another member had passed on was taken back"),
    "transfer.returned": _l("Back from another member"),
    "merge.out": _l("Points of two memberships came together"),
    "merge.in": _l("Points of two memberships came together"),
    "unmerge.out": _l("Points of two memberships were parted again"),
    "unmerge.in": _l("Points of two memberships were parted again"),
    "referral.earned": _l("For bringing a friend"),
    "friend.earned": _l("For coming by a friend's invitation"),
    "referral.reversed": _l("Taken back: the friend returned the goods"),
    "friend.reversed": _l("Taken back: the goods of the first purchase were returned"),
    "join.reversed": _l("A second welcome was taken back"),
    "join.restored": _l("The second welcome is there again"),
}
"""What kinds of movements say by themselves."""

_GIFTS: dict[str, Any] = {
    "birthday": _l("For your birthday"),
    "anniversary": _l("For the day you joined"),
    "growth": _l("For buying more than before"),
    "milestone": _l("For a milestone on the way to the next level"),
}


def _of_the_household(kind: str, why: Why) -> str:
    """Own points that another one of the household spends, or that come back from there."""
    what = _plain(f"{why.get('for')}.{kind.rpartition('.')[2]}")
    return _("%(name)s, of your household: %(what)s", name=_called(why.get("by")), what=what)


def _called(person_id: object) -> str:
    """What somebody is called now; whoever left the club is nobody."""
    names: dict[object, str] = kept("names in movements", dict)
    if person_id not in names:
        called = func.coalesce(func.nullif(Person.call_name, ""), Person.full_name)
        names[person_id] = db().scalar(select(called).where(Person.id == person_id)) or ""
    return names[person_id] or _("Somebody")


def _plain(kind: str) -> str:
    return str(_PLAIN[kind]) if kind in _PLAIN else _of_a_hold(kind.rpartition(".")[2])


def _of_a_hold(act: str) -> str:
    match act:
        case "held":
            return _("Set aside for an open order")
        case "released":
            return _("No longer set aside")
        case "spent":
            return _("Spent")
        case "given_back":
            return _("Back from returned goods")
        case "reversed":
            return _("Taken back")
        case "undone":
            return _("An import was taken back")
    return _("Points")


def _reversed(why: Why) -> str:
    amount = why.get("amount")
    if not isinstance(amount, int) or not amount:
        return _("Goods given back")
    return _("Goods for %(amount)s given back", amount=plain_money(amount))


def _of_the_rung(why: Why) -> list[str]:
    percent, key = _whole(why, "multiplier_percent", PER_CENT), why.get("rung_key")
    if percent == PER_CENT or not isinstance(key, str):
        return []
    return [f"{rung_name(key)} {multiplier(percent)}"]


def _of_campaigns(why: Why) -> list[str]:
    percent = why.get("campaign_percent")
    if isinstance(percent, int):
        return [f"{_name_of(why)} {multiplier(percent)}"]
    lines = why.get("lines")
    if not isinstance(lines, Sequence) or isinstance(lines, str):
        return []
    told: dict[tuple[str, int], None] = {
        (_name_of(line), _whole(line, "campaign_percent")): None for line in lines if isinstance(line, Mapping)
    }
    return [
        _("%(campaign)s %(multiplier)s on a part", campaign=name, multiplier=multiplier(of_part))
        for name, of_part in told
    ]


def _of_the_cap(why: Why) -> list[str]:
    if not isinstance(why.get("cap_points"), int):
        return []
    most = points(_whole(why, "cap_points"))
    match why.get("cap_period"):
        case "day":
            return [_("at most %(points)s a day", points=most)]
        case "month":
            return [_("at most %(points)s a month", points=most)]
        case "year":
            return [_("at most %(points)s a year", points=most)]
    return [_("at most %(points)s in all", points=most)]


def _name_of(why: Why) -> str:
    """A campaign of the club, or an offer that counted for this purchase alone."""
    offer_id = why.get("offer_id")
    return _campaign_name(why.get("campaign_id")) if offer_id is None else _offer_name(offer_id)


def _offer_name(offer_id: object) -> str:
    """Rare enough to be asked for one by one, once a page."""
    if "offer_names" not in g:
        g.offer_names = {}
    names: dict[object, Texts] = g.offer_names
    if offer_id not in names:
        names[offer_id] = db().scalar(select(OfferRow.title).where(OfferRow.id == offer_id)) or Texts({})
    return in_language(names[offer_id]) or _("offer")


def _campaign_name(rule_id: object) -> str:
    if "campaign_names" not in g:
        rows = db().execute(select(EarningRule.id, EarningRule.name).where(EarningRule.kind == "campaign"))
        g.campaign_names = {row.id: row.name for row in rows}
    names: dict[object, Texts] = g.campaign_names
    return (in_language(names[rule_id]) if rule_id in names else "") or _("campaign")


def _whole(why: Why, key: str, default: int = 0) -> int:
    value = why.get(key, default)
    return value if isinstance(value, int) else default

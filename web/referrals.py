"""Bringing friends in words: what both get, where a friend stands and what is missing, what an invitation says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_pgettext

from club.referrals.listing import offer_titles
from club.referrals.models import all_terms, terms_now
from club.referrals.reading import Friend, Host, host_of
from club.referrals.rules import Reward, RewardKind, State, Terms
from club.texts import Texts
from web.database import db
from web.formats import day, money, points
from web.languages import in_language

STATES: Mapping[State, Any] = {
    State.INVITED: lazy_pgettext("a friend", "Invited"),
    State.JOINED: lazy_pgettext("a friend", "Joined"),
    State.BOUGHT: lazy_pgettext("a friend", "Bought"),
    State.REWARDED: lazy_pgettext("a friend", "Rewarded"),
    State.REVIEW: lazy_pgettext("a friend", "To be looked at"),
    State.REFUSED: lazy_pgettext("a friend", "Does not count"),
    State.TAKEN_BACK: lazy_pgettext("a friend", "Taken back"),
}

MARKS: Mapping[State, str] = {
    State.INVITED: "",
    State.JOINED: "info",
    State.BOUGHT: "info",
    State.REWARDED: "success",
    State.REVIEW: "warning",
    State.REFUSED: "",
    State.TAKEN_BACK: "danger",
}


@dataclass(frozen=True)
class Invitation:
    """What somebody reads who follows a member's link."""

    host: Host
    terms: Terms
    titles: Mapping[int, Texts]

    @property
    def sentences(self) -> list[str]:
        """Who invited them, and what both get."""
        name = self.host.name
        first = _("%(name)s invited you.", name=name) if name else _("A member of the club invited you.")
        return [first, *promise(self.terms, self.titles, name)]


def invitation_by(code: str) -> Invitation | None:
    """What a code promises; None for a code of nobody, or while the club rewards nobody."""
    host = host_of(db(), code)
    standing = terms_now(db())
    if host is None or standing is None or not standing[1].is_open:
        return None
    return Invitation(host, standing[1], titles_of(standing[1]))


def titles_of(terms: Terms) -> dict[int, Texts]:
    """The offers whose vouchers are given."""
    return offer_titles(db(), [terms.referrer, terms.friend])


def promise(terms: Terms, titles: Mapping[int, Texts], name: str = "") -> list[str]:
    """What the friend gets, and whether the member gets something too."""
    own, theirs = reward(terms.friend, titles), reward(terms.referrer, titles)
    said = []
    if own and terms.least_amount:
        words = _(
            "You get %(reward)s after your first purchase of %(amount)s or more.", reward=own, amount=_least(terms)
        )
        said.append(words)
    elif own:
        said.append(_("You get %(reward)s after your first purchase.", reward=own))
    if theirs and theirs == own:
        said.append(_("So does %(name)s.", name=name) if name else _("So does the member who invited you."))
    elif theirs and name:
        said.append(_("%(name)s gets %(reward)s.", name=name, reward=theirs))
    elif theirs:
        said.append(_("The member who invited you gets %(reward)s.", reward=theirs))
    return said


def for_the_member(terms: Terms, titles: Mapping[int, Texts]) -> list[str]:
    """The same, said to the member who brings somebody."""
    theirs, own = reward(terms.friend, titles), reward(terms.referrer, titles)
    said = []
    if theirs:
        said.append(_("Your friend gets %(reward)s.", reward=theirs))
    if own:
        said.append(_("You get %(reward)s.", reward=own))
    if terms.least_amount:
        words = _(
            "Both come after your friend's first purchase of %(amount)s or more, once the goods can no longer be"
            " returned.",
            amount=_least(terms),
        )
    else:
        words = _("Both come after your friend's first purchase, once the goods can no longer be returned.")
    return [*said, words] if said else []


def reward(one: Reward, titles: Mapping[int, Texts]) -> str:
    """Points or a voucher in words; empty for nothing."""
    if one.kind is RewardKind.POINTS:
        return points(one.points)
    if one.kind is RewardKind.VOUCHER and one.offer_id is not None and one.offer_id in titles:
        return _("a voucher: %(offer)s", offer=in_language(titles[one.offer_id]))
    return ""


def missing(friend: Friend) -> str:  # noqa: PLR0911 - one answer a state
    """What is still missing, or what came of it, as the member who brought them may know it."""
    gets_nothing = all_terms(db())[friend.terms_id].referrer.kind is RewardKind.NONE
    if gets_nothing and friend.state in {State.BOUGHT, State.REWARDED}:
        return _("Has bought.")
    match friend.state:
        case State.INVITED:
            return _("Has not joined yet.")
        case State.JOINED:
            return _("Has not bought yet.")
        case State.BOUGHT if friend.due_on is not None:
            return _("The reward comes on %(day)s", day=day(friend.due_on))
        case State.BOUGHT:
            return _("The goods are on their way. The reward comes once they can no longer be returned.")
        case State.REVIEW:
            return _("The club looks at it before it counts.")
        case State.REFUSED:
            return _("This one does not count. The club can tell you more.")
        case State.TAKEN_BACK:
            return _("The goods were returned, and the reward with them.")
    if friend.is_over_limit:
        return _("Beyond this year's limit: your friend was rewarded.")
    return points(friend.points) if friend.points else _("Your voucher is among the offers.")


def _least(terms: Terms) -> str:
    return money(terms.least_amount)

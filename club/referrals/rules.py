"""Bringing friends: what both get and when, which states a friend goes through, and what makes a claim doubtful."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from club.accounts.rules import email_key
from club.errors import BadReferralTerms, WaitTooShort
from club.members.rules import fold
from club.texts import LANGUAGES, Texts

LONGEST_LANDING = 600
MOST_POINTS = 1_000_000
MOST_WAIT_DAYS = 365
MOST_A_YEAR = 1_000
MOST_A_DAY = 5
"""Friends of one member who join on one day; whoever comes after these is looked at first."""
LONGEST_CHAIN = 50
"""How far up it is looked whether somebody brought themselves by way of others."""
GOOGLE = {"googlemail.com": "gmail.com"}


class RewardKind(StrEnum):
    """What bringing or being brought can bring."""

    POINTS = "points"
    VOUCHER = "voucher"
    NONE = "none"


@dataclass(frozen=True)
class Reward:
    """What one of the two gets."""

    kind: RewardKind = RewardKind.NONE
    points: int = 0
    offer_id: int | None = None

    def check(self) -> None:
        """Raise `BadReferralTerms` where kind and value do not fit."""
        if self.kind is RewardKind.POINTS and not 1 <= self.points <= MOST_POINTS:
            raise BadReferralTerms("points")
        if self.kind is RewardKind.VOUCHER and self.offer_id is None:
            raise BadReferralTerms("offer")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for friends who join while this version stands. Amounts in minor units.

    `wait_days` count from the day the goods were delivered, at the counter from the day of the purchase.
    """

    is_open: bool
    referrer: Reward
    friend: Reward
    least_amount: int
    wait_days: int
    yearly_limit: int
    landing: Texts = field(default_factory=lambda: Texts({}))
    asks_phone: bool = False

    def check(self, return_days: int) -> None:
        """Raise `BadReferralTerms`, or `WaitTooShort` where goods could come back after the reward."""
        self.referrer.check()
        self.friend.check()
        if self.wait_days < return_days:
            raise WaitTooShort(return_days)
        if self.least_amount < 0 or self.wait_days > MOST_WAIT_DAYS or not 1 <= self.yearly_limit <= MOST_A_YEAR:
            raise BadReferralTerms("range")
        if any(len(self.landing.get(language, "")) > LONGEST_LANDING for language in LANGUAGES):
            raise BadReferralTerms("landing")

    def due_on(self, channel: str, bought_on: date, delivered_on: date | None, shop: str) -> date | None:
        """The first day on which both are rewarded; None: the goods are still on their way."""
        began = delivered_on if channel == shop else bought_on
        return None if began is None else began + timedelta(days=self.wait_days + 1)


class State(StrEnum):
    """Where one friend stands."""

    INVITED = "invited"
    JOINED = "joined"
    BOUGHT = "bought"
    REWARDED = "rewarded"
    REVIEW = "review"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


ON_THE_WAY = (State.INVITED, State.JOINED, State.BOUGHT)
OVER = (State.REFUSED, State.TAKEN_BACK)

MOVES: dict[State, frozenset[State]] = {
    State.INVITED: frozenset({State.JOINED, State.REVIEW, State.REFUSED}),
    State.JOINED: frozenset({State.BOUGHT, State.REVIEW, State.REFUSED}),
    State.BOUGHT: frozenset({State.JOINED, State.REWARDED, State.REVIEW, State.REFUSED}),
    State.REVIEW: frozenset({State.JOINED, State.BOUGHT, State.REFUSED}),
    State.REWARDED: frozenset({State.TAKEN_BACK}),
    State.REFUSED: frozenset({State.REVIEW}),
    State.TAKEN_BACK: frozenset(),
}
"""What may follow: joined after bought where the purchase came back whole before the reward."""


class Cause(StrEnum):
    """Why a friend does not count, or what was given is taken back."""

    NOT_NEW = "not_new"
    """Had bought before they joined."""
    SAME_PERSON = "same_person"
    """Friend and member turned out to be one person."""
    STAFF = "staff"
    """A colleague decided so."""
    MERGED = "merged"
    """The friend's record became part of another one, who counts by itself."""
    RETURNED = "returned"
    """The goods came back after the reward."""


class Signal(StrEnum):
    """What speaks against a claim: evidence for whoever decides, never a verdict."""

    MAILBOX = "mailbox"
    """Nearly the same e-mail address."""
    PHONE = "phone"
    HOUSEHOLD = "household"
    """The same postal address."""
    DEVICE = "device"
    """The same browser from the same network address."""
    CARD = "card"
    """Both paid with one card, or two friends of one member did."""
    CIRCLE = "circle"
    """Looks like somebody further up, who brought the one who brought them."""
    MANY = "many"
    """One of many on a day."""
    NO_VOUCHER = "no_voucher"
    """The offer that should be the reward cannot be had any more."""


@dataclass(frozen=True)
class Evidence:
    """One signal, the person that it points to, and how many where that counts."""

    signal: Signal
    person_id: int | None = None
    count: int | None = None

    def row(self) -> dict[str, object]:
        """As it is stored: names of signals, ids and numbers."""
        return {"signal": self.signal.value, "person_id": self.person_id, "count": self.count}

    @classmethod
    def from_row(cls, row: dict[str, object]) -> "Evidence":
        """As it was stored."""
        person_id, count = row.get("person_id"), row.get("count")
        return cls(
            Signal(str(row["signal"])),
            person_id if isinstance(person_id, int) else None,
            count if isinstance(count, int) else None,
        )


def mailbox(email: str) -> str:
    """The mailbox behind an address: no +tag, no dots before the @, case and width folded, one name of one provider.

    Some providers keep addresses apart that differ by dots; so this is a reason to look, and none to refuse.
    """
    name, _, domain = email_key(email).rpartition("@")
    name = name.strip().strip('"').partition("+")[0].replace(".", "")
    domain = _ascii(unicodedata.normalize("NFC", domain.strip().rstrip(".")))
    return f"{name}@{GOOGLE.get(domain, domain)}"


def plain_mailboxes(email: str) -> set[str]:
    """The addresses that one with a tag or dots may be a variant of, as the club compares addresses."""
    name, _, domain = email_key(email).rpartition("@")
    untagged = name.partition("+")[0]
    return {f"{untagged}@{domain}", mailbox(email)} - {email_key(email)}


def digest(text: str) -> bytes:
    """What of an address or a browser is kept: enough to compare, nothing to read."""
    return sha256(f"referral\0{text}".encode()).digest()


def browser_digest(address: str, browser: str) -> bytes | None:
    """One browser behind one network address; None where either is not known."""
    return digest(f"{address}\0{browser}") if address and browser else None


@dataclass(frozen=True)
class Place:
    """A postal address as it is compared."""

    country: str
    postcode: str
    street: str

    @classmethod
    def of(cls, country: str, postcode: str, street: str) -> "Place":
        """Case, accents, signs and spaces dropped."""
        return cls(country.upper(), _letters(postcode), _letters(street))

    @property
    def is_whole(self) -> bool:
        """Whether enough is known to compare it."""
        return bool(self.postcode and self.street)


def share_a_place(some: Iterable[Place], others: Iterable[Place]) -> bool:
    """Whether goods of both went to one address."""
    return bool({place for place in some if place.is_whole} & {place for place in others if place.is_whole})


def first_name(full_name: str, call_name: str = "") -> str:
    """What of a name another member may see."""
    words = (call_name or full_name).split()
    return words[0] if words else ""


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain

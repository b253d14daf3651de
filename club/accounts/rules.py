"""Passwords, sessions and limits: what is asked, how long it lasts, how often it may be tried."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from club.errors import PasswordTooCommon, PasswordTooLong, PasswordTooShort
from club.permissions import PERMISSIONS, Role

# --- addresses


def email_key(email: str) -> str:
    """An address as it is compared: NFKC, case folded, no space around it."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


# --- passwords

LEAST_PASSWORD = 8
"""Characters. The page recommends 15; a passphrase is better than a mixture of signs."""
MOST_PASSWORD = 256
SHORTEST_OWN_WORD = 4


def as_typed(password: str) -> str:
    """One form for what a keyboard may send in two: é as one sign or as e and an accent. Nothing else is changed."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, common: Collection[str], own_words: Sequence[str] = ()) -> None:
    """Refuse what is too short, too long or guessed first; there is no rule about kinds of characters.

    `own_words` are the club's name, the person's name and address: a password that is little more than one of them
    is guessed first too.
    """
    typed = as_typed(password)
    if len(typed) < LEAST_PASSWORD:
        raise PasswordTooShort(LEAST_PASSWORD)
    if len(typed) > MOST_PASSWORD:
        raise PasswordTooLong(MOST_PASSWORD)
    folded = typed.casefold()
    if folded in common or len(set(folded)) <= 2 or _is_little_more_than(folded, own_words):
        raise PasswordTooCommon


def _is_little_more_than(folded: str, own_words: Sequence[str]) -> bool:
    """Whether fewer than eight characters are left without one's own words, digits and signs at the ends aside."""
    left = folded
    for word in sorted({part for words in own_words for part in _words_in(words)}, key=len, reverse=True):
        left = left.replace(word, "")
    return left != folded and len("".join(char for char in left if char.isalpha())) < SHORTEST_OWN_WORD


def _words_in(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).casefold()
    spaced = "".join(char if char.isalnum() else " " for char in folded)
    return [word for word in (folded, *spaced.split(), spaced.replace(" ", "")) if len(word) >= SHORTEST_OWN_WORD]


# --- sessions


@dataclass(frozen=True)
class SessionTerm:
    """How long somebody stays signed in: at most, and without asking for a page."""

    longest: timedelta
    idle: timedelta


MEMBER_TERM = SessionTerm(longest=timedelta(hours=24), idle=timedelta(hours=2))
REMEMBERED_TERM = SessionTerm(longest=timedelta(days=30), idle=timedelta(days=30))
STAFF_TERM = SessionTerm(longest=timedelta(hours=12), idle=timedelta(minutes=30))
"""Staff cannot be remembered. Several sessions at once are allowed to everybody and listed to their owner."""

SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last visit is known; an idle session may end this much early."""

RECENT_PROOF = timedelta(minutes=15)
"""How long ago the password or second factor may have been shown for changes to the account itself."""


def term_of(*, is_staff: bool, is_remembered: bool) -> SessionTerm:
    """The term of a session."""
    if is_staff:
        return STAFF_TERM
    return REMEMBERED_TERM if is_remembered else MEMBER_TERM


def is_over(term: SessionTerm, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session has ended by time."""
    return now >= created_at + term.longest or now >= seen_at + term.idle


# --- links

LINK_MINUTES = {
    "join": 24 * 60,
    "waiting": 7 * 24 * 60,
    "sign_in": 10,
    "reset": 60,
    "email": 24 * 60,
    "claim": 14 * 24 * 60,
    "staff": 48 * 60,
    "event": 24 * 60,
    "wish": 24 * 60,
    "passkey": 5,
}
"""Purpose of a mailed link → how long it works. `waiting` is mailed to nobody: it stands for a page that waits;
`passkey` neither: it is the challenge that a device answers."""


# --- looking as another role


def role_shown(own: Role | None, seen_as: Role | None) -> Role | None:
    """The role that counts for a session: never one that may do anything which one's own may not."""
    if own is None or seen_as is None or not is_lower(seen_as, own):
        return own
    return seen_as


def is_lower(role: Role, than: Role) -> bool:
    """Whether a role may do less than another, and nothing else."""
    return PERMISSIONS[role] < PERMISSIONS[than]


# --- limits


@dataclass(frozen=True)
class Limit:
    """So many tries in so many seconds."""

    most: int
    seconds: int

    @property
    def window(self) -> timedelta:
        """The time over which tries are counted."""
        return timedelta(seconds=self.seconds)


MINUTE, HOUR = 60, 3600
EVERYBODY = "everybody"

LIMITS: dict[str, Limit] = {
    "sign_in.account": Limit(10, 15 * MINUTE),
    "sign_in.address": Limit(50, 15 * MINUTE),
    "sign_in.all": Limit(2000, 5 * MINUTE),
    "code.account": Limit(5, 5 * MINUTE),
    "code.address": Limit(50, 15 * MINUTE),
    "passkey.address": Limit(60, 15 * MINUTE),
    "mail.recipient": Limit(5, HOUR),
    "mail.address": Limit(30, HOUR),
    "mail.all": Limit(2000, HOUR),
    "resend": Limit(1, MINUTE),
    "link.address": Limit(60, 15 * MINUTE),
    "cart.address": Limit(100, HOUR),
    "comment": Limit(5, HOUR),
    "comment.report": Limit(20, HOUR),
    "voucher": Limit(10, 15 * MINUTE),
    "wish.address": Limit(30, HOUR),
    "wish.guest": Limit(10, HOUR),
    "wish.recipient": Limit(60, HOUR),
    "card.browser": Limit(15, HOUR),
    "card.recipient": Limit(15, HOUR),
    "card.address": Limit(30, HOUR),
    "photo.address": Limit(30, HOUR),
    "return.address": Limit(60, HOUR),
    "support.member": Limit(20, HOUR),
    "support.answered": Limit(10, HOUR),
    "support.mail": Limit(500, HOUR),
    "lead.contact": Limit(5, HOUR),
    "lead.address": Limit(30, HOUR),
    "lead.kiosk": Limit(240, HOUR),
    "lead.all": Limit(2000, HOUR),
    "transfer.member": Limit(10, HOUR),
    "household.member": Limit(10, HOUR),
    "friend.code": Limit(10, 15 * MINUTE),
    "friend.member": Limit(5, 24 * HOUR),
    "friend.recipient": Limit(1, 24 * HOUR),
    "friend.address": Limit(15, 24 * HOUR),
}
"""Scope → limit. `account` and `recipient`: one account or address tried; `address`: where the request comes from.

- sign_in: wrong passwords; the right one forgets those of its account.
- code: wrong codes of the second factor.
- passkey: beginning to sign in with one; an answer that is wrong counts as a wrong password does.
- mail: asking for a mail: joining, a link to sign in, a reset, a change of address.
- resend: the same mail once more.
- link: links that do not open anything.
- cart: guests who begin a cart.
- card: payment pages that are opened, and cards that are refused on them; a recipient is who the order is mailed to.
- photo: photos that are sent with a return.
- return: goods given back by the address of an order: asking what it would do, and sending it.
- support: what a member writes to the club; mails that answer one of ours, by that mail and altogether.
- friend: codes of members that nobody has, by network address; invitations by mail of one member, to one mailbox.
- transfer: numbers and names of members that do not belong together, of one account.
- wish: asking for a mail when goods are back; a guest is asked by mail first, and counted by mailbox and address of
  the network.
- lead: asking to be contacted; a contact is the address or number to be reached at, a kiosk one address for many.
"""

LONGEST_WINDOW = max(limit.window for limit in LIMITS.values())

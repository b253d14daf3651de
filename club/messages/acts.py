"""What the club writes to people about: the name of each act, where its button leads, and what its words need."""

from dataclasses import dataclass, replace

from club.contact.rules import Purpose, Topic


@dataclass(frozen=True)
class Act:
    """One kind of message. Its words are in `templates/mail/<name>.txt`."""

    page: str = ""
    """Where the button leads, below the club's address; empty: to `data["path"]` with the message's secret behind."""
    needs: frozenset[str] = frozenset()
    """The keys that `data` must have."""
    may_have: frozenset[str] = frozenset()
    """Further keys that the words can say."""
    ends_with: str = ""
    """The key of `data` with which the address of the page ends."""
    is_for_safety: bool = False
    """Asked for on the screen a moment ago, or a warning: sent also to an address that is said to take no mail, and
    never cancelled."""

    purpose: Purpose = Purpose.SERVICE
    """Anything but service needs a person and passes the gate of `club.contact`: consent, cap and quiet hours."""

    topic: Topic | None = Topic.SERVICE
    """What it is about in the reader's inbox; none: it does not stand there, as its link is all that it says."""
    inside: str = ""
    """Where the button leads from the inbox, where the page of the mail needs a secret."""
    may_refuse: bool = False
    """Whether the reader may do without its mail. What is news they may always."""
    collects: bool = False
    """Whether it names what was collected for the reader, and so is not collected itself."""

    @property
    def can_be_refused(self) -> bool:
        """Whether mails of this act carry a way to end them, and are not sent to whoever did."""
        return self.topic is not None and (self.may_refuse or self.purpose is Purpose.NEWS)

    @property
    def has_token(self) -> bool:
        """Whether the link is worth nothing without the secret."""
        return not self.page


def _with_token(*needs: str, is_for_safety: bool = True) -> Act:
    return Act(needs=frozenset({"path", "name", *needs}), is_for_safety=is_for_safety, topic=None)


ABOUT_AN_ORDER = frozenset(
    {
        "name", "key", "order", "currency", "items", "goods", "discount", "spent", "spent_value", "delivery_price",
        "way", "total", "due",
    }
)  # fmt: skip
"""What every mail about an order carries: its lines and sums in minor units, `key` the end of its address."""


def _about_an_order(*needs: str, may_have: tuple[str, ...] = ()) -> Act:
    said = frozenset({"offers", *may_have})
    return Act("/orders/", ABOUT_AN_ORDER.union(needs), said, ends_with="key", topic=Topic.ORDERS)


MONEY_BACK = ("to_card", "at_counter", "to_account", "less")
"""How money goes back, each an amount: to a card, at the counter, to an account; and what need not be paid any more."""


def _about_a_return(*needs: str, may_have: tuple[str, ...] = ()) -> Act:
    said = {"name", "number", "order", "place", "currency", "items"}
    return Act("/orders/", frozenset(said.union(needs)), frozenset(may_have), ends_with="place", topic=Topic.ORDERS)


def _leading_to(page: str, *needs: str, may_have: tuple[str, ...] = (), is_for_safety: bool = False) -> Act:
    return Act(page, frozenset({"name", *needs}), frozenset(may_have), is_for_safety=is_for_safety)


def _about_an_event(*needs: str, may_have: tuple[str, ...] = (), purpose: Purpose = Purpose.SERVICE) -> Act:
    said = {"path", "name", "event", "starts", "where"}
    return Act(
        needs=frozenset(said.union(needs)),
        may_have=frozenset(may_have),
        purpose=purpose,
        topic=Topic.EVENTS,
        inside="/me/events",
    )


def _about_points(page: str, *needs: str, may_have: tuple[str, ...] = ()) -> Act:
    return replace(_leading_to(page, *needs, may_have=may_have), topic=Topic.POINTS, may_refuse=True)


STATEMENT = ("month", "opening", "earned", "used", "expired", "corrected", "closing")
"""A month as YYYY-MM, and the points that there were, came, went, expired, were corrected and are left. `passed`, on or
from members, is absent from older messages."""


def _greeting(*needs: str) -> Act:
    return replace(_leading_to("/me", *needs), purpose=Purpose.RELATIONAL, topic=Topic.GREETINGS, may_refuse=True)


TEST = "text.test"
"""A mail as it would be, to whoever edits its words: `of` the act, `data` what its words need, `words` as typed."""

PERSONAL = "personal.letter"
"""A few words that one of the staff writes to one customer: `subject`, `words`, and `writer`, who signs."""

_ANSWER = frozenset({"name", "number", "words", "writer", "asks"})

ACTS: dict[str, Act] = {
    "join.confirm": _with_token("hours"),
    "join.known": _with_token("minutes"),
    "join.welcome": _leading_to("/me", "number", "points"),
    "signin.link": _with_token("minutes"),
    "password.reset": _with_token("minutes"),
    "password.changed": _leading_to("/sign-in", is_for_safety=True),
    "email.change": _with_token("hours"),
    "email.changed": _leading_to("/sign-in", "new", is_for_safety=True),
    **{
        f"account.{change}": _leading_to("/me/security", is_for_safety=True)
        for change in ("step_set", "step_ended", "step_helped", "passkey_added", "passkey_removed", "phone_changed")
    },
    "leaving.asked": _leading_to("/me/leave", "until", is_for_safety=True),
    "leaving.undone": _leading_to("/me", is_for_safety=True),
    "record.merged": _leading_to("/sign-in", "new", is_for_safety=True),
    "claim.invitation": _with_token("number", "days", is_for_safety=False),
    "staff.invitation": _with_token("role", "hours", is_for_safety=False),
    "tier.reached": _about_points("/me/tier", "tier", may_have=("until", "multiplier_percent", "discount_percent")),
    **{
        f"account.reminder{step}": _leading_to("/me/account", "number", "total", "currency", "until")
        for step in (1, 2, 3)
    },
    "lead.received": _leading_to("/", "reference"),
    "offer.new": Act(
        "/me/offers",
        frozenset({"name", "offer", "offer_words"}),
        frozenset({"until"}),
        purpose=Purpose.NEWS,
        topic=Topic.OFFERS,
    ),
    "news.digest": replace(
        _leading_to("/me/messages", "titles", may_have=("more",)),
        purpose=Purpose.NEWS,
        topic=Topic.OFFERS,
        collects=True,
    ),
    "gift.reminder": _about_points("/me", "gift", "until"),
    "tier.at_risk": _about_points("/me/tier", "tier", "until"),
    "points.expiring": _about_points("/me/points", "points", "until", may_have=("worth", "currency", "product")),
    "points.activated": _about_points("/me/points", "points"),
    "statement.ready": replace(
        _about_points("/me/points", *STATEMENT, may_have=("passed", "saved", "currency")), topic=Topic.STATEMENT
    ),
    "greeting.birthday": _greeting(),
    "greeting.anniversary": _greeting("years"),
    "greeting.profession": _greeting("day_name"),
    "greeting.holiday": _greeting("day_name"),
    "stock.confirm": _with_token("hours", "product"),
    "stock.back": Act("/shop/", frozenset({"name", "product", "slug"}), ends_with="slug"),
    "order.sent": Act(
        "/orders/",
        frozenset({"name", "order", "key"}),
        frozenset({"carrier", "tracking"}),
        ends_with="key",
        topic=Topic.ORDERS,
    ),
    "order.ready": Act("/orders/", frozenset({"name", "order", "key", "code"}), ends_with="key", topic=Topic.ORDERS),
    "order.placed": _about_an_order(),
    "order.cancelled": _about_an_order("refund", may_have=(*MONEY_BACK, "follows")),
    "order.refunded": _about_an_order("refund", may_have=(*MONEY_BACK, "paper", "follows")),
    "return.received": _about_a_return(),
    "return.withdrawn": _about_a_return("came", "clock", "until"),
    "return.approved": _about_a_return("until", may_have=("sent_to",)),
    "return.refused": _about_a_return("answer"),
    "return.refunded": _about_a_return("refund", "back", "taken", may_have=(*MONEY_BACK, "key", "paper")),
    "event.invitation": _about_an_event(may_have=("answer_by", "minutes"), purpose=Purpose.NEWS),
    "event.reminder": _about_an_event(may_have=("answer_by", "minutes"), purpose=Purpose.NEWS),
    "event.going": _about_an_event(may_have=("calendar",)),
    "event.offered": _about_an_event("minutes"),
    "event.changed": _about_an_event("former_starts", "former_where"),
    "event.cancelled": _about_an_event(),
    "event.confirm": replace(_about_an_event("hours"), is_for_safety=True, topic=None),
    "event.news": _with_token("hours"),
    "friend.invitation": Act("/j/", frozenset({"name", "code"}), frozenset({"inviter"}), ends_with="code", topic=None),
    "referral.joined": _about_points("/me/friends", "friend"),
    "referral.rewarded": _about_points("/me/friends", "friend", "points", may_have=("offer",)),
    "friend.rewarded": _about_points("/me/points", "points", may_have=("offer",)),
    "return.exchanged": _about_an_order(
        "number", "before", "carried", may_have=(*MONEY_BACK, "refund", "taken", "to_pay")
    ),
    "support.received": Act("/me/help/", frozenset({"name", "number", "by"}), ends_with="number"),
    "support.answer": Act("/me/help/", _ANSWER, frozenset({"left_out"}), ends_with="number"),
    "support.solved": Act("/me/help/", frozenset({"name", "number"}), ends_with="number"),
    "suggestion.done": _leading_to("/me/suggestions", "words"),
    "suggestion.declined": _leading_to("/me/suggestions", "words"),
    "support.letter": Act("/contact", _ANSWER, frozenset({"left_out"})),
    "transfer.sent": replace(_leading_to("/me/points", "member", "points", is_for_safety=True), topic=Topic.POINTS),
    "transfer.received": replace(_leading_to("/me/points", "member", "points"), topic=Topic.POINTS),
    "transfer.undone": replace(_leading_to("/me/points", "points"), topic=Topic.POINTS),
    "household.invited": replace(_leading_to("/me/household", "member"), topic=Topic.POINTS),
    "household.ended": replace(_leading_to("/me/household", is_for_safety=True), topic=Topic.POINTS),
    PERSONAL: Act("/", frozenset({"name", "subject", "words", "writer"}), purpose=Purpose.RELATIONAL),
    TEST: Act("/admin/templates", frozenset({"of", "data", "words"}), topic=None),
}
"""Keys of `data`; what signing in and joining carry is told in `club.access`.

- `name`: how to address the reader; empty: no name is said.
- `path`: ends with a slash. `minutes`, `hours` or `days`: how long the link works; later the message is given up.
- tier.reached: `tier`, the rung's name as {"en": …, "es": …, "ru": …}; `until`, the last day as YYYY-MM-DD, absent for
  no end; `multiplier_percent`, `discount_percent`: what the rung gives, absent: not said.
- leaving.asked: `until`, the day on which they are forgotten.
- lead.received: `reference`, what to say when asking about the request; `name` is empty.
- offer.new: `offer`, its title, and `offer_words`, what it says, as {"en": …}; `until`, the last day, or
  absent.
- news.digest: `titles` of what waits in the inbox, and how many `more` there are.
- gift.reminder: `gift`, what it is for as {"en": …}; `until`, the last day to choose.
- tier.at_risk: `tier` and `until` as above. points.expiring: `points`, the first of which end on `until`; `worth`, what
  they pay, or nothing; `product`, what that buys, as below, or {}.
- statement.ready: what `STATEMENT` says; `saved`, money.
- greeting.…: `years` since joining; `day_name`, the day that is kept, as {"en": …}.
- stock.confirm, stock.back: `product`, its name as {"en": …, "es": …, "ru": …}; `slug`, the end of its address.
- order.sent, order.ready: `order`, its number, and `key`, the end of its address; `carrier` and `tracking` of the
  parcel, absent or empty: not said; `code`, to be said where the goods are picked up.
- order.placed, order.cancelled: beside those `items`, a list of `name`, `quantity`, `amount`; `spent`, points, and
  `spent_value`, what they paid; `offers`, a list of `title` and `saves`; `way`, the way of delivery as {"en": …};
  `due`: what is paid later; `refund`: what goes back, and by `MONEY_BACK` how; `paper`, the number of what was issued
  about it; `follows`: it is issued later.
- friend.…, referral.…: `code`, the end of the address; `inviter` and `friend`, first names, empty: not said; `points`,
  or `offer`, the title of what the voucher is for as {"en": …}.
- return.…: `number`, the return's, and `order`, the order's; `place`, the end of its address; `items` as above; `came`
  (YYYY-MM-DD) and `clock` (HH:MM), when it came in; `until`, the day by which the goods are to be sent, and `sent_to`;
  `answer`, why not; `refund` (money), `back` (points that had been spent) and `taken` (points that had been earned).
- event.…: `event`, its title as {"en": …}; `starts`, when it begins by the club's clock as YYYY-MM-DDTHH:MM; `where`,
  empty: not said; `former_starts` and `former_where` before a change; `answer_by`, the day by which to answer;
  `calendar`, an entry that goes with the mail: `event_id`, `sequence`, `starts_at` and `ends_at` (ISO 8601), `online`,
  the link, or empty.
- support.…: `number`, the conversation's; `by`, when the answer comes, by the club's clock as YYYY-MM-DDTHH:MM; `words`
  of the answer and `writer`, who signs; `asks`: whether it also asks if all is solved; `left_out`, names
  of files that came by mail and could not be kept, empty: not said.
- transfer.…: `member`, how the sender is addressed, or the receiver's name as the sender typed it; `points` that were
  passed on, of transfer.undone those that went back, maybe 0.
- suggestion.…: `words`, what was done, or why not.
- return.exchanged: about the order that goes out; `before`, the number of the one whose goods came back; `carried`,
  what its money pays; `to_pay`, what is left for a card.
"""

WRITTEN = tuple(act for act in ACTS if act not in (TEST, PERSONAL))
"""The acts that have words of their own."""

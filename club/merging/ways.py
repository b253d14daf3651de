"""What becomes of every row that names a person when two records become one.

A test walks all foreign keys to a person and fails for one that does not stand here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What a merge does with the rows of one column."""

    MOVE = "move"
    """They name the record that stays, from then on; undoing names the other one again."""
    MOVE_IF_FREE = "move if free"
    """The same, but where the record that stays has its own, that one holds and the other's row stays behind."""
    KEEP = "keep"
    """They stay as they are: history that is true of the former record."""
    STEP = "step"
    """A step of the merge of its own, named beside it."""


@dataclass(frozen=True)
class Handled:
    """How the rows of one column are handled, and why so. `unique`: what may be there once a person, if anything."""

    way: Way
    why: str
    unique: tuple[str, ...] = ()
    only_where: str | None = None
    """Among rows without a value in this column `unique` holds; the others always move."""


WAYS: dict[str, Handled] = {
    "account_due.person_id": Handled(Way.MOVE, "what the human owes is owed by the record that stays"),
    "approval.person_id": Handled(Way.MOVE, "who decides sees the record that stays; limits count both"),
    "article_comment.person_id": Handled(Way.MOVE, "what the human said is said by the record that stays"),
    "article_comment_report.person_id": Handled(
        Way.MOVE_IF_FREE, "a human reports a comment once", unique=("comment_id",)
    ),
    "article_opinion.person_id": Handled(Way.MOVE_IF_FREE, "a human answers once", unique=("article_id",)),
    "audit_words.person_id": Handled(Way.KEEP, "what was done then was done to the former record"),
    "benefit_use.person_id": Handled(Way.MOVE, "what the human used counts for the record that stays"),
    "carer.person_id": Handled(Way.MOVE_IF_FREE, "one colleague at a time looks after a person", only_where="ended_at"),
    "cart.person_id": Handled(
        Way.MOVE_IF_FREE, "one open cart a person; frozen and ordered ones belong to the human", only_where="claim"
    ),
    "commitment.person_id": Handled(Way.MOVE, "what was promised to the human stands"),
    "consent.person_id": Handled(Way.STEP, "append-only: what was said is said again for the record that stays"),
    "contact.person_id": Handled(Way.MOVE, "how often the human was written to and called counts together"),
    "offer_person.person_id": Handled(Way.MOVE_IF_FREE, "an offer is picked once a person", unique=("offer_id",)),
    "offer_use.person_id": Handled(Way.MOVE, "what the human used counts against the limits of the record that stays"),
    "greeting.person_id": Handled(Way.MOVE_IF_FREE, "a human is greeted once a month", unique=("month",)),
    "family_member.person_id": Handled(Way.MOVE, "the family of the human"),
    "gift.person_id": Handled(
        Way.MOVE_IF_FREE, "one gift a person and occasion; the other was given too", unique=("topic", "occasion")
    ),
    "voucher.person_id": Handled(Way.MOVE, "what is in the human's hand stays there"),
    "contact_choice.person_id": Handled(Way.MOVE_IF_FREE, "one key and one choice a person; links of the other end"),
    "contact_wish.person_id": Handled(Way.MOVE_IF_FREE, "one card a person"),
    "shop_order.person_id": Handled(Way.MOVE, "what the human ordered belongs to the record that stays"),
    "brought_code.person_id": Handled(Way.MOVE_IF_FREE, "the first code that a human brought holds"),
    "referral.friend_id": Handled(Way.MOVE_IF_FREE, "a human is brought once; the other claim stays with the record"),
    "referral.referrer_id": Handled(Way.MOVE, "whom the human brought counts for the record that stays"),
    "referral_code.person_id": Handled(Way.MOVE_IF_FREE, "links of both records lead to the one that stays"),
    "saved_address.person_id": Handled(Way.MOVE_IF_FREE, "one saved address a person"),
    "credit_line.person_id": Handled(Way.STEP, "one line for both: the greater limit, and all that is open"),
    "event_answer.person_id": Handled(
        Way.MOVE_IF_FREE, "one answer an event; a second place stays with its ticket", unique=("event_id",)
    ),
    "event_invitation.person_id": Handled(Way.MOVE_IF_FREE, "invited once to an event", unique=("event_id",)),
    "event_wave_person.person_id": Handled(Way.MOVE_IF_FREE, "picked once for a wave", unique=("wave_id",)),
    "household_invitation.person_id": Handled(Way.MOVE, "the human was asked into a household"),
    "household_member.person_id": Handled(Way.MOVE_IF_FREE, "one household a human; the other waits unseen"),
    "import_change.person_id": Handled(Way.KEEP, "an import is undone for the record that it changed"),
    "inbox_message.person_id": Handled(
        Way.MOVE_IF_FREE, "what the human was told; the same message once", unique=("act", "step", "occurrence")
    ),
    "interaction.person_id": Handled(Way.MOVE, "notes and calls belong to the human"),
    "lead.brought_by": Handled(Way.MOVE, "the human brought them"),
    "lead.person_id": Handled(Way.MOVE, "what the human asked for"),
    "lost_case.person_id": Handled(
        Way.MOVE_IF_FREE,
        "one open case a person; the other waits unseen, what ended is history",
        only_where="ended_on",
    ),
    "member_figures.member_id": Handled(Way.STEP, "taken out; the night makes all figures anew"),
    "member_price.person_id": Handled(Way.MOVE, "what was agreed with the human stands; the lower price holds"),
    "message.person_id": Handled(Way.MOVE, "what was mailed to the human"),
    "person_identifier.person_id": Handled(Way.MOVE, "old cards and ids lead to the record that stays"),
    "person_merge.loser_id": Handled(Way.KEEP, "an earlier merge is what it was"),
    "person_merge.survivor_id": Handled(Way.KEEP, "an earlier merge is what it was"),
    "person_tag.person_id": Handled(Way.MOVE_IF_FREE, "a tag once a person", unique=("tag_id",)),
    "person_word.person_id": Handled(Way.STEP, "words to be found by are written anew"),
    "points_balance.member_id": Handled(Way.STEP, "the account is closed once its points have moved"),
    "points_hold.member_id": Handled(Way.MOVE, "what comes back of an order comes to the record that stays"),
    "points_lot.member_id": Handled(Way.KEEP, "a lot belongs to its movement; its points move by a movement"),
    "points_movement.member_id": Handled(Way.KEEP, "append-only: points move by movements of their own"),
    "points_opening.member_id": Handled(Way.KEEP, "how the points once came"),
    "points_transfer.from_id": Handled(Way.MOVE, "what the human passed on counts against their caps"),
    "points_transfer.to_id": Handled(Way.MOVE, "what the human got counts against their caps"),
    "preference.person_id": Handled(Way.MOVE, "likes and dislikes of the human"),
    "product_taken.person_id": Handled(Way.STEP, "what both had counts together against a limit"),
    "profile.person_id": Handled(Way.MOVE_IF_FREE, "what the human says about themselves; one profile a person"),
    "purchase.member_id": Handled(Way.MOVE, "what was bought counts for tier and figures of the record that stays"),
    "stage.person_id": Handled(Way.STEP, "taken out; the night finds the stage of the record that stays"),
    "stage_move.person_id": Handled(Way.KEEP, "append-only: how the former record went on"),
    "stock_wish.person_id": Handled(Way.MOVE, "the human still wants to hear of it"),
    "suggestion.person_id": Handled(Way.MOVE, "what the human suggested to the club"),
    "suggestion_vote.person_id": Handled(Way.MOVE_IF_FREE, "a human votes once", unique=("suggestion_id",)),
    "support_case.person_id": Handled(Way.MOVE, "what the human asked the club"),
    "task.person_id": Handled(Way.MOVE, "what is to be done for the human"),
    "tier_status.member_id": Handled(Way.STEP, "the better status is held to its own end date"),
}


def parts(place: str) -> tuple[str, str]:
    """Table and column of an entry."""
    table, _, column = place.partition(".")
    return table, column

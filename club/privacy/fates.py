"""What becomes of every table that is about a member once they have left. A test fails for one that is missing here.

Three fates: rows that are only about the person go; rows that figures or the law need stay without their words; rows
that say nothing of a person by themselves stay. Append-only rows hold no words, so they are always of the third sort.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from club.support.models import EMPTY_CASE, EMPTY_ENTRY

NOBODY = "—"


class Fate(StrEnum):
    """What becomes of the rows of one table."""

    GONE = "gone"
    EMPTIED = "emptied"
    KEPT = "kept"


@dataclass(frozen=True)
class Becomes:
    """The fate of a table, why so, and for emptied ones what their columns say afterwards."""

    fate: Fate
    why: str
    values: Mapping[str, object] = field(default_factory=dict)


def _gone(why: str) -> Becomes:
    return Becomes(Fate.GONE, why)


def _emptied(reason: str, /, **values: object) -> Becomes:
    return Becomes(Fate.EMPTIED, reason, values)


def _kept(why: str) -> Becomes:
    return Becomes(Fate.KEPT, why)


_SIGN_IN = "nobody signs in with it any more"
_POINTS = "the ledger: numbers and days, its sums have to stay true"
_SALES = "what was sold: goods, money and days, for accounts and figures"
_GIVEN = "what the club gave and what it cost"

FATES: Mapping[str, Becomes] = {
    "person": _emptied(
        "the row that ledger and orders name; it says nobody from then on",
        member_number=None, joined_on=None, account_id=None, full_name=NOBODY, call_name="", email=None, email_key=None,
        phone=None, birth_year=None, birth_month=None, birth_day=None, search_text="", source="left",
    ),
    "account": _emptied(
        "acts in the log name it; who works for the club keeps theirs",
        password_hash=None, totp_secret=None, totp_confirmed_at=None, totp_last_step=None,
    ),
    "session": _gone(_SIGN_IN),
    "one_time_link": _gone(_SIGN_IN),
    "recovery_code": _gone(_SIGN_IN),
    "passkey": _gone(_SIGN_IN),
    "mail_address_state": _gone("it is the address itself"),
    "profile": _gone("what they said about themselves; the worker removes the file of their photo"),
    "person_word": _gone("words to be found by"),
    "person_identifier": _gone("old cards and ids in other systems"),
    "preference": _gone("likes and dislikes"),
    "contact_choice": _gone("how they wanted to be written to, and the key that stood in their mails"),
    "inbox_message": _gone("what they were told, in its words"),
    "contact_wish": _gone("how they wanted to be reached"),
    "family_member": _gone("whom they named as their family"),
    "household_member": _gone("whom they shared points with"),
    "household_invitation": _gone("who asked them into a household"),
    "saved_address": _gone("where they live"),
    "article_comment": _gone("what they said below articles"),
    "article_comment_report": _gone("which comments they reported"),
    "article_opinion": _gone("which articles they found helpful"),
    "suggestion_vote": _gone("which suggestions they voted for"),
    "interaction": _gone("notes and calls"),
    "carer": _gone("nobody is left to look after"),
    "person_tag": _gone("what staff sorted them by"),
    "cart": _gone("what they were about to buy"),
    "cart_line": _gone("what they were about to buy"),
    "stock_wish": _gone("whom to tell, by address"),
    "member_figures": _gone("made anew each night for those who are there"),
    "event_answer_words": _gone("guests, diet and access"),
    "event_wave_person": _gone("picked to be invited"),
    "return_words": _gone("what they wrote about goods"),
    "referral_code": _gone("their link to bring friends"),
    "brought_code": _gone("a code that they typed"),
    "task": _emptied("who did what in which time", what=NOBODY),
    "commitment": _emptied("who kept what was promised", what=NOBODY),
    "approval": _emptied("who decided what", why="", words=""),
    "audit_words": _emptied("the entry stays, its words go", words={}, why=""),
    "message": _emptied("that a mail was sent", recipient="", data={}, secret=None, last_error=""),
    "message_event": _emptied("that a mail was sent", said=""),
    "lead": _emptied("where people come from", message="", interest="", supplier="", times="", referrer=""),
    "lost_case": _emptied("why customers stay away, in numbers", own_words="", competitor=""),
    "lost_move": _emptied("how cases went on", before={}),
    "stage": _emptied("how many stand where", why=""),
    "import_change": _emptied("what an import did", before={}, after={}),
    "person_merge": _emptied("which records became one", why="", survivor_before={}, loser_before={}),
    "referral": _emptied("who brought whom, in numbers", evidence={}, mailbox=None, browser=None),
    "order_contact": _emptied(
        "the order stays; its invoice carries what the law asks for",
        email="", email_key="", full_name=NOBODY, name_key="", phone="", address="", address_more="", postcode="",
        city="", company="", tax_number="", note="",
    ),
    "parcel": _emptied("that goods were sent", tracking="", tracking_url=""),
    "suggestion": _emptied("what became of how many", words="", answer="", form_key=None),
    "support_case": _emptied("how soon questions are answered", **EMPTY_CASE),
    "support_entry": _emptied("how soon questions are answered", **EMPTY_ENTRY),
    "support_writing": _gone("that a colleague was about to answer"),
    "support_file": _gone("what they sent along; the worker removes files that no row names"),
    "points_note": _emptied(_POINTS, words=""),
    "tier_status_note": _emptied("how long which tier was held", why=""),
    "credit_line": _emptied("what was bought on account", is_open=False),
    "consent": _kept("what was agreed to and when, with no words of theirs: the club has to be able to show it"),
    "contact": _kept("how often the club turned to people, without words"),
    "points_movement": _kept(_POINTS),
    "points_lot": _kept(_POINTS),
    "points_lot_entry": _kept(_POINTS),
    "points_hold": _kept(_POINTS),
    "points_part_back": _kept(_POINTS),
    "points_opening": _kept(_POINTS),
    "points_balance": _kept(_POINTS),
    "points_transfer": _kept(_POINTS),
    "tier_status": _kept("how long which tier was held"),
    "stage_move": _kept("how many went on, without words"),
    "purchase": _kept(_SALES),
    "purchase_line": _kept(_SALES),
    "correction": _kept(_SALES),
    "correction_line": _kept(_SALES),
    "account_due": _kept(_SALES),
    "shop_order": _kept(_SALES),
    "order_line": _kept(_SALES),
    "order_move": _kept(_SALES),
    "parcel_line": _kept(_SALES),
    "product_taken": _kept(_SALES),
    "member_price": _kept(_SALES),
    "payment": _emptied(_SALES, card=None),
    "payment_event": _kept(_SALES),
    "refund": _kept(_SALES),
    "dispute": _kept(_SALES),
    "dispute_hold": _kept(_SALES),
    "return_case": _kept(_SALES),
    "return_line": _kept(_SALES),
    "return_photo": _kept("the worker removes photos 90 days after the end of a return"),
    "goodwill": _kept(_SALES),
    "paper": _kept("invoices: the law asks for them, with the name that stands on them, for their whole term"),
    "paper_content": _kept("invoices: the law asks for them, with the name that stands on them, for their whole term"),
    "paper_file": _kept("invoices: the law asks for them, with the name that stands on them, for their whole term"),
    "paper_download": _kept("who took which invoice, without words"),
    "benefit_use": _kept(_GIVEN),
    "gift": _kept(_GIVEN),
    "greeting": _kept("how often people were greeted, without words"),
    "voucher": _kept(_GIVEN),
    "partner_code": _kept(_GIVEN),
    "offer_person": _kept(_GIVEN),
    "offer_use": _kept(_GIVEN),
    "event_answer": _kept("how full events were; the words of an answer go"),
    "event_invitation": _kept("how many were invited"),
    "event_payment": _kept(_POINTS),
    "event_payback": _kept(_POINTS),
    "person_merge_row": _kept("numbers of rows"),
}  # fmt: skip
"""By table."""

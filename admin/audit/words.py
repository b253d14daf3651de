"""What an entry of the log says: its object, and each value before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin.audit.acts import ACTS
from admin.customer.words import CHECKED
from admin.pipeline.words import USUAL
from club.audit import Entry
from club.permissions import Role
from club.texts import LANGUAGES
from web.formats import clock_time, money, number
from web.roles import role_name

SUBJECTS: dict[str, Any] = {
    "account": _l("Account"),
    "audit": _l("Audit log"),
    "audit_entry": _l("Entry of the log"),
    "benefit": _l("Benefit"),
    "article": _l("Article"),
    "event": _l("Event"),
    "offer": _l("Offer"),
    "gift_rule": _l("Rule of gifts"),
    "export": _l("Download"),
    "lead_form": _l("Form"),
    "lead_source": _l("Source"),
    "lost_case": _l("Lost customer"),
    "measure": _l("Corrective action"),
    "message": _l("Message"),
    "message_text": _l("Text of a mail"),
    "notice": _l("Notice"),
    "kept_day": _l("Day that is greeted for"),
    "rhythm_rule": _l("Rule for late customers"),
    "watch_rule": _l("Rule for customers slipping away"),
    "saved_view": _l("Saved view"),
    "saved_answer": _l("Saved answer"),
    "suggestion": _l("Suggestion"),
    "support": _l("Question"),
    "tag": _l("Tag"),
    "task": _l("Task"),
    "earning_rule": _l("Earning rule"),
    "import_run": _l("Import"),
    "ladder_version": _l("Tier ladder"),
    "legal": _l("Legal text"),
    "member": _l("Customer"),
    "person": _l("Customer"),
    "programme": _l("Club"),
    "backup": _l("Backup"),
    "paper": _l("Invoice"),
    "paper_setting": _l("Who sells"),
    "attribute": _l("Kind of fact"),
    "category": _l("Category"),
    "order": _l("Order"),
    "country": _l("Country"),
    "delivery": _l("Way of delivery"),
    "tax_rate": _l("Tax rate"),
    "carton": _l("Carton"),
    "zone": _l("Delivery zone"),
    "product": _l("Product"),
    "variant": _l("Variant"),
    "return": _l("Return"),
    "referral": _l("Friend"),
    "referral_terms": _l("Terms for bringing friends"),
}

PEOPLE = ("person", "member")
"""Two names of the same rows: an entry may speak of somebody as a customer or as a member."""

_PAGES: dict[str, tuple[str, str]] = {
    "account": ("admin.staff_one", "account_id"),
    "audit": ("admin.audit", ""),
    "benefit": ("admin.benefits", ""),
    "article": ("admin.content_one", "article_id"),
    "event": ("admin.events_one", "event_id"),
    "lead_form": ("admin.leads_forms_edit", "form_id"),
    "lead_source": ("admin.leads_sources_edit", "source_id"),
    "offer": ("admin.offers_one", "offer_id"),
    "gift_rule": ("admin.gifts_edit", "rule_id"),
    "referral": ("admin.referrals_one", "referral_id"),
    "referral_terms": ("admin.referrals_terms", ""),
    "measure": ("admin.measures_one", "measure_id"),
    "message": ("admin.outbox", ""),
    "message_text": ("admin.templates", ""),
    "notice": ("admin.notices", ""),
    "kept_day": ("admin.notices", ""),
    "saved_view": ("admin.customers", ""),
    "saved_answer": ("admin.inbox_saved", ""),
    "suggestion": ("admin.inbox_suggestion", "suggestion_id"),
    "support": ("admin.inbox_one", "case_id"),
    "task": ("admin.tasks", ""),
    "lost_case": ("admin.lost", ""),
    "earning_rule": ("admin.rules", ""),
    "import_run": ("admin.imports", ""),
    "ladder_version": ("admin.tiers", ""),
    "legal": ("admin.settings_legal", ""),
    "member": ("admin.customers_one", "person_id"),
    "person": ("admin.customers_one", "person_id"),
    "programme": ("admin.settings", ""),
    "backup": ("admin.settings_backups", ""),
    "paper": ("admin.paper", "paper_id"),
    "paper_setting": ("admin.papers_seller", ""),
    "attribute": ("admin.products_facts", ""),
    "category": ("admin.categories", ""),
    "country": ("admin.delivery_countries", ""),
    "delivery": ("admin.delivery", ""),
    "tax_rate": ("admin.delivery_taxes", ""),
    "carton": ("admin.delivery_cartons", ""),
    "zone": ("admin.delivery_zones", ""),
    "order": ("admin.orders_by_id", "order_id"),
    "product": ("admin.products_edit", "product_id"),
    "variant": ("admin.stock_one", "variant_id"),
    "return": ("admin.return_case", "case_id"),
}
"""Kind of object → its page, and the part of the address that names the object."""

FIELDS: dict[str, Any] = {
    **{stage.value: words for stage, words in USUAL.items()},
    "ahead": _l("Ordered ahead"),
    "photo": _l("Photo"),
    "checked": _l("How it was seen who asks"),
    "passkeys": _l("Passkeys"),
    "follows": _l("Comes after version"),
    "shown_on": _l("Shown from"),
    "comment": _l("Comment"),
    "friend": _l("Friend"),
    "friend_points": _l("Points to the friend"),
    "gift": _l("Gift"),
    "is_open": _l("Bringing friends is rewarded"),
    "landing": _l("Page for friends"),
    "least_amount": _l("Least amount of the first purchase"),
    "options": _l("Things to choose from"),
    "referrer": _l("Member who brought them"),
    "referrer_points": _l("Points to the member"),
    "told": _l("Members are told"),
    "wait_days": _l("Days until the reward"),
    "yearly_limit": _l("Friends a year that one member is rewarded for"),
    "answer": _l("Answer"),
    "cost": _l("Cost"),
    "cost_before": _l("Cost, before"),
    "is_active": _l("In use"),
    "is_first": _l("Not known before"),
    "lead": _l("Request"),
    "of": _l("Copied from"),
    "owner": _l("Who answers"),
    "source": _l("Source"),
    "customer": _l("Customer"),
    "guests": _l("Guests for each answer"),
    "guests_before": _l("Guests for each answer, before"),
    "is_moved": _l("Moved to another time"),
    "picked": _l("Picked by hand"),
    "seats": _l("Seats"),
    "seats_before": _l("Seats, before"),
    "waits": _l("Waits in line"),
    "wave": _l("Sending"),
    "ahead_before": _l("Ordered ahead, before"),
    "amount": _l("Amount"),
    "counted": _l("It is counted"),
    "counted_before": _l("It was counted"),
    "from_quantity": _l("From so many on"),
    "image": _l("Picture"),
    "key": _l("Key"),
    "low": _l("Low mark"),
    "low_before": _l("Low mark, before"),
    "parent": _l("Stands below"),
    "restocked": _l("Put on the shelf again"),
    "taken": _l("Points taken back"),
    "parent_before": _l("Stood below"),
    "percent": _l("Percent"),
    "parcel": _l("Parcel"),
    "age": _l("Confirmed age"),
    "pieces": _l("Pieces"),
    "price": _l("Price"),
    "without_code": _l("Without the code"),
    "variant": _l("Variant"),
    "variants": _l("Variants"),
    "accent_color": _l("Accent colour"),
    "approval_points": _l("Points that need a second person"),
    "brand_color": _l("Brand colour"),
    "complaints": _l("Complaints"),
    "contact_days": _l("Days in which contacts are counted"),
    "contact_most": _l("Contacts with one customer at most"),
    "contact_address": _l("Address"),
    "contact_email": _l("E-mail"),
    "contact_phone": _l("Phone"),
    "country": _l("Country"),
    "currency": _l("Currency"),
    "act": _l("Kind"),
    "customers": _l("Customers"),
    "days": _l("Days"),
    "due_on": _l("Due"),
    "email": _l("E-mail"),
    "figure_after": _l("Figure after"),
    "figure_before": _l("Figure before"),
    "filters": _l("Filters"),
    "for_all": _l("For everybody"),
    "is_given": _l("Said yes"),
    "people": _l("Customers"),
    "promises": _l("Promises"),
    "tasks": _l("Tasks"),
    "with_contact": _l("With contact data"),
    "expiry_months": _l("Months until points expire"),
    "font_pair": _l("Fonts"),
    "full_name": _l("Name"),
    "kind": _l("Kind"),
    "language": _l("Language"),
    "logo_file": _l("Logo"),
    "main_language": _l("Main language"),
    "name": _l("Name"),
    "phone": _l("Phone"),
    "point_value_minor": _l("Value of points"),
    "point_value_points": _l("Points that have this value"),
    "points": _l("Points"),
    "points_word": _l("Words for points"),
    "promise": _l("Promise"),
    "answer_days": _l("Days on which questions are answered"),
    "answer_from": _l("Questions are answered from"),
    "answer_hours": _l("Hours within which questions are answered"),
    "answer_until": _l("Questions are answered until"),
    "minors_kept": _l("Members may name relatives under 18"),
    "transfers_allowed": _l("Members may pass points on"),
    "transfer_most": _l("Points passed on at once, at most"),
    "transfer_most_month": _l("Points passed on in a month, at most"),
    "transfer_most_year": _l("Points passed on in a year, at most"),
    "transfer_wait_days": _l("Days that new members wait before points move"),
    "households_allowed": _l("Households may share points"),
    "household_most": _l("Adults in a household"),
    "household_wait_days": _l("Days before the points of a newcomer are shared"),
    "goodwill_points": _l("Points of goodwill that need a second person"),
    "quiet_from": _l("Quiet hours from"),
    "quiet_until": _l("Quiet hours until"),
    "role": _l("Role"),
    "rows": _l("Rows"),
    "rungs": _l("Tiers"),
    "sessions": _l("Sessions"),
    "shop_return_days": _l("Days for returns"),
    "spend_step": _l("Step of spending"),
    "step": _l("Step"),
    "tier": _l("Tier"),
    "mode": _l("Invoices"),
    "legal_name": _l("Legal name"),
    "tax_number": _l("Tax number"),
    "address": _l("Address"),
    "postcode": _l("Postcode"),
    "city": _l("City"),
    "register": _l("Entry in the register"),
    "invoice_prefix": _l("Numbers of invoices begin with"),
    "credit_prefix": _l("Numbers of credit notes begin with"),
    "receipt_prefix": _l("Numbers of receipts begin with"),
    "refund_prefix": _l("Numbers of receipts of refunds begin with"),
    "how_to_pay": _l("How to pay an invoice"),
    "untaxed": _l("Why there is no tax"),
    "time_zone": _l("Time zone"),
    "valid_from": _l("Valid from"),
    "valid_to": _l("Valid until"),
    "version": _l("Version"),
}


MONEY = ("amount", "cost", "cost_before", "least_amount")
TIMES_OF_DAY = ("quiet_from", "quiet_until", "answer_from", "answer_until")
"""Kept in minutes since midnight."""


@dataclass(frozen=True)
class Said:
    """One value of an entry; `before` is None where nothing was there to compare with."""

    field: str
    before: str | None
    after: str


def act_words(act: str) -> str:
    """An act in words."""
    return str(ACTS.get(act, act))


def subject_words(subject: str) -> str:
    """A kind of object in words."""
    return str(SUBJECTS.get(subject, subject.replace("_", " ")))


def subject_page(subject: str, subject_id: int) -> str | None:
    """The page of an object, where there is one."""
    endpoint, part = _PAGES.get(subject, ("", ""))
    if endpoint not in current_app.view_functions:
        return None
    parts: dict[str, Any] = {part: subject_id} if part else {}
    return url_for(endpoint, **parts)


def said_by(entry: Entry) -> list[Said]:
    """Every value that the entry carries: what changed with both values, the rest as it is."""
    given: dict[str, Any] = {**entry.numbers, **entry.words}
    before, after = given.pop("before", None), given.pop("after", None)
    return [*_pairs(before, after), *(_one(name, value) for name, value in given.items())]


def _pairs(before: Any, after: Any) -> list[Said]:
    if before is None and after is None:
        return []
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        return [Said(_("Value"), _shown("", before), _shown("", after))]
    old = before if isinstance(before, Mapping) else {}
    new = after if isinstance(after, Mapping) else {}
    return [
        Said(_field(name), _shown(name, old.get(name)), _shown(name, new.get(name)))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _one(name: str, value: Any) -> Said:
    if isinstance(value, list) and len(value) == 2:
        return Said(_field(name), _shown(name, value[0]), _shown(name, value[1]))
    return Said(_field(name), None, _shown(name, value))


def _field(name: str) -> str:
    return str(FIELDS.get(name, name.replace("_", " ")))


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        if name in TIMES_OF_DAY:
            return clock_time(value)
        return money(value) if name in MONEY else number(value)
    if isinstance(value, Mapping):
        order = [key for key in LANGUAGES if key in value] or list(value)
        return "; ".join(f"{key}: {_shown('', value[key])}" for key in order)
    if isinstance(value, list):
        return ", ".join(_shown("", part) for part in value)
    if name == "checked":
        return str(CHECKED.get(value, value))
    return role_name(value) if name == "role" and value in set(Role) else str(value)

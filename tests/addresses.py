"""An address for every route that answers to GET: where the walks through all pages go.

A route without parts is visited by itself. One with parts needs values in `Examples.values`, or the walk fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.access.service import Asking, add_staff
from club.accounts.links import make_link
from club.accounts.models import login_with_email
from club.approvals.models import Approval
from club.approvals.rules import WAITS, Kind, State
from club.care.rules import Entry, Liking, NewPreference, NewTask, Source
from club.care.rules import Kind as Written
from club.care.service import add_own, add_task, log
from club.carts.models import Owner
from club.catalogue.models import Variant
from club.catalogue.rules.pricing import Kind as PriceKind
from club.catalogue.rules.pricing import PriceRow
from club.catalogue.rules.products import (
    AttributeKind,
    NewAttribute,
    NewCategory,
    NewProduct,
    NewVariant,
    Option,
    TaxClass,
)
from club.catalogue.rules.stock import Reason
from club.catalogue.service.categories import add_category, save_attribute
from club.catalogue.service.prices import set_price
from club.catalogue.service.products import add_product
from club.catalogue.service.stock import move_stock
from club.clock import club_day
from club.contact.choices import key_of
from club.content.rules import Article, Theme
from club.content.rules import Audience as Readers
from club.content.service import add_article
from club.content.service import publish as publish_article
from club.database import transaction
from club.delivery.countries import rule_for
from club.delivery.quoting import ways
from club.delivery.rules import Kind as Sent
from club.delivery.rules import Method, Rate, Rule, Zone
from club.delivery.rules import PriceRow as SendingPrice
from club.delivery.service import add_method, add_rate, add_zone, save_rule
from club.events.rules import Event, Party
from club.events.rules import Kind as EventKind
from club.events.service import add_event, copy_event
from club.events.service import answer as come
from club.events.service import publish as publish_event
from club.gifts.models import GIFTS
from club.gifts.rules import Kind as GiftKind
from club.gifts.rules import Option as GiftOption
from club.gifts.rules import Rule as GiftRule
from club.gifts.rules import What
from club.gifts.service import add_rule
from club.joining.rules import WantsToJoin
from club.joining.service import ask_to_join, enrol_at_counter
from club.leads.rules import Asks, Basis, FormContent, NewLead, NewSource, SourceKind
from club.leads.service import add_form, add_source
from club.members.models import Person
from club.members.rules import NewPerson
from club.merging.service import Wanted, merge
from club.messages.inbox.models import INBOX
from club.messages.inbox.telling import tell
from club.messages.models import Message
from club.offers.rules import Kind as OfferKind
from club.offers.rules import Offer, Way, Who
from club.offers.service import activate, add_offer, publish
from club.orders.models import OrderLine
from club.orders.rules import PayBy
from club.orders.service import Placed
from club.papers.reading import paper_row
from club.permissions import Role
from club.pipeline.service import note_meeting
from club.pipeline.service.noting import NextStep
from club.points.service import Passing, adjust_in, pass_on
from club.programme.models import the_club
from club.purchases.models import Purchase
from club.referrals.models import terms_now
from club.referrals.rules import Reward, RewardKind, Terms
from club.referrals.service import code_for, set_terms, take_up
from club.suggestions.service import suggest
from club.support.rules import Topic
from club.support.service import Question, ask
from club.support.service.saved import add_saved
from club.texts import Texts
from club.transfers.models import Transfer
from tests.order_world import Till, open_shop
from tests.paper_world import invoiced
from tests.people import PASSWORD, new_signed_up_member
from tests.shelf_world import put_out
from web.access import AccessRule, rule_of

UNKNOWN = "a-link-that-nobody-was-mailed"

LONGEST_WALK = timedelta(hours=4)
"""Links that last minutes must open at the end of a walk too."""

NOT_PAGES = {
    "admin.events_csv",
    "admin.events_look",
    "admin.imports_template",
    "admin.imports_wrong",
    "admin.inbox_file",
    "admin.labels",
    "admin.packing_list",
    "admin.return_photo",
    "admin.return_slips",
    "admin.settings_brand_preview",
    "admin.outbox_look",
    "admin.templates_look",
    "assets.send",
    "health.healthz",
    "health.readyz",
    "languages.choose",
    "portal.card_print",
    "portal.help_file",
    "portal.points_csv",
    "portal.points_pdf",
    "portal.robots",
    "portal.sitemap",
    "portal.ticket_calendar",
    "portal.ticket_print",
    "pictures.send",
    "shop.order_calendar",
    "shop.return_photo",
    "shop.return_slip_file",
    "theme.logo",
    "theme.send",
}
"""What answers with something else than a page that people read."""


@dataclass(frozen=True)
class Example:
    """The parts of one address, and with which status whoever may open it is answered."""

    parts: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Address:
    """One address of one route."""

    endpoint: str
    path: str
    status: int
    rule: AccessRule

    @property
    def is_page(self) -> bool:
        """Whether people read it in a browser."""
        return self.endpoint not in NOT_PAGES


@dataclass(frozen=True)
class Examples:
    """What stands in addresses that name somebody or something."""

    member_id: int
    purchase_id: int
    links: dict[str, str]
    """Purpose of a mailed link → its token."""
    today: date
    colleague_id: int = 0
    approval_id: int = 0
    other_id: int = 0
    merge_id: int = 0
    task_id: int = 0
    entry_id: int = 0
    preference_id: int = 0
    goods: tuple[str, ...] = ()
    """Part of the address of products: one that is there, one that is sold out."""
    product_id: int = 0
    variant_id: int = 0
    category_id: int = 0
    order_id: int = 0
    """Somebody's order, to be packed and to be paid where it is picked up."""
    order_number: str = ""
    order_key: str = ""
    guest_key: str = ""
    paper: tuple[int, str] = (0, "")
    """Id and number of the paper of the order."""
    zone_id: int = 0
    method_id: int = 0
    gift: tuple[int, int] = (0, 0)
    """A rule at a milestone, and what the member may choose by it."""
    lead: tuple[int, int, int] = (0, 0, 0)
    """Person, source and form."""
    offers: tuple[int, int] = (0, 0)
    """A partner's offer for picked members that is a draft, a reward that runs."""
    voucher_id: int = 0
    event: tuple[int, str] = (0, "")
    """One that is open to everybody, and the end of the address of the member's ticket for it."""
    draft_id: int = 0
    """An event that is being written."""
    referral_id: int = 0
    question: tuple[int, str, int] = (0, "", 0)
    suggestion: int = 0
    """What a member suggested."""
    """Id and number of a conversation, and a saved answer."""
    article_id: int = 0
    told_id: int = 0
    """A message in the member's inbox."""
    transfer_id: int = 0
    """Points that the member passed on."""
    choices_key: str = ""

    def values(self) -> dict[str, list[Example]]:
        """Endpoint → its addresses. Routes without parts stand here only for what may follow the question mark."""
        return {
            "assets.send": [Example({"fingerprint": "0", "name": "club.css"}, 404)],
            "pictures.send": [Example({"name": "picture.jpg"}, 404)],
            "languages.choose": [Example({"code": code, "next": "/benefits"}) for code in ("en", "es", "ru")],
            "health.readyz": [Example(status=503)],
            "portal.landing": [
                Example(),
                Example({"spend": "1200", "purchases": "12"}),
                Example({"spend": "much"}, 422),
            ],
            "portal.join_with_code": [Example({"code": "luis25"})],
            "portal.join_confirm": self._mailed("join"),
            "portal.join_claim": self._mailed("claim"),
            "portal.sign_in": [Example(), Example({"next": "/me/points"})],
            "portal.mailed": [Example({"purpose": purpose}) for purpose in ("sign_in", "reset")],
            "portal.sign_in_by_link": self._mailed("sign_in"),
            "portal.reset": self._mailed("reset"),
            "portal.email_confirm": self._mailed("email"),
            "portal.points": [
                Example(),
                Example({"period": "all", "kind": "earned"}),
                Example({"period": "all", "page": 2}),
                Example({"period": "month", "kind": "expired", "page": 9}),
                Example({"period": "days"}, 422),
            ],
            "admin.customers_family": [
                Example({"person_id": self.member_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.customers_household": [
                Example({"person_id": self.member_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "portal.household_remove": [Example({"person_id": 999_999_999}, 303)],
            "portal.household_leave": [Example({}, 303)],
            "admin.customers_photo": [Example({"person_id": self.member_id}, 404)],
            "portal.profile_photo": [Example({}, 404)],
            "admin.customers_second_step": [
                Example({"person_id": self.member_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.customers_transfers": [
                Example({"person_id": self.member_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.customers_transfer_undo": [
                Example({"transfer_id": self.transfer_id}),
                Example({"transfer_id": 999_999_999}, 404),
            ],
            "portal.preferences_line": [
                Example({"preference_id": self.preference_id}),
                Example({"preference_id": 999_999_999}, 404),
            ],
            "portal.tier": [
                Example(),
                Example({"amount": "500", "purchases": "2", "month": f"{self.today:%Y-%m}"}),
                Example({"amount": "much", "purchases": "-1"}, 422),
            ],
            "shop.catalogue": [
                Example(),
                Example({"q": "walked", "stock": "y", "points": "y", "most": "30", "order": "-price"}),
                Example({"q": "xylophone"}),
                Example({"category": "no-such-shelf"}, 404),
                Example({"most": "much", "page": 99}, 422),
            ],
            "portal.messages": [Example(), Example({"topic": "unread"}), Example({"topic": "x", "before": "y"})],
            "portal.messages_one": [Example({"message_id": self.told_id}), Example({"message_id": 999_999_999}, 404)],
            "portal.choices_mailed": [Example({"key": self.choices_key}), Example({"key": UNKNOWN}, 404)],
            "portal.choices_mailed_stop": [
                Example({"key": self.choices_key, "kind": "offers"}),
                Example({"key": self.choices_key, "kind": "all"}),
                Example({"key": self.choices_key, "kind": "x"}, 404),
            ],
            "portal.invoices": [Example(), Example({"year": "1999"}), Example({"year": "x"})],
            "shop.paper": [
                Example({"key": self.order_key, "number": self.paper[1]}),
                Example({"key": UNKNOWN, "number": self.paper[1]}, 404),
            ],
            "admin.papers": [
                Example(),
                Example({"kind": "invoice", "number": "f2026-00001"}),
                Example({"series": "9" * 30, "kind": "x", "page": 2}),
            ],
            "admin.paper": [Example({"paper_id": self.paper[0]}), Example({"paper_id": 999_999_999}, 404)],
            "admin.packing_list": [Example({"order": self.order_number}), Example({"order": "NOTHING"}, 404)],
            "admin.labels": [
                Example({"order": self.order_number, "sheet": "10x15"}, 404),
                Example({"order": self.order_number, "sheet": "a0"}, 404),
            ],
            "shop.withdraw": [Example({"key": self.order_key}), Example({"key": UNKNOWN}, 404)],
            "shop.return_order": [
                Example({"key": self.guest_key}),
                Example({"key": self.order_key}, 303),
                Example({"key": UNKNOWN}, 404),
            ],
            "shop.return_photo": [Example({"key": UNKNOWN, "number": "R0", "photo_id": 1}, 404)],
            "shop.return_slip_file": [Example({"key": UNKNOWN, "number": "R0"}, 404)],
            "admin.return_slips": [Example({"return": "R0"}, 303)],
            "admin.return_photo": [Example({"case_id": 999_999_999, "photo_id": 1}, 404)],
            "shop.return_case": [Example({"key": UNKNOWN, "number": "R0"}, 404)],
            "portal.return_order": [Example({"number": "NOBODYS"}, 404)],
            "portal.return_case": [Example({"number": "R0"}, 404)],
            "admin.returns": [Example(), Example({"view": "done", "q": "r0"}), Example({"view": "none", "page": 3})],
            "admin.return_case": [Example({"case_id": 999_999_999}, 404)],
            "admin.order_money_back": [Example({"number": self.order_number}), Example({"number": "NOBODYS"}, 404)],
            "admin.return_new": [Example({"number": self.order_number}), Example({"number": "NOBODYS"}, 404)],
            "shop.filter": [Example(), Example({"q": "walked", "stock": "y"})],
            "shop.tell_me": self._mailed("wish"),
            "shop.product": [
                *(Example({"slug": slug}) for slug in self.goods),
                Example({"slug": "nothing-of-the-kind"}, 404),
            ],
            "shop.order_calendar": [Example({"key": "nobody-knows-it"}, 404)],
            "shop.order": [Example({"key": self.order_key}), Example({"key": "nobody-knows-it"}, 404)],
            "shop.thanks": [Example({"key": self.order_key}), Example({"key": "nobody-knows-it"}, 404)],
            "portal.orders": [Example(), Example({"page": 9})],
            "portal.order": [Example({"number": self.order_number}), Example({"number": "0" * 40}, 404)],
            "admin.customers": [
                Example(),
                Example({"q": "ma", "order": "-bought", "who": "all", "page": 2}),
                Example({"quiet": "y", "birthday": "y", "joined_from": "2025-01-01", "news": "no", "carer": "mine"}),
            ],
            "admin.imports": [
                Example(),
                Example({"kind": "members", "state": "done"}),
                Example({"kind": "x", "page": 3}),
            ],
            "admin.imports_columns": [Example({"run_id": 999_999_999}, 404)],
            "admin.imports_one": [Example({"run_id": 999_999_999}, 404)],
            "admin.imports_template": [Example({"name": "members"}), Example({"name": "nothing"}, 404)],
            "admin.imports_wrong": [Example({"run_id": 999_999_999}, 404)],
            "admin.customers_edit": [Example({"person_id": self.member_id}), Example({"person_id": 999_999_999}, 404)],
            "admin.customers_consents": [Example({"person_id": self.member_id})],
            "admin.customers_view": [Example({"view_id": 999_999_999}, 404)],
            "admin.search": [Example(), Example({"q": "a"}), Example({"q": "nobody has this name"})],
            "admin.invitation": self._mailed("staff"),
            "admin.lost": [Example(), Example({"state": "ended", "cause": "price", "owner": "mine"})],
            "admin.lost_watch": [Example()],
            "admin.lost_one": [Example({"case_id": 999_999_999}, 404)],
            "admin.money": [
                Example(),
                *(Example({"view": view}) for view in ("payments", "refunds", "disputes", "messages", "x")),
                Example({"view": "payments", "order": "NOBODYS", "page": 2}),
            ],
            "admin.money_credit_of": [Example({"person_id": self.member_id}), Example({"person_id": 999_999_999}, 404)],
            "shop.payment_return": [Example({"key": UNKNOWN}, 404)],
            "admin.pipeline": [Example(), Example({"stage": "loyal"})],
            "admin.pipeline_list": [
                Example(),
                Example({"stage": "lost", "step": "none", "owner": "mine", "source": 9}),
            ],
            "admin.pipeline_one": [Example({"person_id": self.lead[0]}), Example({"person_id": 999_999_999}, 404)],
            "admin.leads": [Example(), Example({"view": "none", "source": 999_999_999, "page": 2})],
            "admin.leads_sources_edit": [
                Example({"source_id": self.lead[1]}),
                Example({"source_id": 999_999_999}, 404),
            ],
            "admin.leads_forms_new": [Example()],
            "admin.leads_forms_edit": [Example({"form_id": self.lead[2]}), Example({"form_id": 999_999_999}, 404)],
            "admin.leads_forms_sheet": [Example({"form_id": self.lead[2]}), Example({"form_id": 999_999_999}, 404)],
            "portal.lead_form": [Example({"slug": "walked"}), Example({"slug": "walked", "kiosk": "1"})],
            "portal.contact_sent": [Example(status=303)],
            "portal.lead_form_sent": [Example({"slug": "walked"}, 303)],
            "admin.inbox": [Example(), Example({"view": "solved"}), Example({"view": "x", "page": 3})],
            "admin.inbox_one": [
                Example({"case_id": self.question[0]}),
                Example({"case_id": 999_999_999}, 404),
            ],
            "admin.inbox_file": [Example({"case_id": 999_999_999, "file_id": 1}, 404)],
            "admin.inbox_suggestions": [Example(), Example({"state": "done"}), Example({"state": "x", "page": 3})],
            "admin.inbox_suggestion": [
                Example({"suggestion_id": self.suggestion}),
                Example({"suggestion_id": 999_999_999}, 404),
            ],
            "portal.suggestions_wanted": [Example(), Example({"ended": "1"}), Example({"ended": "x", "page": 3})],
            "admin.inbox_saved_edit": [
                Example({"answer_id": self.question[2]}),
                Example({"answer_id": 999_999_999}, 404),
            ],
            "portal.help": [Example(), Example({"about": f"order:{self.order_id}"}), Example({"about": "x"})],
            "portal.help_case": [Example({"number": self.question[1]}), Example({"number": "NOBODYS"}, 404)],
            "portal.help_file": [Example({"number": "NOBODYS", "file_id": 1}, 404)],
            "admin.measures": [Example(), Example({"state": "closed", "cause": "price", "owner": "mine"})],
            "admin.measures_new": [Example(), Example({"cause": "price"}), Example({"case": 999_999_999}, 404)],
            "admin.measures_one": [Example({"measure_id": 999_999_999}, 404)],
            "admin.gifts_new": [Example({"kind": kind.value}) for kind in GiftKind]
            + [Example({"kind": "nothing"}, 404)],
            "admin.gifts_edit": [Example({"rule_id": self.gift[0]}), Example({"rule_id": 999_999_999}, 404)],
            "portal.gifts_choose": [Example({"gift_id": self.gift[1]}), Example({"gift_id": 999_999_999}, 404)],
            "admin.offers": [Example(), Example({"state": "draft"}), Example({"state": "nowhere"})],
            "admin.offers_one": [
                *(Example({"offer_id": one}) for one in self.offers),
                Example({"offer_id": 999_999_999}, 404),
            ],
            "admin.offers_edit": [Example({"offer_id": one}) for one in self.offers],
            "admin.offers_publish": [Example({"offer_id": self.offers[0]})],
            "admin.offers_end": [Example({"offer_id": self.offers[1]})],
            "admin.offers_people": [Example({"offer_id": self.offers[0]})],
            "admin.offers_codes": [Example({"offer_id": self.offers[0]})],
            "admin.offers_uses": [Example({"offer_id": self.offers[1]})],
            "portal.news": [Example(), Example({"theme": "health"}), Example({"theme": "x", "page": 9})],
            "portal.news_article": [
                Example({"slug": "walked-news"}),
                Example({"slug": "walked-for-members"}),
                Example({"slug": "nothing-of-the-kind"}, 404),
            ],
            "admin.content": [
                Example(),
                Example({"view": "drafts", "q": "walked", "theme": "family"}),
                Example({"view": "x", "theme": "x", "page": 9}),
            ],
            "admin.content_comments": [Example(), Example({"view": "reported"}), Example({"view": "x", "page": 9})],
            "admin.content_new": [Example({"start": "trade"}), Example({"start": "x"})],
            "admin.content_one": [Example({"article_id": self.article_id}), Example({"article_id": 999_999_999}, 404)],
            "admin.content_edit": [Example({"article_id": self.article_id})],
            "admin.content_publish": [Example({"article_id": self.article_id})],
            "portal.events": [Example(), Example({"month": "1999-01", "kind": "social"})],
            "portal.event": [Example({"event_id": self.event[0]}), Example({"event_id": 999_999_999}, 404)],
            "portal.event_signed_up": [Example({"event_id": self.event[0]})],
            "portal.event_confirm": self._mailed("event"),
            "portal.event_mailed": [
                Example({"key": self.event[1]}),
                Example({"key": self.event[1], "answer": "not_going"}),
                Example({"key": UNKNOWN}, 404),
            ],
            "portal.ticket": [Example({"key": self.event[1]}), Example({"key": UNKNOWN}, 404)],
            "portal.ticket_give_back": [Example({"key": self.event[1]}), Example({"key": UNKNOWN}, 404)],
            "portal.ticket_calendar": [Example({"key": self.event[1]}), Example({"key": UNKNOWN}, 404)],
            "portal.ticket_print": [Example({"key": UNKNOWN}, 404)],
            "portal.card_print": [Example({"size": "a4"}), Example({"size": "x"}, 404)],
            "admin.events": [
                Example(),
                Example({"view": "drafts", "q": "walked", "kind": "social"}),
                Example({"view": "x", "kind": "x", "page": 9}),
            ],
            "admin.events_new": [Example(), Example({"kind": "training"}), Example({"kind": "x"})],
            "admin.events_one": [Example({"event_id": self.event[0]}), Example({"event_id": 999_999_999}, 404)],
            "admin.events_edit": [Example({"event_id": self.event[0]}), Example({"event_id": self.draft_id})],
            "admin.events_publish": [Example({"event_id": self.draft_id})],
            "admin.events_cancel": [Example({"event_id": self.event[0]})],
            "admin.events_invitations": [
                Example({"event_id": self.event[0]}),
                Example({"event_id": self.event[0], "q": "walt", "people": f"{self.member_id},0,x"}),
                Example({"event_id": self.draft_id}),
            ],
            "admin.events_look": [
                Example({"event_id": self.event[0], "language": "es"}),
                Example({"event_id": self.event[0], "language": "xx"}, 404),
            ],
            "admin.events_answers": [
                Example({"event_id": self.event[0]}),
                Example({"event_id": self.event[0], "show": "silent", "person": "walt", "page": 3}),
            ],
            "admin.events_guests": [Example({"event_id": self.event[0]})],
            "admin.events_answer": [
                Example({"event_id": self.event[0], "person_id": self.member_id}),
                Example({"event_id": self.event[0], "person_id": 999_999_999}, 404),
            ],
            "admin.events_after": [Example({"event_id": self.event[0]})],
            "admin.checkin_one": [
                Example({"event_id": self.event[0]}),
                Example({"event_id": self.event[0], "q": "walt"}),
                Example({"event_id": self.event[0], "result": "unknown"}),
                Example({"event_id": self.event[0], "result": "welcome", "guest": "9" * 30}),
                Example({"event_id": self.draft_id}),
            ],
            "admin.checkin_walk_in": [
                Example({"event_id": self.event[0]}),
                Example({"event_id": self.event[0], "q": "walt"}),
            ],
            "portal.offers": [Example(), Example({"where": "shop"}), Example({"active": self.voucher_id})],
            "portal.offers_redeem": [Example({"offer_id": self.offers[1]}), Example({"offer_id": 999_999_999}, 404)],
            "portal.offers_voucher": [
                Example({"voucher_id": self.voucher_id}),
                Example({"voucher_id": 999_999_999}, 404),
            ],
            "admin.referrals": [
                Example(),
                Example({"state": "all", "member": self.member_id}),
                Example({"state": "x"}),
            ],
            "admin.referrals_one": [
                Example({"referral_id": self.referral_id}),
                Example({"referral_id": 999_999_999}, 404),
            ],
            "admin.counter": [
                Example(),
                Example({"q": "ma"}),
                Example({"q": "nobody has this name"}),
                Example({"receipt": "no such receipt"}),
            ],
            "admin.counter_gift": [
                Example({"member_id": self.member_id}),
                Example({"member_id": self.member_id, "given": 999_999_999}, 404),
            ],
            "admin.purchase": [Example({"member_id": self.member_id}), Example({"member_id": 999_999_999}, 404)],
            "admin.recorded": [Example({"purchase_id": self.purchase_id}), Example({"purchase_id": 999_999_999}, 404)],
            "admin.tiers_edit": [Example(), Example({"version": 1}), Example({"start": "purchases"})],
            "admin.customers_one": [
                Example({"person_id": self.member_id}),
                *(Example({"person_id": self.member_id, "write": tab}) for tab in ("note", "promise", "message")),
                Example({"person_id": self.member_id, "what": "purchases", "page": 2}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.customers_entry": [Example({"entry_id": self.entry_id}), Example({"entry_id": 999_999_999}, 404)],
            "admin.customers_preferences": [Example({"person_id": self.member_id})],
            "admin.tasks": [Example(), Example({"who": "team", "kind": "promise"}), Example({"who": "1", "page": 2})],
            "admin.tasks_one": [
                Example({"what": "task", "item_id": self.task_id}),
                Example({"what": "promise", "item_id": 999_999_999}, 404),
            ],
            "admin.tasks_hand_over": [Example({"account_id": self.colleague_id})],
            "admin.tasks_pack": [Example({"account_id": self.colleague_id}), Example({"account_id": 999_999_999}, 404)],
            "admin.benefits_uses": [
                Example(),
                Example(
                    {
                        "first-day": 1,
                        "first-month": 1,
                        "first-year": 2025,
                        "last-day": 31,
                        "last-month": 12,
                        "last-year": 2026,
                    }
                ),
                Example({"first-day": "x"}, 422),
            ],
            "admin.customers_sheet": [
                Example({"person_id": self.member_id}),
                Example({"person_id": self.member_id, "first-day": "x"}, 422),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.report": [Example(), Example({"by": "channel"}), Example({"first-day": "x"}, 422)],
            "admin.customers_benefits": [
                Example({"person_id": self.member_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.benefits_edit": [Example({"benefit_id": 999_999_999}, 404)],
            "admin.rules": [Example(), Example({"member": "nobody", "amount": "100"}, 422)],
            "admin.rules_new": [Example({"kind": kind}) for kind in ("base", "campaign", "bonus", "cap")],
            "admin.rules_end": [Example({"rule_id": 999_999_999}, 404)],
            "admin.give_back": [Example({"purchase_id": self.purchase_id})],
            "admin.customers_points": [
                Example({"person_id": self.member_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.customers_merge": [
                Example({"person_id": self.member_id}),
                Example({"person_id": self.member_id, "q": "a"}),
                Example({"person_id": self.member_id, "with": self.other_id}),
                Example({"person_id": 999_999_999}, 404),
            ],
            "admin.customers_merged": [Example({"merge_id": self.merge_id}), Example({"merge_id": 999_999_999}, 404)],
            "admin.customers_tier": [Example({"person_id": self.member_id}), Example({"person_id": 999_999_999}, 404)],
            "admin.approvals_one": [
                Example({"approval_id": self.approval_id}),
                Example({"approval_id": 999_999_999}, 404),
            ],
            "admin.orders": [
                Example(),
                *(Example({"view": view}) for view in ("to_pay", "to_send", "ready", "sent", "problems")),
                Example({"view": "all", "q": "ma", "delivery": "pickup", "pay_by": "pickup", "order": "-total"}),
                Example({"q": "nobody has this name", "page": 3}),
            ],
            "admin.order": [Example({"number": self.order_number}), Example({"number": "NOSUCH"}, 404)],
            "admin.orders_address": [Example({"number": self.order_number})],
            "admin.orders_cancel": [Example({"number": self.order_number})],
            "admin.orders_by_id": [Example({"order_id": self.order_id}, 303), Example({"order_id": 999_999_999}, 404)],
            "admin.orders_packing": [Example({"order": self.order_number}), Example({"order": "NOSUCH"})],
            "admin.products": [
                Example(),
                Example(
                    {"q": "walk", "state": "draft", "seen": "later", "tiers": "yes", "lacks": "price", "order": "-left"}
                ),
                Example({"category": "9" * 30, "stock": "none", "order": "age", "page": 3}),
            ],
            "admin.products_edit": self._of_product(),
            "admin.products_variants": self._of_product(),
            "admin.products_pictures": self._of_product(),
            "admin.products_costs": self._of_product(),
            "admin.products_prices": [
                *self._of_product(),
                Example({"product_id": self.product_id, "look": "x", "quantity": "-1", "on": "never"}),
            ],
            "admin.products_fact": [Example({"key": "walked"}), Example({"key": "no_such_fact"}, 404)],
            "admin.categories_edit": [
                Example({"category_id": self.category_id}),
                Example({"category_id": 999_999}, 404),
            ],
            "admin.delivery_edit": [Example({"method_id": self.method_id}), Example({"method_id": 999_999_999}, 404)],
            "admin.delivery_zones_edit": [Example({"zone_id": self.zone_id}), Example({"zone_id": 999_999_999}, 404)],
            "admin.delivery_countries": [Example(), Example({"code": "nowhere"})],
            "admin.delivery_countries_edit": [
                Example({"code": "ES"}),
                Example({"code": "FR"}),
                Example({"code": "XX"}, 404),
            ],
            "admin.stock": [Example(), Example({"q": "walk", "short": "low", "category": str(self.category_id)})],
            "admin.stock_count": [Example(), Example({"short": "missing", "page": 4})],
            "admin.stock_one": [Example({"variant_id": self.variant_id}), Example({"variant_id": 999_999_999}, 404)],
            "admin.audit": [
                Example(),
                Example({"subject": "person", "id": "1"}),
                Example({"by": "program", "group": "points", "since": "2026-01-01", "until": "2026-12-31"}),
                Example({"by": "x", "id": "9" * 30, "act": "none", "since": "never", "before": "-1"}),
                Example({"by": "1", "act": "points.adjusted", "before": "999999"}),
            ],
            "admin.guide": [Example(), Example({"role": "support"}), Example({"role": "emperor"}, 404)],
            "admin.outbox": [
                Example(),
                *(Example({"view": view}) for view in ("waiting", "failed", "came_back")),
                Example({"view": "x", "act": "join.confirm", "to": "walter@example.org", "page": 2}),
                Example({"person": "9" * 30, "act": "none"}),
            ],
            "admin.outbox_one": [Example({"message_id": 1}), Example({"message_id": 999_999_999}, 404)],
            "admin.outbox_look": [Example({"message_id": 1}), Example({"message_id": 999_999_999}, 404)],
            "admin.templates_edit": [
                Example({"act": "tier.reached", "language": "es"}),
                Example({"act": "join.welcome", "language": "ru", "version": 3}),
                Example({"act": "no.such.act", "language": "es"}, 404),
                Example({"act": "tier.reached", "language": "xx"}, 404),
            ],
            "admin.templates_look": [
                Example({"act": "tier.reached", "language": "es"}),
                Example({"act": "password.reset", "language": "ru", "width": "phone"}),
            ],
            "admin.settings_brand_preview": [
                Example(),
                Example({"brand": "#123456", "accent": "#8A6420", "fonts": "sans"}),
                Example({"brand": "red;}", "accent": "</style>", "fonts": "none"}),
            ],
            "admin.settings_legal_edit": [Example({"kind": kind}) for kind in ("terms", "privacy", "returns")],
            "admin.settings_legal_publish": [Example({"kind": "terms"})],
            "portal.legal_version": [
                Example({"kind": "terms", "version": 0}),
                Example({"kind": "privacy", "version": 7}, 404),
                Example({"kind": "returns", "version": 10**30}, 404),
            ],
            "admin.staff_roles": [Example(), Example({"role": "shop"}), Example({"role": "emperor"})],
            "admin.staff_one": [Example({"account_id": self.colleague_id}), Example({"account_id": 999_999_999}, 404)],
            "admin.staff_second_step": [Example({"account_id": self.colleague_id})],
            "admin.staff_leave": [Example({"account_id": self.colleague_id})],
        }

    def _of_product(self) -> list[Example]:
        return [Example({"product_id": self.product_id}), Example({"product_id": 999_999_999}, 404)]

    def _mailed(self, purpose: str) -> list[Example]:
        return [Example({"token": self.links[purpose]}), Example({"token": UNKNOWN}, 410)]


_LIKES = NewPreference(kind=Liking.LIKE, what="The terrace", source=Source.SAID, noted_on=date(2026, 1, 1))


def make_examples(db: Session, account_id: int, member_id: int, now: datetime) -> Examples:
    """Links of each kind are made; the member and somebody's purchase are there already."""
    wants = WantsToJoin(
        full_name="Walter Walker",
        email="walter@example.org",
        password=PASSWORD,
        language="en",
        accepts_terms=True,
    )
    add_staff(db, "vera@example.org", name="Vera", staff_role=Role.SHOP, by=None, role=None, now=now)
    colleague = login_with_email(db, "vera@example.org")
    assert colleague is not None
    ask_to_join(db, wants, Asking(address="192.0.2.77"), now)
    joining = db.scalars(select(Message.secret).where(Message.act == "join.confirm").order_by(Message.id)).all()[-1]
    with transaction(db) as tx:
        made = now + LONGEST_WALK
        links = {
            "claim": make_link(tx, "claim", made, data={"person_id": member_id}),
            "email": make_link(tx, "email", made, account_id=account_id, data={"new": "new@example.org"}),
            **{
                purpose: make_link(tx, purpose, made, account_id=account_id)
                for purpose in ("sign_in", "reset", "staff")
            },
            "event": make_link(tx, "event", made, data={"name": "Nora", "event_id": None}),
        }
    purchase_id = db.scalars(select(Purchase.id).where(Purchase.channel == "counter").order_by(Purchase.id)).first()
    db.rollback()
    assert joining is not None
    assert purchase_id is not None
    today = club_day(now, the_club(db).time_zone)
    asked_id = _asked(db, member_id, colleague.account_id, now)
    task_id, entry_id = _written(db, member_id, colleague.account_id, now)
    goods = tuple(_on_the_shelf(db, number, stock) for number, stock in (("WALKED-1", 9), ("WALKED-2", 0)))
    other_id, merge_id = _merged(db, colleague.account_id, now)
    product_id, variant_id, category_id = _shelved(db, now)
    with transaction(db) as tx:
        links["wish"] = make_link(tx, "wish", made, data={"variant_id": variant_id})
    order, guests = _ordered(db, member_id, now)
    paper = paper_row(db, invoiced(db, order.order_id, now))
    zone_id, method_id = _sent(db, now)
    offers, voucher_id = _offered(db, member_id, colleague.account_id, now)
    event = _invited(db, member_id, colleague.account_id, now)
    return Examples(
        member_id, purchase_id, {**links, "join": joining}, today, colleague.account_id, asked_id,
        task_id=task_id, entry_id=entry_id, other_id=other_id, merge_id=merge_id, goods=goods,
        preference_id=add_own(db, member_id, _LIKES, account_id, now),
        product_id=product_id, variant_id=variant_id, category_id=category_id,
        order_id=order.order_id, order_number=order.number, order_key=order.key, guest_key=guests.key,
        paper=(paper.id, paper.number),
        zone_id=zone_id, method_id=method_id, offers=offers, voucher_id=voucher_id,
        lead=_knocked(db, colleague.account_id, now),
        gift=_to_choose(db, member_id, colleague.account_id, now),
        event=event, draft_id=copy_event(db, event[0], now + timedelta(30), colleague.account_id, Role.EVENTS, now),
        referral_id=_brought(db, member_id, colleague.account_id, now),
        question=_questioned(db, member_id, colleague.account_id, now),
        suggestion=suggest(db, member_id, "Open on Sundays.", now, form_key=b"idea"),
        article_id=_told(db, event[0], product_id, colleague.account_id, now),
        told_id=_messaged(db, member_id, now),
        transfer_id=_passed_on(db, member_id, now),
        choices_key=_key_of(db, member_id),
    )  # fmt: skip


def _key_of(db: Session, member_id: int) -> str:
    with transaction(db) as tx:
        return key_of(tx, member_id)


def _messaged(db: Session, member_id: int, now: datetime) -> int:
    """A message that the member has not read."""
    reader = select(Person.id.label("person_id"), Person.language, Person.full_name.label("name"))
    with transaction(db) as tx:
        data = {"offer": {"en": "Walked offer"}, "offer_words": {}}
        tell(tx, "offer.new", reader.where(Person.id == member_id), data, occurrence="walked", now=now)
        found = tx.scalars(select(INBOX.c.id).where(INBOX.c.person_id == member_id).order_by(INBOX.c.id.desc())).first()
    assert found is not None
    return int(found)


def _passed_on(db: Session, member_id: int, now: datetime) -> int:
    """Points of the member that are with another one now."""
    xenia = new_signed_up_member(db, now, name="Xenia Walker", email="xenia@example.org")
    assert xenia.person_id is not None
    day = club_day(now, the_club(db).time_zone)
    with transaction(db) as tx:
        adjust_in(tx, member_id, 10, "To pass on", None, now)
        row = {"from_id": member_id, "to_id": xenia.person_id, "points": 10, "sent_at": now, "once": b"x" * 32}
        transfer_id: int = tx.execute(insert(Transfer).values(**row).returning(Transfer.id)).scalar_one()
        pass_on(tx, Passing(member_id, xenia.person_id, transfer_id), 10, day, now)
    return transfer_id


def _invited(db: Session, member_id: int, account_id: int, now: datetime) -> tuple[int, str]:
    """An evening that is open to everybody, and the member's ticket."""
    starts_at = now + timedelta(days=9)
    evening = Event(
        kind=EventKind.SOCIAL, title=Texts({"en": "Walked evening"}), place="Cellar", address="Calle Mayor 1",
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), seats=9, most_guests=3, asks_diet=True,
        is_public=True,
    )  # fmt: skip
    by: dict[str, Any] = {"by": account_id, "role": Role.MANAGER, "now": now}
    event_id = add_event(db, evening, **by)
    publish_event(db, event_id, 1, **by)
    return event_id, come(db, event_id, member_id, Party(("Eva",)), now).key


def _questioned(db: Session, member_id: int, by: int, now: datetime) -> tuple[int, str, int]:
    """A question of the member, and an answer kept for such."""
    question = Question(topic=Topic.OTHER, thing_id=None, words="When do you open on Sundays?")
    made = ask(db, Path("nowhere"), member_id, question, now)
    words = Texts({"en": "On Sundays we are closed."})
    return made.case_id, made.number, add_saved(db, "Walked Sundays", words, by, Role.OWNER, now)


def _told(db: Session, event_id: int, product_id: int, account_id: int, now: datetime) -> int:
    """An article for everybody that leads on to an event and a product, and one for members."""
    by: dict[str, Any] = {"by": account_id, "role": Role.MANAGER, "now": now}
    words = Texts({"en": "## Walked\n\nFar and **wide**."})
    told = Article(
        theme=Theme.HEALTH, title=Texts({"en": "Walked news"}), lead=Texts({"en": "Far."}), body=words,
        event_id=event_id, product_id=product_id,
    )  # fmt: skip
    closed = replace(told, title=Texts({"en": "Walked for members"}), who=Readers.MEMBERS)
    ids = [add_article(db, one, **by) for one in (told, closed)]
    for article_id in ids:
        publish_article(db, article_id, now.date(), 1, **by)
    return ids[0]


def _brought(db: Session, member_id: int, by: int, now: datetime) -> int:
    """Somebody who came with the member's code, in the browser in which it was shown."""
    points = Reward(RewardKind.POINTS, 500)
    terms = Terms(is_open=True, referrer=points, friend=points, least_amount=0, wait_days=14, yearly_limit=5)
    if terms_now(db) is None:
        set_terms(db, terms, 0, by, Role.OWNER, now, b"walked")
    code = code_for(db, member_id, None, now)
    friend = NewPerson(full_name="Brought Walker", language="en", source="counter", email="brought@example.org")
    enrolled = enrol_at_counter(db, friend, code=code, by=by, role=Role.OWNER, now=now)
    brought = take_up(db, enrolled.person_id, None, now)
    assert brought is not None
    assert brought.referral_id is not None
    return brought.referral_id


def _knocked(db: Session, account_id: int, now: datetime) -> tuple[int, int, int]:
    """Somebody whom a colleague met, a source and a form."""
    source = NewSource(kind=SourceKind.EVENT, name="Walked fair", basis=Basis.UNCLEAR)
    source_id = add_source(db, source, account_id, Role.MARKETING, now)
    words = Texts({"en": "Walked form", "es": "Formulario", "ru": "Форма"})
    content = FormContent(
        slug="walked", name="Walked", title=words, words=words, thanks=words, consent=words, fields=tuple(Asks),
        source_id=source_id, campaign="poster", owner_id=account_id, is_kiosk=True, is_active=True,
    )  # fmt: skip
    form_id = add_form(db, content, account_id, Role.MARKETING, now)
    met = NewLead(
        full_name="Walked Stranger",
        language="en",
        source=source_id,
        email="stranger@example.org",
        message="At the fair",
    )
    then = NextStep("Call", club_day(now, the_club(db).time_zone))
    kept = note_meeting(db, met, then, account_id, Role.MARKETING, now, once="walked")
    return kept.person_id, source_id, form_id


def _offered(db: Session, member_id: int, account_id: int, now: datetime) -> tuple[tuple[int, int], int]:
    """An offer that is being written, a reward that runs, and a voucher in the member's hand."""
    by: dict[str, Any] = {"by": account_id, "role": Role.MANAGER, "now": now}
    first = club_day(now, the_club(db).time_zone) - timedelta(days=1)
    title = Texts({"en": "Walked offer"})
    spa = Offer(kind=OfferKind.PARTNER, title=title, who=Who.PICKED, way=Way.ACTIVATE, starts_on=first)
    less = Offer(kind=OfferKind.AMOUNT, title=title, amount=300, way=Way.REDEEM, points=200, starts_on=first)
    made = []
    for offer in (spa, less, replace(less, way=Way.ACTIVATE, points=0)):
        db.rollback()
        made.append(add_offer(db, offer, **by))
    for offer_id in made[1:]:
        db.rollback()
        publish(db, offer_id, 1, **by)
    db.rollback()
    return (made[0], made[1]), activate(db, member_id, made[2], now)


def _to_choose(db: Session, member_id: int, account_id: int, now: datetime) -> tuple[int, int]:
    """A milestone with two kinds of points, and the member who has reached it."""
    day = club_day(now, the_club(db).time_zone)
    db.rollback()
    options = (GiftOption(What.POINTS, 100), GiftOption(What.POINTS, 200))
    rule = GiftRule(
        kind=GiftKind.MILESTONE, title=Texts({"en": "Walked milestone"}), options=options, starts_on=day,
        rung_key="member", at_percent=50, choose_days=30,
    )  # fmt: skip
    rule_id = add_rule(db, rule, account_id, Role.MANAGER, now)
    row = {
        "rule_id": rule_id, "person_id": member_id, "topic": "milestone", "occasion": "walked", "due_on": day,
        "state": "open", "choose_until": day + timedelta(days=30), "points": 0, "made_at": now,
    }  # fmt: skip
    with transaction(db) as tx:
        return rule_id, tx.execute(insert(GIFTS).values(row).returning(GIFTS.c.id)).scalar_one()


def _ordered(db: Session, member_id: int, now: datetime) -> tuple[Placed, Placed]:
    """What a member ordered, to pay for it at the counter, and what a guest has already.

    What is in the member's cart already may be wine.
    """
    open_shop(db)
    till = Till(db, now)
    variant_id = till.shelf.thing("Walked to")
    counter = max(way.id for way in ways(db).methods if way.kind is Sent.PICKUP)
    at_counter: dict[str, Any] = {"method_id": counter, "pay_by": PayBy.PICKUP}
    order = till.order(Owner(member_id), (variant_id, 2), confirms_age=True, **at_counter)
    guests = till.order(Owner(), (variant_id, 1), **at_counter)
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.order_id == guests.order_id).values(packed=1, sent=1))
    return order, guests


def _on_the_shelf(db: Session, sku: str, stock: int) -> str:
    """A product in two sizes; its address in the club's main language."""
    put_out(db, "Walked", in_cases=13_680, sku=sku, stock=stock)
    language = the_club(db).main_language
    db.rollback()
    return f"{sku.lower()}-{language}"


def _shelved(db: Session, now: datetime) -> tuple[int, int, int]:
    """A product of two sizes with a fact, prices and stock, in a category below another."""
    by: dict[str, Any] = {"by": None, "role": Role.MANAGER, "now": now}
    name = Texts({"en": "Walked bottle", "es": "Botella caminada", "ru": "Бутылка"})
    above = add_category(db, NewCategory(name), **by)
    category_id = add_category(db, NewCategory(Texts({"en": "Walked shelf"}), parent_id=above), **by)
    save_attribute(db, "walked", Texts({"en": "Walked"}), AttributeKind.NUMBER, unit="km", is_filter=True, **by)
    sizes = (("m", Texts({"en": "Medium"})), ("l", Texts({"en": "Large"})))
    product = NewProduct(
        name=name,
        category_ids=(category_id,),
        options=(Option("size", Texts({"en": "Size"}), sizes),),
        variants=tuple(NewVariant(f"WALK-{key}", choices={"size": key}) for key, _ in sizes),
        attributes=(NewAttribute("walked", Texts({"en": "12"}), 12_000),),
    )
    product_id = add_product(db, product, **by)
    variant_id = db.scalars(select(Variant.id).where(Variant.product_id == product_id).order_by(Variant.id)).all()[0]
    today = club_day(now, the_club(db).time_zone)
    set_price(db, product_id, PriceRow(PriceKind.BASE, today, amount=2400), **by)
    sale = PriceRow(PriceKind.SALE, today, today + timedelta(days=9), percent=20, variant_id=variant_id)
    set_price(db, product_id, sale, **by)
    move_stock(db, variant_id, Reason.ARRIVAL, 3, **by)
    db.rollback()
    return product_id, variant_id, category_id


def _sent(db: Session, now: datetime) -> tuple[int, int]:
    """A zone of an island with a price for it, a rate of its own and a rule."""
    by: dict[str, Any] = {"by": None, "role": Role.MANAGER, "now": now}
    zone_id = add_zone(db, Zone(name="Walked island", countries=("ES", "FR"), postcodes=("07",)), **by)
    price = SendingPrice(zone_id=zone_id, price=990, up_to_grams=10_000, up_to_value=50_000)
    words = Texts({"en": "By boat"})
    method_id = add_method(db, Method(kind=Sent.SHIP, name=words, words=words, days_to=4, prices=(price,)), **by)
    since = date(2013, 9, 1)
    for postcodes, rate in (((), 2100), (("35", "38"), 0)):
        add_rate(
            db, Rate(country="ES", postcodes=postcodes, tax_class=TaxClass.STANDARD, rate=rate, from_on=since), **by
        )
    save_rule(
        db, Rule(country="FR", min_age=18, most_value=100_000, needs_phone=True), rule_for(db, "FR").version, **by
    )
    return zone_id, method_id


def _merged(db: Session, account_id: int, now: datetime) -> tuple[int, int]:
    """A member who was known twice, and the merge that made one of the two."""
    ids = [
        enrol_at_counter(
            db,
            NewPerson(full_name="Edith Twice", language="en", source="counter", email=f"edith{number}@example.org"),
            by=account_id,
            role=Role.SHOP,
            now=now,
        ).person_id
        for number in range(2)
    ]
    return ids[0], merge(db, Wanted(ids[0], ids[1], "One human"), account_id, Role.SUPPORT, now)


def _written(db: Session, member_id: int, account_id: int, now: datetime) -> tuple[int, int]:
    """A task and a note about the member."""
    today = club_day(now, the_club(db).time_zone)
    task = NewTask(what="Send the list", due_on=today, owner_id=account_id, person_id=member_id)
    note = Entry(kind=Written.NOTE, summary="Prefers the terrace")
    return (
        add_task(db, task, account_id, Role.MANAGER, now),
        log(db, member_id, note, account_id, Role.MANAGER, now),
    )


def _asked(db: Session, member_id: int, account_id: int, now: datetime) -> int:
    """Something that waits for a second person."""
    with transaction(db) as tx:
        asked = Approval(
            kind=Kind.POINTS, person_id=member_id, points=12_000, why="A late parcel", asked_by=account_id,
            asked_at=now, state=State.WAITING, expires_at=now + WAITS,
        )  # fmt: skip
        tx.add(asked)
        tx.flush()
        return asked.id


def addresses(app: Flask, examples: Examples) -> Iterator[Address]:
    """Every route of the program that answers to GET, with each of its examples."""
    values = examples.values()
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        for route in sorted(app.url_map.iter_rules(), key=lambda route: (route.rule, route.endpoint)):
            if "GET" not in (route.methods or ()):
                continue
            rule = rule_of(app.view_functions[route.endpoint])
            assert rule is not None, f"{route.rule} says nowhere who may open it"
            needed = route.arguments - set(route.defaults or ())
            given = [one for one in values.get(route.endpoint, [Example()]) if needed <= one.parts.keys()]
            assert given, f"{route.rule} needs values in Examples.values: {needed}"
            for example in given:
                path = urls.build(route.endpoint, example.parts, append_unknown=True)
                yield Address(route.endpoint, path, example.status, rule)

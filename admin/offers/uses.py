"""Who used an offer, when and for what; the whole of it as a table to take along."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.insight.offer_results import before_and_after, lift_of
from club.money import to_major
from club.offers.listing import Use, export_uses, uses_with_names
from club.offers.models import the_offer
from club.offers.overview import result_of
from club.offers.rules import Kind, Offer
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.lists import PAGE, asked, page_of
from web.offers import CAUSES, USE_STATES
from web.programme import programme, today
from web.spreadsheet import csv_file
from web.visitors import staff


@admin.get("/offers/<int:offer_id>/uses")
@staff_only(Permission.SEE_FIGURES)
def offers_uses(offer_id: int) -> ResponseReturnValue:
    """What it came to, and use by use."""
    view, this = the_offer(db(), offer_id), asked((), (), "")
    return render_template(
        "admin/offers_uses.html",
        view=view,
        offer=view.offer,
        result=result_of(db(), offer_id),
        around=before_and_after(db(), offer_id, datetime.now(UTC)),
        lift=lift_of(db(), view, today()),
        page=page_of(uses_with_names(db(), offer_id, PAGE + 1, this.offset), this),
        is_in_points=view.offer.kind is Kind.MULTIPLIER,
        causes=CAUSES,
        states=USE_STATES,
    )


@admin.post("/offers/<int:offer_id>/uses/export")
@staff_only(Permission.EXPORT_DATA)
def offers_uses_export(offer_id: int) -> ResponseReturnValue:
    """All uses as a table for spreadsheets. Who took it is kept in the log."""
    view, who = the_offer(db(), offer_id), staff()
    found = export_uses(db(), offer_id, by=who.account_id, role=who.role, now=datetime.now(UTC))
    heads = [_("Date"), _("Member number"), _("Name"), _("Where"), _("State"), _("Saved the member"), _("Cost")]
    return csv_file(f"offer-{offer_id}-uses-{today().isoformat()}", heads, _table(found, view.offer))


def _table(uses: Iterator[Use], offer: Offer) -> Iterator[tuple[Any, ...]]:
    currency, in_points = programme().currency, offer.kind is Kind.MULTIPLIER
    for use in uses:
        yield (
            use.used_at.isoformat(timespec="minutes"),
            use.member_number or "",
            use.full_name,
            str(CAUSES[use.cause_kind]),
            str(USE_STATES[use.state]),
            to_major(use.saves, currency),
            use.cost if in_points else to_major(use.cost, currency),
        )

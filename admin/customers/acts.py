"""What is done with several customers at once, and the export."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from admin import admin
from admin.customers.asking import BulkForm, asked, query_of, wanted
from admin.customers.listed import COUNTED, bulk_form, list_page
from club.care.models.to_do import colleagues_at_work
from club.care.service.carers import assign
from club.customers.listing import Listed, count_up_to, page_ids
from club.customers.models import tags_known
from club.customers.rules import Order, Wanted
from club.customers.service import People, Tagged, export, put_tag, take_tag, undo_tags
from club.errors import NotFound, Refusal
from club.members.rules import fold, grouped
from club.money import to_major
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db, id_in
from web.formats import number
from web.messages import words_for
from web.movements import rung_name
from web.navigation import may_do
from web.programme import programme, today
from web.security import may_repeat
from web.spreadsheet import csv_file
from web.visitors import staff

MOST_ASSIGNED = 2_000
"""At once: each of them gets a line in the log."""
MOST_TICKED = 200


@admin.post("/customers/several")
@staff_only(Permission.KEEP_CUSTOMERS)
@may_repeat("person")
def customers_several() -> ResponseReturnValue:
    """Put a tag on the chosen people, take one off, or give them to a colleague."""
    this = asked()
    total = count_up_to(db(), wanted(this), today(), COUNTED + 1)
    form = bulk_form(total, colleagues_at_work(db()))
    people = _chosen(form, total)
    if isinstance(people, str):
        return list_page(people, form), 422
    if not form.validate():
        return list_page(form.mistakes()[0].words, form), 422
    try:
        return _done(form, people)
    except Refusal as refusal:
        return list_page(words_for(refusal), form), 422


@admin.post("/customers/several/undo/<int:entry_id>")
@staff_only(Permission.EDIT_MEMBERS)
def customers_undo(entry_id: int) -> ResponseReturnValue:
    """Take back one's own last act with a tag."""
    who = staff()
    changed = undo_tags(db(), entry_id, by=who.account_id, role=who.role, now=datetime.now(UTC))
    flash(ngettext("Undone for %(num)d customer.", "Undone for %(num)d customers.", changed), "success")
    return redirect(asked().address(), 303)


@admin.post("/customers/export")
@staff_only(Permission.EXPORT_DATA)
def customers_export() -> ResponseReturnValue:
    """The whole list as a table for spreadsheets. Who took what is kept in the log."""
    this, who = asked(), staff()
    _rows, listed = export(
        db(), wanted(this), filters=query_of(this), by=who.account_id, role=who.role, now=datetime.now(UTC)
    )
    with_contact = may_do(Permission.SEE_CONTACT)
    contact = [_("E-mail"), _("Phone")] if with_contact else []
    heads = [
        _("Number"), _("Name"), *contact, _("Language"), _("Joined"), _("Tier"), _("Points"),
        _("Bought in 12 months (%(currency)s)", currency=programme().currency), _("Last bought"),
        _("Usual days between"), _("Place"), _("Looked after by"), _("Tags"),
    ]  # fmt: skip
    return csv_file(f"customers-{today().isoformat()}", heads, _table(listed, with_contact=with_contact))


def _chosen(form: BulkForm, total: int) -> People | str:
    """Whom it is about, or what is missing."""
    if form.scope.data == "all":
        this = wanted(asked())
        if not total:
            return _("Nobody matches these filters.")
        if request.form.get("do") == "assign":
            if total > MOST_ASSIGNED:
                return _("Narrow the list: at most %(most)s at once.", most=number(MOST_ASSIGNED))
            return page_ids(db(), this, today(), Order.NAME, is_descending=False, limit=MOST_ASSIGNED, offset=0)
        return this
    ticked = [id_in(one) for one in request.form.getlist("person")[:MOST_TICKED]]
    return [one for one in ticked if one is not None] or _("Tick at least one customer, or choose all that match.")


def _done(form: BulkForm, people: People) -> ResponseReturnValue:
    who, now, this = staff(), datetime.now(UTC), asked()
    back: dict[str, Any] = {**this.filters, **({} if this.order == this.usual_order else {"order": this.order})}
    match request.form.get("do"):
        case "put":
            tagged = put_tag(db(), people, form.tag.data or "", by=who.account_id, role=who.role, now=now)
            flash(_put_words(tagged, form.tag.data or ""), "success")
            return redirect(url_for("admin.customers", **back, undo=tagged.entry_id or None), 303)
        case "take":
            wanted_key = fold(form.tag.data or "")
            known = [tag_id for tag_id, name in tags_known(db()) if fold(name) == wanted_key]
            if not known:
                return list_page(_("There is no such tag. Choose one of the list."), form), 422
            tagged = take_tag(db(), people, known[0], by=who.account_id, role=who.role, now=now)
            flash(_taken_words(tagged, form.tag.data or ""), "success")
            return redirect(url_for("admin.customers", **back, undo=tagged.entry_id), 303)
        case "assign":
            return _assign(form, people, back)
    raise NotFound


def _assign(form: BulkForm, people: People, back: dict[str, Any]) -> ResponseReturnValue:
    """Shown first with its effect: it cannot be undone in one step."""
    who, now = staff(), datetime.now(UTC)
    ids = [] if isinstance(people, Wanted) else list(people)
    account_id = int(form.carer.data) or None
    name = next((one.name for one in colleagues_at_work(db()) if one.account_id == account_id), _("nobody"))
    if request.form.get("sure") != "yes":
        return render_template(
            "admin/customers_assign.html", people=ids, name=name, carer=account_id or 0, back=back, form=form
        )
    changed = assign(db(), ids, account_id, who.account_id, who.role, now)
    flash(
        ngettext(
            "%(num)d customer changed hands. Looked after by: %(name)s",
            "%(num)d customers changed hands. Looked after by: %(name)s",
            changed,
            name=name,
        ),
        "success",
    )
    return redirect(url_for("admin.customers", **back), 303)


def _put_words(tagged: Tagged, tag: str) -> str:
    said = ngettext(
        "Tag «%(tag)s» put on %(num)d customer.", "Tag «%(tag)s» put on %(num)d customers.", tagged.changed, tag=tag
    )
    had = tagged.asked - tagged.changed
    if not had:
        return said
    already = ngettext("%(num)d had it already.", "%(num)d had it already.", had)
    return f"{said} {already}"


def _taken_words(tagged: Tagged, tag: str) -> str:
    return ngettext(
        "Tag «%(tag)s» taken off %(num)d customer.",
        "Tag «%(tag)s» taken off %(num)d customers.",
        tagged.changed,
        tag=tag,
    )


def _table(listed: Iterator[Listed], *, with_contact: bool) -> Iterator[tuple[str | int, ...]]:
    currency, first = programme().currency, rung_name(ladder_on(db(), today()).ladder.rungs[0].key)
    for one in listed:
        contact = (one.email or "", one.phone or "") if with_contact else ()
        tier = rung_name(one.tier) if one.tier else first if one.member_number else ""
        yield (
            grouped(one.member_number) if one.member_number else "",
            one.full_name,
            *contact,
            one.language,
            one.joined_on.isoformat() if one.joined_on else "",
            tier,
            one.points or 0,
            str(to_major(one.spend_year, currency)),
            one.last_bought_on.isoformat() if one.last_bought_on else "",
            one.usual_gap_days if one.usual_gap_days is not None else "",
            one.place,
            one.carer or "",
            one.tags or "",
        )

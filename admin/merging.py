"""Two records of one human: side by side, field by field, made one, and parted again."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer_points import LONGEST_WORDS, customer_address
from club.errors import NotFound, Refusal, UnknownMember
from club.members.finding import search
from club.members.household import is_household
from club.members.models import Known, the_person
from club.merging.models import Facts, counts_of, facts_of, merges_of, rows_moved, suggestions, survivor_of, the_merge
from club.merging.rules import FIELDS, UNDO_FOR, Likeness, Side, can_choose, fixed_email, usual_side
from club.merging.service import Wanted, merge, undo
from club.permissions import Permission
from club.tiers.models import status_of
from web.access import staff_only
from web.database import db, id_in
from web.errors import trouble_for
from web.formats import day, day_month
from web.forms import Form, Needed, TextAreaField
from web.languages import OWN_NAMES
from web.lists import asked_for
from web.programme import today
from web.refusing import refused
from web.visitors import staff

MOST_FOUND = 10

FIELD_NAMES = {
    "full_name": _l("Name"),
    "call_name": _l("Form of address"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "language": _l("Language"),
    "birthday": _l("Birthday"),
    "joined_on": _l("Member since"),
}
LIKENESSES = {
    Likeness.NAME: _l("the same name"),
    Likeness.PHONE: _l("the same phone"),
    Likeness.BIRTHDAY: _l("the same birthday"),
    Likeness.EMAIL: _l("the same address before the @"),
}
TABLES = {
    "purchase": _l("Purchases"),
    "message": _l("Messages"),
    "inbox_message": _l("Messages read in the club"),
    "contact_choice": _l("How often mails come"),
    "interaction": _l("Notes and calls"),
    "task": _l("Tasks"),
    "commitment": _l("Promises"),
    "preference": _l("Likes and dislikes"),
    "person_tag": _l("Tags"),
    "person_identifier": _l("Old cards and ids"),
    "family_member": _l("Family"),
    "points_transfer": _l("Points passed on to members"),
    "household_member": _l("The household"),
    "household_invitation": _l("Invitations into households"),
    "points_hold": _l("Points once set aside"),
    "approval": _l("Requests and changes by hand"),
    "carer": _l("Looked after by"),
    "contact_wish": _l("Wishes for contact"),
    "lost_case": _l("Times away"),
    "contact": _l("Contacts by the club"),
    "benefit_use": _l("Benefits used"),
    "member_price": _l("Agreed prices"),
    "product_taken": _l("Counted towards a limit of a product"),
    "stock_wish": _l("Waits for goods"),
    "cart": _l("Carts"),
    "shop_order": _l("Orders"),
    "account_due": _l("Invoices on account"),
    "saved_address": _l("Saved address"),
    "offer_person": _l("Picked for offers"),
    "offer_use": _l("Offers used"),
    "voucher": _l("Vouchers"),
    "gift": _l("Gifts"),
    "greeting": _l("Greetings"),
    "lead": _l("Requests to be contacted"),
    "event_invitation": _l("Invitations to events"),
    "event_answer": _l("Answers to invitations"),
    "event_wave_person": _l("Picked for invitations"),
    "referral": _l("Friends brought"),
    "referral_code": _l("Code for friends"),
    "brought_code": _l("Code that was brought along"),
    "suggestion": _l("Suggestions to the club"),
    "suggestion_vote": _l("Votes for suggestions"),
    "support_case": _l("Questions to the club"),
    "article_comment": _l("Comments on articles"),
    "article_comment_report": _l("Reported comments"),
    "article_opinion": _l("Whether articles were helpful"),
    "profile": _l("Profile"),
}


class Pair(NamedTuple):
    """One field of both records, in words; `field` is the choice, none where there is nothing to choose."""

    words: str
    stays: str
    goes: str
    field: str | None


class MergeForm(Form):
    """Whose value is kept of each field that differs, why, and the word that both were looked at."""

    words = TextAreaField(_l("How do you know?"), [Needed(_l("Enter the reason."))], longest=LONGEST_WORDS, rows=2)
    sure = BooleanField(_l("I looked at both: they are one human."), [Needed(_l("Tick the box when you are sure."))])

    def choices(self) -> dict[str, Side]:
        """What was chosen."""
        return {name: Side(self[name].data) for name in FIELDS if name in self}


@admin.route("/customers/<int:person_id>/merge", methods=["GET", "POST"])
@staff_only(Permission.MERGE_MEMBERS)
def customers_merge(person_id: int) -> ResponseReturnValue:
    """Choose the other record, then look at both side by side."""
    stays = _record(person_id)
    other_id = id_in(request.args.get("with"))
    if other_id is None:
        return _choose(stays)
    goes = _record(other_id)
    if request.method == "GET" and goes.member_number and not stays.member_number:
        return redirect(f"{url_for('admin.customers_merge', person_id=other_id)}?with={person_id}", 303)
    form = _form(facts_of(db(), person_id), facts_of(db(), other_id))
    if not form.validate_on_submit():
        return _side_by_side(stays, goes, form), 422 if form.errors else 200
    who = staff()
    wanted = Wanted(person_id, other_id, form.words.data or "", form.choices())
    try:
        merge_id = merge(db(), wanted, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_side_by_side(stays, goes, form), refusal)
    flash(_("Merged. It can be undone for 30 days."), "success")
    return redirect(url_for("admin.customers_merged", merge_id=merge_id), 303)


@admin.get("/customers/merges/<int:merge_id>")
@staff_only(Permission.MERGE_MEMBERS)
def customers_merged(merge_id: int) -> ResponseReturnValue:
    """What a merge brought together, and the way back."""
    return _merged(merge_id, Form(formdata=None))


@admin.post("/customers/merges/<int:merge_id>/undo")
@staff_only(Permission.MERGE_MEMBERS)
def customers_unmerge(merge_id: int) -> ResponseReturnValue:
    """Part the two records again."""
    who = staff()
    try:
        undo(db(), merge_id, who.account_id, who.role, datetime.now(UTC))
    except NotFound:
        raise
    except Refusal as refusal:
        form = Form(formdata=None)
        form.refuse(refusal)
        return refused(_merged(merge_id, form), refusal)
    flash(_("Undone. Both records are there again."), "success")
    return redirect(url_for("admin.customers_merged", merge_id=merge_id), 303)


@admin.errorhandler(UnknownMember)
def lead_to_the_record_that_stayed(missing: UnknownMember) -> ResponseReturnValue:
    """Pages of a record that became part of another one lead there, whatever the page."""
    parts = request.view_args or {}
    name = next((name for name in ("person_id", "member_id") if name in parts), None)
    stayed = survivor_of(db(), parts[name]) if name and request.method != "POST" else None
    if name is None or stayed is None or request.endpoint is None:
        return render_template("errors/trouble.html", trouble=trouble_for(404), back=None), 404
    flash(_("This record was merged. You see the one that stayed."), "info")
    return redirect(url_for(request.endpoint, **{**parts, name: stayed}), 303)


def _record(person_id: int) -> Known:
    """One of the two, member or not; raises `UnknownMember` for one that became part of another."""
    if survivor_of(db(), person_id) is not None:
        raise UnknownMember
    return the_person(db(), person_id)


def _choose(stays: Known) -> str:
    words = asked_for("q")
    known = search(db(), words, MOST_FOUND + 1, members_only=False) if words else []
    found = [one for one in known if one.person_id != stays.person_id]
    return render_template(
        "admin/customers_merge_choose.html",
        member=stays,
        words=words,
        found=found[:MOST_FOUND],
        suggested=suggestions(db(), stays.person_id),
        likenesses=LIKENESSES,
        merged=merges_of(db(), stays.person_id),
    )


def _form(stays: Facts, goes: Facts) -> MergeForm:
    """A choice for every field in which the two differ."""
    fixed = fixed_email(stays.values["account_id"] is not None, goes.values["account_id"] is not None)
    fields: dict[str, object] = {}
    for name in FIELDS:
        shown, other = _shown(name, stays), _shown(name, goes)
        is_fixed = name == "email" and fixed is not None
        if shown != other and not is_fixed and can_choose(name, stays.values, goes.values):
            sides = [SelectChoice(Side.STAYS.value, shown or "–"), SelectChoice(Side.GOES.value, other or "–")]
            usual = usual_side(name, stays.values, goes.values)
            fields[name] = RadioField(FIELD_NAMES[name], choices=sides, default=usual.value)
    made: type[MergeForm] = type("ChoosingForm", (MergeForm,), fields)
    return made()


def _side_by_side(stays: Known, goes: Known, form: MergeForm) -> str:
    one, other = facts_of(db(), stays.person_id), facts_of(db(), goes.person_id)
    who = staff()
    pairs = [
        Pair(str(FIELD_NAMES[name]), _shown(name, one), _shown(name, other), name if name in form else None)
        for name in FIELDS
    ]
    return render_template(
        "admin/customers_merge.html",
        stays=stays,
        goes=goes,
        form=form,
        pairs=pairs,
        one=one,
        other=other,
        tiers=[status_of(db(), one.person_id, today()) if one.member_number else None for one in (stays, goes)],
        counts=_named(counts_of(db(), (stays.person_id, goes.person_id))),
        is_own=any(is_household(db(), who.account_id, person.person_id) for person in (stays, goes)),
    )


def _merged(merge_id: int, form: Form) -> str:
    found = the_merge(db(), merge_id)
    until = found.merged_at + UNDO_FOR
    return render_template(
        "admin/customers_merged.html",
        found=found,
        form=form,
        moved=[(TABLES.get(name, name), count) for name, count in rows_moved(db(), merge_id).items()],
        until=until,
        may_undo=found.undone_at is None and datetime.now(UTC) < until,
        address=customer_address(found.survivor_id),
    )


def _named(counts: dict[str, tuple[int, int]]) -> list[tuple[str, int, int]]:
    """Only what is there."""
    return [(str(TABLES.get(name, name)), one, other) for name, (one, other) in counts.items() if one or other]


def _shown(name: str, facts: Facts) -> str:
    values = facts.values
    if name == "language":
        return OWN_NAMES.get(str(values["language"]), str(values["language"]))
    if name == "joined_on":
        joined = values["joined_on"]
        return day(joined) if isinstance(joined, date) else ""
    if name == "birthday":
        return _birthday(values)
    return str(values[name] or "")


def _birthday(values: dict[str, object]) -> str:
    year, month, number = (values[name] for name in FIELDS["birthday"])
    if not isinstance(month, int) or not isinstance(number, int):
        return ""
    if isinstance(year, int):
        return day(date(year, month, number))
    return day_month(date(2000, month, number))

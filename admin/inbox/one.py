"""One conversation: what was said, who asks, and what can be done about it."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.inbox.forms import Forms, GiveForm, GrantForm, NoteForm, ReplyForm, ToDoForm, VoucherForm
from admin.inbox.listing import waits_in_words
from club.care.models import pinned_of
from club.customers.listing import rows_of
from club.errors import CustomerWrote, OwnMembership, Refusal, TakenMeanwhile
from club.members.household import is_household
from club.offers.models import published_offers
from club.orders.reading import orders_of
from club.permissions import Permission
from club.support import service
from club.support.reading import CaseRow, conversation, forgotten_on, saved_answers, the_case, thing_of, who_answers
from club.support.rules import State, Topic
from club.support.service import Answer
from club.support.service.files import file_of
from club.support.service.writing import begin_writing, who_writes
from web.access import staff_only
from web.database import db, id_in
from web.formats import club_date
from web.forms import Form, once
from web.languages import OWN_NAMES, in_language
from web.messages import words_for
from web.navigation import may_do
from web.papers import uploads
from web.programme import programme, today
from web.refusing import refused
from web.support_words import CALLS, MARKS, RATINGS, STAFF_STATES, TOPICS, given_out, thing_words
from web.visitors import Visitor, staff

LAST_ORDERS = 3


@admin.get("/inbox/<int:case_id>")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_one(case_id: int) -> ResponseReturnValue:
    """The conversation; a saved answer stands in the form where one was chosen."""
    case = the_case(db(), case_id)
    forms = forms_with(case)
    wanted = id_in(request.args.get("answer"))
    for one in saved_answers(db()) if wanted else []:
        if one.id == wanted:
            forms.reply.words.data = one.words.into(case.language, programme().main_language)
    return case_page(case, forms)


@admin.post("/inbox/<int:case_id>/reply")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_reply(case_id: int) -> ResponseReturnValue:
    """Answer; what was written meanwhile is shown first."""
    case, who, form = the_case(db(), case_id), staff(), ReplyForm()
    if not form.validate_on_submit():
        return case_page(case, forms_with(case, reply=form)), 422
    solves = request.form.get("do") == "solve"
    answer = Answer(form.words.data or "", form.version, once_of(form, who), solves=solves)
    try:
        is_mailed = service.reply(db(), case_id, answer, who.account_id, who.role, datetime.now(UTC))
    except CustomerWrote as refusal:
        case = the_case(db(), case_id)
        form.refuse(refusal)
        form.seen.data = str(case.version)
        return refused(case_page(case, forms_with(case, reply=form)), refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(case_page(case, forms_with(case, reply=form)), refusal)
    flash(_("Answered and solved.") if solves else _("Answered."), "success")
    _tell_whether(is_mailed, case)
    return to_case(case_id)


@admin.post("/inbox/<int:case_id>/writing")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_writing(case_id: int) -> ResponseReturnValue:
    """Colleagues see for a while who is about to answer."""
    who = staff()
    try:
        begin_writing(db(), case_id, who.account_id, who.role, datetime.now(UTC))
    except OwnMembership as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Colleagues see for a quarter of an hour that you are writing."), "success")
    return to_case(case_id)


@admin.post("/inbox/<int:case_id>/note")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_note(case_id: int) -> ResponseReturnValue:
    """A note that the customer never sees."""
    form, who = NoteForm(prefix="note"), staff()
    return _done(
        case_id,
        form,
        lambda: service.add_note(
            db(),
            case_id,
            form.note.data or "",
            who.account_id,
            who.role,
            datetime.now(UTC),
            form_key=once_of(form, who),
        ),
        _("The note is written."),
    )


@admin.post("/inbox/<int:case_id>/give")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_give(case_id: int) -> ResponseReturnValue:
    """Take it, or hand it over."""
    case, who, form = the_case(db(), case_id), staff(), GiveForm(prefix="give")
    form.offer(who_answers(db()), case)
    return _done(
        case_id,
        form,
        lambda: service.give(
            db(), case_id, int(form.owner.data), who.account_id, who.role, datetime.now(UTC), seen_owner=form.seen_owner
        ),
        _("Handed over."),
    )


@admin.post("/inbox/<int:case_id>/solve")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_solve(case_id: int) -> ResponseReturnValue:
    """Solved without another word."""
    who, seen = staff(), id_in(request.form.get("seen")) or 0
    try:
        is_asked = service.solve(db(), case_id, who.account_id, who.role, datetime.now(UTC), seen=seen)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Solved. A mail asks the customer whether it is.") if is_asked else _("Solved."), "success")
    return to_case(case_id)


@admin.post("/inbox/<int:case_id>/task")
@staff_only(Permission.KEEP_CUSTOMERS)
def inbox_task(case_id: int) -> ResponseReturnValue:
    """Something that has to be done because of it."""
    form, who = ToDoForm(prefix="task"), staff()
    form.offer()
    return _done(
        case_id,
        form,
        lambda: service.make_task(
            db(), case_id, form.what.data or "", form.due_on, who.account_id, who.role, datetime.now(UTC),
            cause=form.cause(who.account_id),
        ),
        _("The task stands in the list."),
    )  # fmt: skip


@admin.get("/inbox/<int:case_id>/files/<int:file_id>")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_file(case_id: int, file_id: int) -> ResponseReturnValue:
    """A file that the customer sent."""
    case = the_case(db(), case_id)
    return given_out(file_of(db(), uploads(), case_id, file_id), case.number, file_id)


def _tell_whether(is_mailed: bool, case: CaseRow) -> None:
    """Where no mail brings the answer somebody has to know it."""
    if is_mailed:
        flash(_("A mail brings it to the customer."), "success")
    elif case.person_id is None:
        flash(_("No mail brings it: nothing arrives at this address."), "warning")
    else:
        flash(_("No mail brings it: there is no address that takes mail. It stands in the member's pages."), "warning")


def _done(case_id: int, form: Form, act: Callable[[], object], said: str) -> ResponseReturnValue:
    """Check the form, do it, say so; or the page again with what stands in the way."""
    case = the_case(db(), case_id)
    sent = {NoteForm: "note", GiveForm: "give", ToDoForm: "task"}[type(form)]
    if not form.validate_on_submit():
        return case_page(case, forms_with(case, **{sent: form})), 422
    try:
        act()
    except TakenMeanwhile as refusal:
        flash(words_for(refusal), "danger")
        return to_case(case_id)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(case_page(case, forms_with(case, **{sent: form})), refusal)
    flash(said, "success")
    return to_case(case_id)


def to_case(case_id: int) -> ResponseReturnValue:
    """Back to the conversation."""
    return redirect(url_for("admin.inbox_one", case_id=case_id), 303)


def once_of(form: Form, who: Visitor) -> bytes:
    """What a form is known by when it comes again."""
    return once(form["key"].data or "", who.account_id)


def forms_with(
    case: CaseRow, reply: ReplyForm | None = None, note: NoteForm | None = None, give: GiveForm | None = None,
    grant: GrantForm | None = None, voucher: VoucherForm | None = None, task: ToDoForm | None = None,
) -> Forms:  # fmt: skip
    """All forms of the page; the one that was sent as it was sent."""
    found = Forms(
        reply=reply or ReplyForm(formdata=None),
        note=note or NoteForm(formdata=None, prefix="note"),
        give=give or GiveForm(formdata=None, prefix="give"),
        grant=grant or GrantForm(formdata=None, prefix="grant"),
        voucher=voucher or VoucherForm(formdata=None, prefix="voucher"),
        task=task or ToDoForm(formdata=None, prefix="task"),
    )
    found.task.offer()
    if voucher is None:
        found.voucher.offer_these(vouchers_to_give() if case.person_id else [])
    if give is None:
        found.give.offer(who_answers(db()), case)
        found.give.seen.data = str(case.owner_id or "")
    if reply is None:
        found.reply.seen.data = str(case.version)
    return found


def vouchers_to_give() -> list[tuple[int, str]]:
    """Offers that come as a gift alone and run today."""
    there = published_offers(db()).values()
    return [(one.id, in_language(one.offer.title)) for one in there if one.offer.only_given and one.is_live(today())]


def case_page(case: CaseRow, forms: Forms) -> str:
    """The page with these forms."""
    thing, now = thing_of(db(), case.topic, case.thing_id), datetime.now(UTC)
    people = rows_of(db(), [case.person_id], today()) if case.person_id else []
    is_own = case.person_id is not None and is_household(db(), staff().account_id, case.person_id)
    entries = conversation(db(), case.id, with_notes=not is_own)
    last = forgotten_on(entries)
    sees_orders = case.person_id is not None and may_do(Permission.MANAGE_ORDERS)
    return render_template(
        "admin/inbox_one.html",
        case=case,
        forms_of=forms,
        entries=entries,
        about=thing_words(thing) if thing else TOPICS[case.topic],
        order_id=case.thing_id if thing and case.topic is Topic.ORDER else None,
        person=people[0] if people else None,
        orders=orders_of(db(), case.person_id, 1, LAST_ORDERS)[0] if sees_orders and case.person_id else [],
        notes=pinned_of(db(), case.person_id) if case.person_id and not is_own else [],
        is_own=is_own,
        writers=who_writes(db(), case.id, staff().account_id, now),
        forgotten_on=club_date(last) if last and case.person_id is None and not case.is_forgotten else None,
        saved=saved_answers(db()),
        waits=waits_in_words(case, now),
        is_late=case.is_late(now),
        is_solved=case.state is State.SOLVED,
        me=staff().account_id,
        language_name=OWN_NAMES.get(case.language, case.language),
        states=STAFF_STATES,
        marks=MARKS,
        calls=CALLS,
        ratings=RATINGS,
    )

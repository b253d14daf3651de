"""What is sent from the composer of a customer's page."""

from datetime import UTC, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.customer.forms import CallForm, Composed, LetterForm, NoteForm, PromiseForm, TaskForm
from admin.customer.page import composer, shown
from admin.customer.words import why_it_waits
from club.care.models import the_customer, to_do
from club.care.rules import Entry, Kind, NewPromise, NewTask
from club.care.service import add_promise, add_task, assign, log, write_letter
from club.contact.models import waits
from club.errors import DayInPast, DayTooFar, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.refusing import refused
from web.visitors import staff


@admin.post("/customers/<int:person_id>/write/<any(call, note, task, promise, message):tab>")
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_write(person_id: int, tab: str) -> ResponseReturnValue:
    """Keep what was written; with a mistake, the page again with what was typed."""
    customer = the_customer(db(), person_id)
    form = composer(tab, to_do(db(), None, person_id=person_id))
    if not form.validate_on_submit():
        return shown(customer, tab, form), 422
    try:
        words = _keep(person_id, form)
    except Refusal as refusal:
        form.refuse(refusal, form.day if isinstance(refusal, DayInPast | DayTooFar) and "day" in form else None)
        return refused(shown(customer, tab, form), refusal)
    flash(words, "success")
    return redirect(url_for("admin.customers_one", person_id=person_id), 303)


def _keep(person_id: int, form: Composed) -> str:
    who, now = staff(), datetime.now(UTC)
    cause = form.cause(who.account_id)
    match form:
        case CallForm():
            log(
                db(), person_id, form.entry(), who.account_id, who.role, now, then=form.then(), done=form.closing(),
                cause=cause,
            )  # fmt: skip
            return _("Kept.") if form.then() is None else _("Kept, with its next step.")
        case NoteForm():
            note = Entry(kind=Kind.NOTE, summary=form.summary.data or "", is_pinned=form.is_pinned.data)
            log(db(), person_id, note, who.account_id, who.role, now, cause=cause)
            return _("The note is kept.")
        case PromiseForm():
            promise = NewPromise(
                what=form.what.data or "", due_on=form.due_on, owner_id=int(form.owner.data), person_id=person_id,
                was_told=form.was_told.data, cause=cause,
            )  # fmt: skip
            add_promise(db(), promise, who.account_id, who.role, now)
            return _("The promise stands in the list of what is to be done.")
        case TaskForm():
            task = NewTask(
                what=form.what.data or "", due_on=form.due_on, owner_id=int(form.owner.data), person_id=person_id,
                cause=cause,
            )  # fmt: skip
            add_task(db(), task, who.account_id, who.role, now)
            return _("The task stands in the list of what is to be done.")
        case LetterForm():
            wait = waits(db(), person_id, now)
            write_letter(
                db(), person_id, form.subject.data or "", form.words.data or "", who.account_id, who.role, now,
                once=form.key.data or "",
            )  # fmt: skip
            return (
                _("The mail goes out with the next mails.")
                if wait is None
                else _("The mail stands in the outbox. %(reason)s", reason=why_it_waits(wait))
            )
    raise AssertionError(form)


@admin.post("/customers/<int:person_id>/carer")
@staff_only(Permission.KEEP_CUSTOMERS)
def customers_carer(person_id: int) -> ResponseReturnValue:
    """Who looks after them from now on; an empty answer: nobody."""
    who = staff()
    try:
        assign(db(), [person_id], _carer_asked(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.customers_one", person_id=person_id), 303)


def _carer_asked() -> int | None:
    """The account that was chosen; what is no number is nobody's."""
    wanted = request.form.get("carer", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None

"""The outbox: what the club writes to people, what became of each message, and what can be done about it."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.mail_words import BOUNCES, CAUSES, HAPPENED, STANDINGS, act_name, bounce_name, held_words
from club.access.rules import shortened
from club.errors import LinkGone, MessageForSafety, MessageMoved, Refusal
from club.members.models import the_person
from club.messages.acts import ACTS as KNOWN_ACTS
from club.messages.addresses import count_unreachable, unreachable
from club.messages.listing import MOST_COUNTED, View, counts, history_of, oldest_waiting
from club.messages.listing import outbox as in_outbox
from club.messages.models import Letter, address_state, find_letter
from club.messages.rendering import Rendered, digest_of, render, shown
from club.messages.repair import cancel, note_came_back, reachable_again, try_again
from club.messages.rules import Bounce, standing_of
from club.messages.wording import words_of
from club.permissions import Permission
from web import lists
from web.access import staff_only
from web.database import db, id_in
from web.forms import Form
from web.languages import OWN_NAMES
from web.messages import words_for
from web.navigation import may_do
from web.programme import programme
from web.visitors import staff

FILTERS = ("view", "act", "to", "person")

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
"""Mails carry their styles inside, which no page of the club may."""


class CameBackForm(Form):
    """Why a mail did not arrive although it was sent."""

    cause = RadioField(
        _l("Why it came back"),
        choices=[SelectChoice(cause.value, BOUNCES[cause]) for cause in Bounce],
        default=Bounce.NO_MAILBOX.value,
    )


class AddressForm(Form):
    """An address that works again."""

    email = HiddenField()


@admin.get("/outbox")
@staff_only(Permission.SEE_MESSAGES)
def outbox() -> ResponseReturnValue:
    """One page of the messages in a view."""
    now, this = datetime.now(UTC), lists.asked(FILTERS, (), "")
    view = _view(this.filters.get("view", ""))
    person_id = id_in(this.filters.get("person", ""))
    rows = in_outbox(
        db(),
        view,
        act=this.filters.get("act", ""),
        person_id=person_id,
        recipient=this.filters.get("to", "") if may_do(Permission.SEE_CONTACT) else "",
        limit=lists.PAGE + 1,
        offset=this.offset,
    )
    return render_template(
        "admin/outbox.html",
        page=lists.page_of(rows, this),
        view=view,
        counts=counts(db()) | {"addresses": count_unreachable(db(), now, MOST_COUNTED)},
        most=MOST_COUNTED,
        acts=sorted(((act, act_name(act)) for act in KNOWN_ACTS), key=lambda one: one[1]),
        act_name=act_name,
        applied=_applied(this, rows),
        standings=STANDINGS,
        causes=CAUSES,
        held_words=held_words,
        now=now,
        shown_address=shown_address,
        customer_page=customer_page,
        waits_since=oldest_waiting(db()),
        has_server=_has_server(),
    )


@admin.get("/outbox/<int:message_id>")
@staff_only(Permission.SEE_MESSAGES)
def outbox_one(message_id: int) -> ResponseReturnValue:
    """One message: its words, its history, and what can be done."""
    return _page_of_one(message_id, CameBackForm())


@admin.get("/outbox/<int:message_id>/look")
@staff_only(Permission.SEE_MESSAGES)
def outbox_look(message_id: int) -> ResponseReturnValue:
    """The message as a mail program shows it; the secret of its link is left out."""
    mail = _rendered(_letter(message_id)) or abort(404)
    return mail_page(mail)


@admin.post("/outbox/<int:message_id>/again")
@staff_only(Permission.EDIT_MESSAGES)
def outbox_again(message_id: int) -> ResponseReturnValue:
    """Put a message that was given up back to be sent."""
    who = staff()
    try:
        try_again(db(), message_id, who.account_id, who.role, datetime.now(UTC))
    except (MessageMoved, LinkGone) as refusal:
        return _said_no(message_id, refusal)
    flash(_("The message waits and goes out with the next mails."), "success")
    return redirect(url_for("admin.outbox_one", message_id=message_id), 303)


@admin.post("/outbox/<int:message_id>/cancel")
@staff_only(Permission.EDIT_MESSAGES)
def outbox_cancel(message_id: int) -> ResponseReturnValue:
    """A message that waits is not sent."""
    who = staff()
    try:
        cancel(db(), message_id, who.account_id, who.role, datetime.now(UTC))
    except (MessageMoved, MessageForSafety) as refusal:
        return _said_no(message_id, refusal)
    flash(_("The message is cancelled and will not be sent."), "success")
    return redirect(url_for("admin.outbox_one", message_id=message_id), 303)


@admin.post("/outbox/<int:message_id>/came-back")
@staff_only(Permission.SEE_MESSAGES)
def outbox_came_back(message_id: int) -> ResponseReturnValue:
    """The mail was sent and did not arrive."""
    _letter(message_id)
    who, form = staff(), CameBackForm()
    if not form.validate_on_submit():
        return _page_of_one(message_id, form, 422)
    try:
        note_came_back(db(), message_id, Bounce(form.cause.data), who.account_id, who.role, datetime.now(UTC))
    except MessageMoved as refusal:
        return _said_no(message_id, refusal)
    flash(_("Noted: the message came back."), "success")
    return redirect(url_for("admin.outbox_one", message_id=message_id), 303)


@admin.get("/outbox/addresses")
@staff_only(Permission.SEE_MESSAGES)
def outbox_addresses() -> ResponseReturnValue:
    """The addresses that take no mail, with whose they are and what can be done."""
    now, this = datetime.now(UTC), lists.asked((), (), "")
    rows = unreachable(db(), now, limit=lists.PAGE + 1, offset=this.offset)
    return render_template(
        "admin/outbox_addresses.html",
        page=lists.page_of(rows, this),
        bounce_name=bounce_name,
        shown_address=shown_address,
        customer_page=customer_page,
    )


@admin.post("/outbox/addresses")
@staff_only(Permission.EDIT_MEMBERS)
def outbox_reachable() -> ResponseReturnValue:
    """Somebody says that an address works again."""
    who, form = staff(), AddressForm()
    if not form.validate_on_submit() or not form.email.data:
        abort(422)
    reachable_again(db(), form.email.data, who.account_id, who.role, datetime.now(UTC))
    flash(_("Mail is sent to this address again."), "success")
    return redirect(url_for("admin.outbox_addresses" if may_do(Permission.SEE_MESSAGES) else "admin.home"), 303)


def customer_page(person_id: int | None) -> str | None:
    """The page of a customer, where there is one."""
    if person_id is None or "admin.customers_one" not in current_app.view_functions:
        return None
    return url_for("admin.customers_one", person_id=person_id)


def mail_page(mail: Rendered) -> Response:
    """A mail as a page of its own."""
    answer = make_response(mail.html)
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


def shown_address(email: str) -> str:
    """The address itself for whoever may see contact data."""
    return email if may_do(Permission.SEE_CONTACT) else shortened(email)


def _page_of_one(message_id: int, form: CameBackForm, status: int = 200) -> ResponseReturnValue:
    now, letter = datetime.now(UTC), _letter(message_id)
    standing = standing_of(
        letter.state, letter.cause, letter.tries, letter.came_back_at, letter.next_try_at, now, letter.waits_for
    )
    act = KNOWN_ACTS.get(letter.act)
    page = render_template(
        "admin/outbox_one.html",
        letter=letter,
        now=now,
        title=act_name(letter.act),
        standing=standing,
        standing_words=STANDINGS[standing],
        cause_words=CAUSES.get(letter.cause),
        held_words=held_words,
        mail=_rendered(letter),
        is_as_sent=_is_as_sent(letter),
        language_name=OWN_NAMES[letter.language],
        history=history_of(db(), message_id),
        happened=HAPPENED,
        bounce_name=bounce_name,
        person=None if letter.person_id is None else the_person(db(), letter.person_id),
        address=address_state(db(), letter.recipient, now),
        customer_page=customer_page,
        shown_to=shown_address(letter.recipient),
        can_try=standing == "given_up" and act is not None and not act.has_token,
        can_cancel=letter.state == "queued" and (act is None or not act.is_for_safety),
        form=form,
    )
    return page, status


def _letter(message_id: int) -> Letter:
    return find_letter(db(), message_id) or abort(404)


def _rendered(letter: Letter) -> Rendered | None:
    """The words of a message, or None where it cannot be put into words any more."""
    base_url: str = current_app.extensions["club_settings"].base_url
    try:
        return render(shown(letter), programme(), base_url, words_of(db(), letter))
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def _is_as_sent(letter: Letter) -> bool | None:
    """Whether what is shown is what went out, by its fingerprint; None: it did not go out."""
    if not letter.digest:
        return None
    base_url: str = current_app.extensions["club_settings"].base_url
    try:
        return digest_of(letter, programme(), base_url, words_of(db(), letter)) == letter.digest
    except (LookupError, TypeError, ValueError, AttributeError):
        return False


def _said_no(message_id: int, refusal: Refusal) -> ResponseReturnValue:
    flash(words_for(refusal), "warning")
    return redirect(url_for("admin.outbox_one", message_id=message_id), 303)


def _view(asked_for: str) -> View:
    return View(asked_for) if asked_for in set(View) else View.ALL


def _applied(this: lists.Asked, rows: Any) -> list[tuple[str, str]]:
    """The filters besides the view, in words."""
    found = []
    if "act" in this.filters:
        found.append(("act", act_name(this.filters["act"])))
    if "to" in this.filters and may_do(Permission.SEE_CONTACT):
        found.append(("to", this.filters["to"]))
    if "person" in this.filters:
        found.append(("person", next((row.person_name for row in rows if row.person_name), _("One customer"))))
    return found


def _has_server() -> bool:
    return bool(current_app.extensions["club_settings"].smtp_url)

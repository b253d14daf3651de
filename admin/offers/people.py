"""For whom an offer is picked, and the codes of a partner: typed, pasted or from a file."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField

from admin import admin
from club.errors import BadFile, NotFound, Refusal
from club.members.rules import number_typed
from club.offers.listing import codes_given, export_codes_given, members_numbered, picked_count, picked_with_names
from club.offers.models import LONGEST_CODE, OfferView, the_offer
from club.offers.overview import codes_left
from club.offers.rules import Kind
from club.offers.service import add_codes, pick, unpick
from club.permissions import Permission, Role
from web.access import staff_only
from web.database import db
from web.formats import club_date, listed_together
from web.forms import Form, TextAreaField
from web.lists import PAGE, asked, page_of
from web.messages import words_for
from web.programme import today
from web.refusing import refused
from web.spreadsheet import csv_file
from web.visitors import staff

LARGEST_BYTES = 1024 * 1024
MOST_LINES = 20_000
MOST_TYPED = 200_000
MOST_NAMED = 5
"""So many numbers that nobody has are named."""
_PLAIN = {"accept": ".csv,.txt,text/csv,text/plain", "class": "form-control"}


class LinesForm(Form):
    """One a line, typed or in a file; of a table its first column."""

    typed = TextAreaField(_l("One a line"), longest=MOST_TYPED, rows=5, render_kw={"class": "form-control"})
    file = FileField(_l("Or a file"), render_kw=_PLAIN)

    def lines(self) -> list[str]:
        """What was given, each once. Raises `BadFile`."""
        text = self.typed.data or ""
        given = request.files.get("file")
        if given is not None and given.filename:
            text = f"{text}\n{_text_of(given.stream.read(LARGEST_BYTES + 1))}"
        cells = (
            line.replace(";", ",").replace("\t", ",").split(",")[0].strip().strip('"') for line in text.splitlines()
        )
        found = list(dict.fromkeys(cell for cell in cells if cell))
        if len(found) > MOST_LINES:
            raise BadFile(f"it has more than {MOST_LINES} lines; split it into parts")
        return found


@admin.route("/offers/<int:offer_id>/people", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_people(offer_id: int) -> ResponseReturnValue:
    """Who was picked, and more by their member numbers."""
    view, form = the_offer(db(), offer_id), LinesForm()
    if not form.validate_on_submit():
        return _people_page(view, form), 422 if form.errors else 200
    try:
        lines = form.lines()
        if not lines:
            form.typed.errors = [_("Enter member numbers, or choose a file.")]
            return _people_page(view, form), 422
        unknown = _picked_too(offer_id, lines)
    except Refusal as refusal:
        form.refuse(refusal, form.typed)
        return refused(_people_page(view, form), refusal)
    if unknown:
        flash(_unknown_words(unknown), "warning")
    return redirect(url_for("admin.offers_people", offer_id=offer_id), 303)


@admin.post("/offers/<int:offer_id>/people/drop")
@staff_only(Permission.MANAGE_OFFERS)
def offers_people_drop(offer_id: int) -> ResponseReturnValue:
    """Somebody is not meant after all."""
    person_id = request.form.get("person_id", 0, type=int)
    try:
        unpick(db(), offer_id, person_id, *_by(), datetime.now(UTC))
        flash(_("Taken off the list."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.offers_people", offer_id=offer_id), 303)


def _unknown_words(unknown: list[str]) -> str:
    return ngettext(
        "%(num)d number belongs to nobody: %(numbers)s",
        "%(num)d numbers belong to nobody, for example: %(numbers)s",
        len(unknown),
        numbers=listed_together(unknown[:MOST_NAMED]),
    )


def _picked_too(offer_id: int, lines: list[str]) -> list[str]:
    """Add whoever has one of these numbers; the numbers that nobody has."""
    numbers = {line: number_typed(line) for line in lines}
    known = members_numbered(db(), [number for number in numbers.values() if number])
    new = pick(db(), offer_id, known.values(), *_by(), datetime.now(UTC)) if known else 0
    if new:
        flash(ngettext("%(num)d member is picked anew.", "%(num)d members are picked anew.", new), "success")
    return [line for line, number in numbers.items() if number not in known]


def _by() -> tuple[int, Role]:
    who = staff()
    assert who.role is not None  # the door let nobody else in
    return who.account_id, who.role


@admin.route("/offers/<int:offer_id>/codes", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def offers_codes(offer_id: int) -> ResponseReturnValue:
    """The codes that a partner gave: each goes to one member, once."""
    view, form, who = the_offer(db(), offer_id), LinesForm(), staff()
    if view.offer.kind is not Kind.PARTNER:
        return redirect(url_for("admin.offers_one", offer_id=offer_id), 303)
    if not form.validate_on_submit():
        return _codes_page(view, form), 422 if form.errors else 200
    try:
        codes = form.lines()
        if any(len(code) > LONGEST_CODE for code in codes):
            raise BadFile(f"a code is longer than {LONGEST_CODE} characters")
        assert who.role is not None  # the door let nobody else in
        added = add_codes(db(), offer_id, codes, who.account_id, who.role, datetime.now(UTC)) if codes else 0
    except Refusal as refusal:
        form.refuse(refusal, form.typed)
        return refused(_codes_page(view, form), refusal)
    if not codes:
        form.typed.errors = [_("Enter codes, or choose a file.")]
        return _codes_page(view, form), 422
    flash(ngettext("%(num)d code was added.", "%(num)d codes were added.", added), "success")
    if added < len(codes):
        there = len(codes) - added
        flash(ngettext("%(num)d was there already.", "%(num)d were there already.", there), "info")
    return redirect(url_for("admin.offers_codes", offer_id=offer_id), 303)


@admin.post("/offers/<int:offer_id>/codes/export")
@staff_only(Permission.EXPORT_DATA)
def offers_codes_export(offer_id: int) -> ResponseReturnValue:
    """What the partner is told to settle by: each code that was given out and its day, nobody's name."""
    view, who = the_offer(db(), offer_id), staff()
    if view.offer.kind is not Kind.PARTNER:
        raise NotFound
    found = export_codes_given(db(), offer_id, by=who.account_id, role=who.role, now=datetime.now(UTC))
    rows = ((club_date(one.given_at).isoformat(), one.code, one.points) for one in found)
    heads = [_("Date"), _("Code"), _("Redeemed for points")]
    return csv_file(f"offer-{offer_id}-codes-{today().isoformat()}", heads, rows)


def _people_page(view: OfferView, form: LinesForm) -> str:
    this = asked((), (), "")
    rows = picked_with_names(db(), view.id, PAGE + 1, this.offset)
    return render_template(
        "admin/offers_people.html",
        view=view,
        offer=view.offer,
        form=form,
        page=page_of(rows, this, picked_count(db(), view.id)),
    )


def _codes_page(view: OfferView, form: LinesForm) -> str:
    left, there = codes_left(db(), view.id)
    this = asked((), (), "")
    return render_template(
        "admin/offers_codes.html",
        view=view,
        offer=view.offer,
        form=form,
        left=left,
        there=there,
        page=page_of(codes_given(db(), view.id, PAGE + 1, this.offset), this, there - left),
    )


def _text_of(content: bytes) -> str:
    """A small text file; a spreadsheet's CSV begins with a mark that nobody sees."""
    if len(content) > LARGEST_BYTES:
        raise BadFile("it is larger than 1 MB; split it into parts")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")

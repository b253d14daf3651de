"""A return or a withdrawal for whoever has the order's address: where it stands, its slip to print, photos."""

from datetime import UTC, datetime

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import MultipleFileField

from club.catalogue.pictures import MOST_BYTES
from club.errors import NotFound, PressFailed, Refusal
from club.orders.reading import OrderView
from club.returns.reading import CaseView, case_of
from club.returns.rules import MOST_PHOTOS, OPEN
from club.returns.service.photos import add_photo, photo_of, photos_of
from club.returns.slip import return_slip
from shop import shop
from shop.theirs import is_own, their_order
from web.access import open_to_all
from web.asking_back import ask_back
from web.database import db
from web.forms import Form
from web.messages import words_for
from web.papers import pdf, uploads
from web.payment_pages import private
from web.returning import STATES
from web.security import may_repeat


class PhotosForm(Form):
    """What is wrong with the goods, as pictures."""

    photos = MultipleFileField(
        _l("Photos"), render_kw={"accept": "image/jpeg,image/png,image/webp", "class": "form-control"}
    )


@shop.route("/orders/<key>/return", methods=["GET", "POST"])
@open_to_all
def return_order(key: str) -> ResponseReturnValue:
    """Goods of a guest's order go back, for money or for something else; members do so in their own pages."""
    order = their_order(key)
    if order.person_id is not None:
        return redirect(url_for("portal.return_order", number=order.number), 303)
    answer = ask_back(
        order,
        f"key:{key}",
        url_for("shop.order", key=key),
        lambda number: url_for("shop.return_case", key=key, number=number),
    )
    return private(make_response(answer))


@shop.get("/orders/<key>/returns/<number>")
@open_to_all
def return_case(key: str, number: str) -> ResponseReturnValue:
    """A return or a withdrawal, as its mails lead to it: its number, when it came in, what to do now."""
    order, case = _theirs(key, number)
    return _page(order, case, PhotosForm(formdata=None))


@shop.post("/orders/<key>/returns/<number>/photos")
@open_to_all
@may_repeat("photos")
def return_photos(key: str, number: str) -> ResponseReturnValue:
    """Take in photos. Each is drawn anew; what cannot be used is named, and the others stay."""
    order, case = _theirs(key, number)
    form = PhotosForm()
    sent = [one for one in request.files.getlist("photos") if one.filename][:MOST_PHOTOS]
    if not form.validate_on_submit():
        return _page(order, case, form, 422)
    problems = [] if sent else [_("Choose a JPEG, PNG or WebP picture.")]
    for one in sent:
        try:
            data, now = one.stream.read(MOST_BYTES + 1), datetime.now(UTC)
            add_photo(db(), uploads(), case.id, data, now, request.remote_addr or "")
        except Refusal as refusal:
            problems.append(words_for(refusal))
    if problems:
        form.photos.errors = problems
        return _page(order, case, form, 422)
    flash(ngettext("%(num)d photo is here.", "%(num)d photos are here.", len(sent)), "success")
    if is_own(order):
        return redirect(url_for("portal.return_case", number=case.number), 303)
    return redirect(url_for("shop.return_case", key=key, number=number), 303)


@shop.get("/orders/<key>/returns/<number>/photos/<int:photo_id>")
@open_to_all
def return_photo(key: str, number: str, photo_id: int) -> ResponseReturnValue:
    """One photo, for its buyer alone."""
    _order, case = _theirs(key, number)
    return private(Response(photo_of(db(), uploads(), case.id, photo_id), mimetype="image/jpeg"))


@shop.get("/orders/<key>/returns/<number>/slip.pdf")
@open_to_all
def return_slip_file(key: str, number: str) -> ResponseReturnValue:
    """What to print for the parcel: a label, and a slip to lie inside."""
    _order, case = _theirs(key, number)
    try:
        data = return_slip(db(), case, datetime.now(UTC), uploads())
    except NotFound:
        abort(404)
    except PressFailed as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("shop.return_case", key=key, number=number), 303)
    return private(pdf(data, f"{case.number}.pdf"))


def _theirs(key: str, number: str) -> tuple[OrderView, CaseView]:
    order, case = their_order(key), case_of(db(), number)
    if case.order_id != order.id:
        raise NotFound
    return order, case


def _page(order: OrderView, case: CaseView, form: PhotosForm, status: int = 200) -> Response:
    photos = photos_of(db(), case.id)
    page = render_template(
        "shop/return_case.html",
        order=order,
        case=case,
        states=STATES,
        photos=photos,
        form=form,
        takes_photos=case.state in OPEN and len(photos) < MOST_PHOTOS,
    )
    return private(make_response(page, status))

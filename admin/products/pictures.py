"""Pictures of a product: uploaded, described in every language, put in order, removed."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage

from admin import admin
from admin.products.words import LOOKS, STATES
from club.catalogue.cards import Image
from club.catalogue.pictures import MOST_BYTES, is_described
from club.catalogue.reading import Page, product_for_staff
from club.catalogue.rules.products import LONGEST_ALT, MOST_IMAGES
from club.catalogue.service.images import move_image
from club.catalogue.service.photos import add_photo, describe_photos, remove_photo
from club.errors import BadPicture, NotFound, Refusal
from club.permissions import Permission
from club.settings import Settings
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.forms import Form, TextField
from web.languages import OWN_NAMES
from web.messages import words_for
from web.programme import today
from web.security import may_repeat
from web.visitors import staff

MOST_AT_ONCE = 4
"""So many of the largest fit into one request."""


class UploadForm(Form):
    """Pictures, and what they show."""

    pictures = MultipleFileField(
        _l("Pictures"), render_kw={"accept": "image/jpeg,image/png,image/webp", "class": "form-control"}
    )
    alt_en = TextField(OWN_NAMES["en"], longest=LONGEST_ALT, render_kw={"lang": "en", "autocomplete": "off"})
    alt_es = TextField(OWN_NAMES["es"], longest=LONGEST_ALT, render_kw={"lang": "es", "autocomplete": "off"})
    alt_ru = TextField(OWN_NAMES["ru"], longest=LONGEST_ALT, render_kw={"lang": "ru", "autocomplete": "off"})

    def alt(self) -> Texts:
        """What the pictures show."""
        return Texts({language: self[f"alt_{language}"].data or "" for language in LANGUAGES})


class AltsForm(Form):
    """What each picture shows; three fields a picture are added by `form_for`."""

    ids: tuple[int, ...] = ()

    def alts(self) -> dict[int, Texts]:
        """Picture → words."""
        return {
            one: Texts({language: self[f"alt_{language}_{one}"].data or "" for language in LANGUAGES})
            for one in self.ids
        }


@lru_cache(maxsize=64)
def form_for(ids: tuple[int, ...]) -> type[AltsForm]:
    """The form of these pictures."""
    fields: dict[str, Any] = {"ids": ids}
    for one in ids:
        for language in LANGUAGES:
            fields[f"alt_{language}_{one}"] = TextField(
                OWN_NAMES[language], longest=LONGEST_ALT, render_kw={"lang": language, "autocomplete": "off"}
            )
    return type("AltsOfProduct", (AltsForm,), fields)


@admin.route("/products/<int:product_id>/pictures", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_pictures(product_id: int) -> ResponseReturnValue:
    """The pictures of a product; sent, what they show is kept."""
    page = product_for_staff(db(), product_id, today())
    form = _alts_form(page)
    if not form.validate_on_submit():
        return _page(page, form), 422 if form.errors else 200
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        describe_photos(db(), product_id, form.alts(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(page, form), 422
    flash(_("Saved."), "success")
    return _back(product_id)


@admin.post("/products/<int:product_id>/pictures/upload")
@staff_only(Permission.EDIT_PRODUCTS)
@may_repeat("pictures")
def products_upload(product_id: int) -> ResponseReturnValue:
    """Take in one or several pictures. Each is drawn anew; what cannot be used is named and the others stay."""
    page, form = product_for_staff(db(), product_id, today()), UploadForm()
    sent = [one for one in request.files.getlist("pictures") if one.filename]
    if not sent:
        form.pictures.errors = [_("Choose a JPEG, PNG or WebP picture.")]
    elif len(sent) > MOST_AT_ONCE:
        form.pictures.errors = [
            ngettext("At most %(num)d picture at once.", "At most %(num)d pictures at once.", MOST_AT_ONCE)
        ]
    elif form.validate():
        taken, problems = _take(product_id, sent, form.alt())
        if taken:
            flash(
                ngettext(
                    "%(num)d picture is here. Its sizes are made within a minute.",
                    "%(num)d pictures are here. Their sizes are made within a minute.",
                    taken,
                ),
                "success",
            )
        if not problems:
            return _back(product_id)
        form.pictures.errors = problems
        page = product_for_staff(db(), product_id, today())
    return _page(page, _alts_form(page, is_sent=False), form), 422


@admin.post("/products/<int:product_id>/pictures/<int:image_id>/<any(up, down, remove):act>")
@staff_only(Permission.EDIT_PRODUCTS)
def products_picture(product_id: int, image_id: int, act: str) -> ResponseReturnValue:
    """Show a picture earlier or later, or take it away."""
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    if image_id not in {image.id for image in product_for_staff(db(), product_id, today()).images}:
        raise NotFound
    if act == "remove":
        remove_photo(db(), _uploads(), image_id, who.account_id, who.role, now)
        flash(_("The picture is taken away."), "success")
    else:
        move_image(db(), image_id, -1 if act == "up" else 1, who.account_id, who.role, now)
    return _back(product_id)


def _take(product_id: int, sent: list[FileStorage], alt: Texts) -> tuple[int, list[str]]:
    """How many were taken in, and what is wrong with the others."""
    who, taken = staff(), 0
    assert who.role is not None  # the door let nobody else in
    problems: list[str] = []
    for one in sent:
        try:
            given = one.stream.read(MOST_BYTES + 1)
            add_photo(db(), _uploads(), product_id, given, alt, who.account_id, who.role, datetime.now(UTC))
            taken += 1
        except BadPicture as refusal:
            problems.append(_("%(file)s: %(why)s", file=_shown(one.filename or ""), why=words_for(refusal)))
        except Refusal as refusal:
            problems.append(words_for(refusal))
            break
    return taken, problems


def _shown(file_name: str) -> str:
    """The last part of a name that a browser sent, short enough to be read."""
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[-60:]


def _alts_form(page: Page, *, is_sent: bool = True) -> AltsForm:
    given = {
        f"alt_{language}_{image.id}": image.alt.get(language, "") for image in page.images for language in LANGUAGES
    }
    kind = form_for(tuple(image.id for image in page.images))
    return kind(**given) if is_sent else kind(formdata=None, data=given)


def _page(page: Page, form: AltsForm, upload: UploadForm | None = None) -> str:
    return render_template(
        "admin/products_pictures.html",
        page=page,
        form=form,
        upload=upload or UploadForm(formdata=None),
        most=MOST_IMAGES,
        most_at_once=MOST_AT_ONCE,
        is_described=_is_described,
        is_waiting=any(image.state == "waiting" for image in page.images),
        states=STATES,
        looks=LOOKS,
    )


def _is_described(image: Image) -> bool:
    return is_described(image.alt)


def _uploads() -> Path:
    settings: Settings = current_app.extensions["club_settings"]
    return settings.uploads_path


def _back(product_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.products_pictures", product_id=product_id), 303)

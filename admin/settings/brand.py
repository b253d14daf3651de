"""Logo, two colours and a pair of fonts: seen before they count, and refused where nobody could read them."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.numbers import format_decimal
from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Regexp

from admin import admin
from admin.settings.section import SectionForm, changed_in_words, save
from club.errors import BadSetting, ContrastTooLow, Refusal
from club.papers.keeping import logo_as_issued
from club.permissions import Permission
from club.programme.brand import BLACK, Brand, check_brand
from club.programme.logo import keep_logo
from club.programme.rules import Club, mark_of
from club.programme.service import change_part
from club.purchases.models import is_anything_bought
from club.settings import Settings
from web.access import staff_only
from web.database import db
from web.forms import Form, TextField
from web.languages import locale
from web.programme import programme
from web.theme import preview_sheet
from web.visitors import staff

COLOR = "#[0-9A-Fa-f]{6}"
FONTS = {
    "serif": _l("Serif headings, plain text"),
    "sans": _l("Plain headings and text"),
    "system": _l("The fonts of each device"),
}


class BrandForm(SectionForm):
    """The look."""

    columns = ("brand_color", "accent_color", "font_pair")

    brand_color = TextField(
        _l("Colour of buttons and of the card"),
        [Regexp(f"^{COLOR}$", message=_l("Enter a colour as six digits behind #, as in #16324A."))],
        longest=7,
        render_kw={"class": "form-control input-short", "data-color": "", "spellcheck": "false"},
    )
    accent_color = TextField(
        _l("Colour of marks"),
        [Regexp(f"^{COLOR}$", message=_l("Enter a colour as six digits behind #, as in #8A6420."))],
        longest=7,
        render_kw={"class": "form-control input-short", "data-color": "", "spellcheck": "false"},
    )
    font_pair = RadioField(_l("Fonts"), choices=[SelectChoice(key, words) for key, words in FONTS.items()])

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        return {
            "brand_color": (self.brand_color.data or "").upper(),
            "accent_color": (self.accent_color.data or "").upper(),
            "font_pair": self.font_pair.data,
        }

    def show(self, club: Club) -> None:
        """Fill the fields with what counts now."""
        for name in self.columns:
            self[name].data = getattr(club, name)

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        if isinstance(refusal, ContrastTooLow):
            return self[f"{refusal.name}_color"]
        return self.font_pair if isinstance(refusal, BadSetting) else None


class LogoForm(Form):
    """A picture."""

    logo = FileField(_l("Picture"), [FileRequired(_l("Choose a PNG, JPEG or WebP picture."))])


@dataclass(frozen=True)
class Faint:
    """A colour that cannot be read, and the nearest one that can."""

    field: str
    ratio: str
    nearest: str


@admin.route("/settings/brand", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_brand() -> ResponseReturnValue:
    """The look beside what it looks like; "Preview" shows it, "Save" makes it count."""
    form = BrandForm()
    if not form.is_submitted():
        form.show(programme())
        form.remember(programme())
        return _page(form)
    nearest = request.form.get("nearest", "")
    if nearest:
        _take_nearest(form, nearest)
        return _page(form)
    if not form.validate_on_submit():
        return _page(form), 422
    if request.form.get("do") != "save":
        return _page(form)
    if _refuse_faint(form):
        return _page(form), 422
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    flash(changed_in_words(changed), "success")
    return redirect(url_for("admin.settings_brand"), 303)


@admin.get("/settings/brand/preview.css")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_brand_preview() -> Response:
    """The variables of a choice that does not count yet."""
    club, asked = programme(), request.args
    brand = _color(asked.get("brand", ""), club.brand_color)
    accent = _color(asked.get("accent", ""), club.accent_color)
    fonts = asked.get("fonts", "")
    return Response(preview_sheet(brand, accent, fonts if fonts in FONTS else club.font_pair), mimetype="text/css")


@admin.post("/settings/brand/logo")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_brand_logo() -> ResponseReturnValue:
    """A new logo; the picture is drawn anew, nothing else of the file is kept."""
    form = LogoForm()
    if not form.validate_on_submit():
        return _page(_shown(), logo_form=form), 422
    uploads = _uploads()
    try:
        name = _kept(form, uploads)
    except BadSetting:
        form.logo.errors = [_("Use a PNG, JPEG or WebP picture of at most 5 MB and 20 million pixels.")]
        return _page(_shown(), logo_form=form), 422
    _replace_logo(name, uploads)
    flash(_("The new logo counts from now on."), "success")
    return redirect(url_for("admin.settings_brand"), 303)


@admin.post("/settings/brand/logo/remove")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_brand_no_logo() -> ResponseReturnValue:
    """The name alone stands in the header again."""
    _replace_logo(None, _uploads())
    flash(_("The logo is taken away."), "success")
    return redirect(url_for("admin.settings_brand"), 303)


def _uploads() -> Path:
    settings: Settings = current_app.extensions["club_settings"]
    return settings.uploads_path


def _kept(form: LogoForm, uploads: Path) -> str:
    uploads.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=uploads, prefix=".taken-", delete=False) as taken:
        form.logo.data.save(taken)
    try:
        return keep_logo(Path(taken.name), uploads)
    finally:
        Path(taken.name).unlink(missing_ok=True)


def _replace_logo(name: str | None, uploads: Path) -> None:
    who, club = staff(), programme()
    seen = mark_of(club, ("logo_file",))
    try:
        now = datetime.now(UTC)
        change_part(db(), {"logo_file": name}, seen, who.account_id, who.role, now, is_in_use=is_anything_bought)
    except Refusal:
        if name is not None:
            (uploads / name).unlink(missing_ok=True)
        raise
    if club.logo_file is not None:
        with suppress(OSError):
            logo_as_issued(uploads, club.logo_file)  # papers without a file yet are made with it
            (uploads / club.logo_file).unlink()


def _refuse_faint(form: BrandForm) -> bool:
    """Whether a colour cannot be read; the words stand at its field, the way out in the page."""
    for one in _faint(form):
        words = _("This colour is hard to read: contrast %(ratio)s, 4.5 is needed.", ratio=one.ratio)
        form[one.field].errors = [*form[one.field].errors, words]
    return bool(form.errors)


def _faint(form: BrandForm) -> list[Faint]:
    found = []
    for field, brand in (
        ("brand_color", lambda color: Brand(brand=color, accent=BLACK)),
        ("accent_color", lambda color: Brand(brand=BLACK, accent=color)),
    ):
        color = form[field].data or ""
        if re.fullmatch(COLOR, color):
            try:
                check_brand(brand(color))
            except ContrastTooLow as refusal:
                found.append(
                    Faint(field, format_decimal(refusal.ratio_percent / 100, "0.0#", locale=locale()), refusal.nearest)
                )
    return found


def _take_nearest(form: BrandForm, field: str) -> None:
    for one in _faint(form):
        if one.field == field:
            form[field].data = one.nearest
            form[field].raw_data = [one.nearest]


def _shown() -> BrandForm:
    """The form as it stands when something else on the page was sent."""
    form = BrandForm(formdata=None)
    form.show(programme())
    form.remember(programme())
    return form


def _page(form: BrandForm, differing: object = (), logo_form: LogoForm | None = None) -> str:
    club = programme()
    return render_template(
        "admin/settings_brand.html",
        form=form,
        logo_form=logo_form or LogoForm(formdata=None),
        differing=differing,
        faint={one.field: one for one in _faint(form)},
        preview=url_for(
            "admin.settings_brand_preview",
            brand=_color(form.brand_color.data or "", club.brand_color),
            accent=_color(form.accent_color.data or "", club.accent_color),
            fonts=form.font_pair.data if form.font_pair.data in FONTS else club.font_pair,
        ),
        example=club.point_value_points * 12,
    )


def _color(typed: str, otherwise: str) -> str:
    return typed.upper() if re.fullmatch(COLOR, typed) else otherwise

"""Name, promise, contact, validity, language, country, time zone and currency."""

from datetime import date

from babel import Locale
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.settings.section import SectionForm, changed_in_words, save, show_texts, texts_of
from club.errors import BadSetting, CurrencyLocked, Refusal
from club.permissions import Permission
from club.programme.rules import Club
from club.programme.time_zones import places
from club.purchases.models import is_anything_bought
from club.texts import LANGUAGES
from web.access import staff_only
from web.database import db
from web.forms import DayField, EmailField, Needed, TextAreaField, TextField
from web.languages import OWN_NAMES, locale
from web.programme import programme

LONGEST_NAME = 80
LONGEST_PROMISE = 200


class ClubForm(SectionForm):
    """The club as members and staff know it."""

    columns = (
        "name",
        "promise",
        "contact_email",
        "contact_phone",
        "contact_address",
        "valid_from",
        "valid_to",
        "main_language",
        "country",
        "time_zone",
        "currency",
    )

    name_en = TextField(_l("Name in English"), longest=LONGEST_NAME)
    name_es = TextField(_l("Name in Spanish"), longest=LONGEST_NAME)
    name_ru = TextField(_l("Name in Russian"), longest=LONGEST_NAME)
    promise_en = TextField(_l("Promise in English"), longest=LONGEST_PROMISE)
    promise_es = TextField(_l("Promise in Spanish"), longest=LONGEST_PROMISE)
    promise_ru = TextField(_l("Promise in Russian"), longest=LONGEST_PROMISE)
    contact_email = EmailField(_l("E-mail"))
    contact_phone = TextField(_l("Phone"), longest=32, render_kw={"type": "tel", "inputmode": "tel"})
    contact_address = TextAreaField(_l("Address"), longest=500)
    valid_from = DayField(_l("The programme began"), [Needed(_l("Enter the first day."))])
    valid_to = DayField(_l("The programme ends"))
    main_language = SelectField(_l("Main language"), choices=[SelectChoice(c, OWN_NAMES[c]) for c in LANGUAGES])
    country = SelectField(_l("Country"))
    time_zone = SelectField(_l("Time zone"), choices=lambda: [SelectChoice(zone, zone) for zone in places()])
    currency = TextField(_l("Currency"), longest=3, render_kw={"class": "form-control input-short"})
    sure = BooleanField(_l("The days of the club may begin at another hour from now on"))

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        plain = ("contact_email", "contact_phone", "contact_address", "main_language", "country", "time_zone")
        return {
            "name": texts_of(self, "name"),
            "promise": texts_of(self, "promise"),
            "valid_from": self.valid_from.data,
            "valid_to": self.valid_to.data,
            "currency": (self.currency.data or "").upper(),
            **{name: self[name].data or "" for name in plain},
        }

    def show(self, club: Club) -> None:
        """Fill the fields with what counts now."""
        show_texts(self, "name", club.name)
        show_texts(self, "promise", club.promise)
        for name in self.columns[2:]:
            value = getattr(club, name)
            self[name].data = value
            if isinstance(value, date):
                self[name].typed = {part: str(getattr(value, part)) for part in DayField.parts}

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        if isinstance(refusal, CurrencyLocked):
            return self.currency
        named: dict[str, Field] = {
            "name": self[f"name_{programme().main_language}"],
            "main language": self.main_language,
            "time zone": self.time_zone,
            "currency": self.currency,
            "country": self.country,
            "validity": self.valid_to,
        }
        return named.get(refusal.name) if isinstance(refusal, BadSetting) else None


@admin.route("/settings/club", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PROGRAMME)
def settings_club() -> ResponseReturnValue:
    """One form; another time zone asks for a tick."""
    form = ClubForm()
    form.country.choices = _countries(locale())
    if not form.is_submitted():
        form.show(programme())
        form.remember(programme())
    if not form.validate_on_submit() or _moves_days_unasked(form):
        return _page(form), 422 if form.errors else 200
    is_saved, changed, differing = save(form)
    if not is_saved:
        return _page(form, differing), 422
    flash(changed_in_words(changed), "success")
    if "time_zone" in changed:
        flash(_("Days are reckoned in the new time zone from now on. What was recorded keeps its day."), "info")
    return redirect(url_for("admin.settings_club"), 303)


def _moves_days_unasked(form: ClubForm) -> bool:
    if form.time_zone.data == programme().time_zone or form.sure.data:
        return False
    form.sure.errors = [_("Another time zone moves the hour at which days begin. Tick the box if that is meant.")]
    return True


def _page(form: ClubForm, differing: object = ()) -> str:
    asks = form.time_zone.data != programme().time_zone or bool(form.sure.errors)
    return render_template(
        "admin/settings_club.html",
        form=form,
        differing=differing,
        languages=LANGUAGES,
        is_locked=is_anything_bought(db()),
        asks_for_sure=asks,
    )


def _countries(spoken: Locale) -> list[SelectChoice]:
    known = {
        code: name for code, name in spoken.territories.items() if len(code) == 2 and code.isalpha() and code != "ZZ"
    }
    return [SelectChoice(code, name) for code, name in sorted(known.items(), key=lambda pair: pair[1])]

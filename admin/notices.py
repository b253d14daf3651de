"""What the club says by itself: notices and greetings switched on and off, and the days that it greets for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from admin import admin
from admin.mail_words import ACTS
from club.errors import BadLeads, Refusal
from club.notices.calendars import Holiday, holidays_in
from club.notices.models import KeptView, kept_days, settings_of
from club.notices.rules import GREETINGS, LAST, LONGEST_NAME, LONGEST_WORDS, SHIPPED, Keeps, KeptDay, Notice, Setting
from club.notices.rules import checked_leads as checked
from club.notices.service.choosing import Holidays, add_day, remove_day, save
from club.permissions import Permission
from club.texts import LANGUAGES, Texts
from web.access import staff_only
from web.database import db
from web.delivery_words import country_name
from web.formats import day_month
from web.forms import Form, TextField, WholeNumberField
from web.languages import OWN_NAMES, in_language, locale
from web.programme import programme, today
from web.refusing import refused
from web.security import may_repeat
from web.visitors import staff

ABOUT_POINTS = tuple(notice for notice in Notice if notice not in GREETINGS)
_NTH = ((1, _l("first")), (2, _l("second")), (3, _l("third")), (4, _l("fourth")), (LAST, _l("last")))


class NoticesForm(Form):
    """One tick a notice; where it comes some days before, those days. And the holidays of the club's country."""

    holidays = SelectMultipleField(
        _l("Holidays that are greeted for"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=True,
    )

    def offer(self, found: tuple[Holiday, ...]) -> None:
        """The holidays of the country, with their days of this year."""
        self.holidays.choices = [
            SelectChoice(one.key, f"{in_language(one.name)}, {day_month(one.day)}") for one in found
        ]

    def show(self, known: dict[Notice, Setting], kept: set[str]) -> None:
        """What holds now."""
        for notice, setting in known.items():
            self[on_field(notice)].data = setting.is_on
            if SHIPPED[notice].leads:
                self[leads_field(notice)].data = ", ".join(map(str, setting.leads))
        self.holidays.data = [choice.value for choice in self.holidays.choices if choice.value in kept]

    def wanted(self) -> dict[Notice, Setting] | None:
        """What was chosen; None where days cannot be read, which is said beside them."""
        found, is_whole = {}, True
        for notice in Notice:
            leads: tuple[int, ...] = ()
            if SHIPPED[notice].leads:
                try:
                    leads = checked(list(_numbers(self[leads_field(notice)].data or "")))
                except BadLeads as refusal:
                    self.refuse(refusal, self[leads_field(notice)])
                    is_whole = False
            found[notice] = Setting(self[on_field(notice)].data, leads)
        return found if is_whole else None


def on_field(notice: Notice) -> str:
    """The name of its tick."""
    return "on_" + notice.value.replace(".", "_")


def leads_field(notice: Notice) -> str:
    """The name of its days."""
    return "days_" + notice.value.replace(".", "_")


for _notice in Notice:
    setattr(NoticesForm, on_field(_notice), BooleanField(ACTS[_notice.value]))
    if SHIPPED[_notice].leads:
        setattr(NoticesForm, leads_field(_notice), TextField(_l("Days before"), longest=60))


class DayForm(Form):
    """The day of a profession: a date, or the weekday of a month."""

    name_en = TextField("English", longest=LONGEST_NAME)
    name_es = TextField("Español", longest=LONGEST_NAME)
    name_ru = TextField("Русский", longest=LONGEST_NAME)
    month = SelectField(_l("Month"), coerce=int)
    day = WholeNumberField(_l("Day"), least=1, most=31)
    nth = SelectField(_l("Or which one"), coerce=int, default=0)
    weekday = SelectField(_l("Weekday"), coerce=int, default=6)
    words = TextField(_l("Words of the profession"), longest=LONGEST_WORDS)

    def offer(self) -> None:
        """Months and weekdays in the reader's language."""
        months, weekdays = locale().months["stand-alone"]["wide"], locale().days["stand-alone"]["wide"]
        self.month.choices = [SelectChoice(number, months[number]) for number in range(1, 13)]
        self.nth.choices = [SelectChoice(0, "–"), *(SelectChoice(nth, words) for nth, words in _NTH)]
        self.weekday.choices = [SelectChoice(number, weekdays[number]) for number in range(7)]

    def kept(self) -> KeptDay:
        """What was typed."""
        names = {code: self[f"name_{code}"].data for code in LANGUAGES if self[f"name_{code}"].data}
        is_weekday = bool(self.nth.data) and self.day.data is None
        return KeptDay(
            keeps=Keeps.PROFESSION,
            name=Texts(names),
            month=self.month.data,
            day=self.day.data,
            weekday=self.weekday.data if is_weekday else None,
            nth=self.nth.data if is_weekday else None,
            words=self.words.data or "",
        )


@admin.route("/notices", methods=["GET", "POST"])
@staff_only(Permission.EDIT_MESSAGES)
@may_repeat("holidays")
def notices() -> ResponseReturnValue:
    """What the club says by itself."""
    if request.method != "POST":
        days = kept_days(db())
        return _page(_filled(days), days=days), 200
    club, form, who = programme(), NoticesForm(), staff()
    form.offer(holidays_in(club.country, today().year))
    wanted = form.wanted() if form.validate_on_submit() else None
    if wanted is None:
        return _page(form, days=kept_days(db())), 422
    now = datetime.now(UTC)
    holidays = Holidays(club.country, today().year, frozenset(form.holidays.data or ()))
    save(db(), wanted, holidays, who.account_id, who.role, now)
    flash(_("Saved. It holds from the coming night on."), "success")
    return redirect(url_for("admin.notices"), 303)


@admin.post("/notices/days")
@staff_only(Permission.EDIT_MESSAGES)
def notices_day() -> ResponseReturnValue:
    """The day of one more profession."""
    form, who = DayForm(), staff()
    form.offer()
    if not form.validate_on_submit():
        days = kept_days(db())
        return _page(_filled(days), form, days=days), 422
    try:
        add_day(db(), form.kept(), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        fields = {"name": form.name_en, "words": form.words}
        form.refuse(refusal, fields.get(getattr(refusal, "fault", ""), form.day))
        days = kept_days(db())
        return refused(_page(_filled(days), form, days=days), refusal)
    flash(_("The day is kept from now on."), "success")
    return redirect(url_for("admin.notices") + "#days", 303)


@admin.post("/notices/days/<int:day_id>/remove")
@staff_only(Permission.EDIT_MESSAGES)
def notices_day_removed(day_id: int) -> ResponseReturnValue:
    """It is kept no more."""
    who = staff()
    remove_day(db(), day_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The day is kept no more. It can be entered again at any time."), "success")
    return redirect(url_for("admin.notices") + "#days", 303)


def _numbers(typed: str) -> Iterator[int]:
    for part in typed.replace(";", ",").split(","):
        text = part.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise BadLeads
        yield int(text)


def _filled(days: list[KeptView]) -> NoticesForm:
    """The first form as it holds."""
    club, form = programme(), NoticesForm(formdata=None)
    form.offer(holidays_in(club.country, today().year))
    form.show(settings_of(db()), {one.kept.holiday for one in days if one.kept.country == club.country})
    return form


def _page(form: NoticesForm, day_form: DayForm | None = None, *, days: list[KeptView]) -> str:
    if day_form is None:
        day_form = DayForm(formdata=None)
        day_form.offer()
    return render_template(
        "admin/notices.html",
        form=form,
        day_form=day_form,
        about_points=[(one, form[on_field(one)], _leads_of(form, one)) for one in ABOUT_POINTS],
        greetings=[(one, form[on_field(one)]) for one in GREETINGS],
        days=[(one.id, in_language(one.kept.name), _falls_on(one)) for one in days if _is_of_work(one)],
        country=country_name(programme().country),
        languages=OWN_NAMES,
    )


def _leads_of(form: NoticesForm, notice: Notice) -> object:
    return form[leads_field(notice)] if SHIPPED[notice].leads else None


def _is_of_work(one: KeptView) -> bool:
    return one.kept.keeps is Keeps.PROFESSION


def _falls_on(one: KeptView) -> date:
    return one.kept.falls_on(today().year)

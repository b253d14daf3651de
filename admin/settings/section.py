"""What every page of settings has in common: what was seen is remembered, a stale save shows both values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField

from admin.audit.words import FIELDS, TIMES_OF_DAY
from club.database import Transaction
from club.errors import BadSetting, ChangedMeanwhile, Refusal
from club.programme.rules import Club, mark_of
from club.programme.service import change_part
from club.purchases.models import is_anything_bought
from club.texts import LANGUAGES, Texts
from web.database import db
from web.formats import clock_time, day, number
from web.forms import Form
from web.languages import OWN_NAMES
from web.programme import forget_programme, programme
from web.visitors import staff

WRONG: dict[str, Any] = {
    "name": _l("Give the club a name."),
    "main language": _l("Choose one of the languages."),
    "time zone": _l("Choose a time zone."),
    "currency": _l("Enter the three letters of a currency, as in EUR."),
    "country": _l("Choose a country."),
    "value of a point": _l("Enter two numbers above zero."),
    "step of spending": _l("Enter a number above zero."),
    "expiry": _l("Enter months, or 0 for never."),
    "validity": _l("The last day lies before the first one. Look at both again."),
    "fonts": _l("Choose one of the pairs."),
    "word for points": _l("Enter every form of the word."),
    "limit of points": _l("Enter a number above zero."),
    "contacts": _l("Enter a number from 1 to 1,000."),
    "contact days": _l("Enter days from 1 to 366."),
    "quiet hours": _l("Choose two times of day."),
    "answer hours": _l("Choose an end that is an hour after the beginning, or later."),
    "answer days": _l("Choose one day at least."),
    "answer within": _l("Enter a number from 1 to 80."),
    "goodwill": _l("Enter a number above zero."),
    "transfers": _l("At once no more than in a month, and in a month no more than in a year."),
    "transfer wait": _l("Enter days from 0 to 3,650."),
    "household": _l("Enter a number from 2 to 20."),
    "household wait": _l("Enter days from 0 to 3,650."),
}
"""What is wrong, for each thing that the rules of the programme refuse by name."""


@dataclass(frozen=True)
class Differing:
    """A setting that somebody else changed while this page was open."""

    words: str
    theirs: str
    yours: str


class SectionForm(Form):
    """One page of settings. `columns` are those of the programme's row that it saves."""

    seen = HiddenField()
    columns: ClassVar[tuple[str, ...]] = ()

    def values(self) -> dict[str, object]:
        """What was typed, by column."""
        raise NotImplementedError

    def field_of(self, refusal: Refusal) -> Field | None:
        """The field that a refusal speaks of."""
        return None

    def also(self, tx: Transaction, changed: tuple[str, ...]) -> None:
        """What a save brings with it, in its transaction: nothing, mostly."""

    def remember(self, club: Club) -> None:
        """Carry the mark of what the page shows."""
        self.seen.data = mark_of(club, self.columns)


def save(form: SectionForm) -> tuple[bool, tuple[str, ...], list[Differing]]:
    """Save a form that was checked: whether it was, which columns changed, and what differs if it was stale."""
    who, values = staff(), form.values()
    try:
        changed = change_part(
            db(),
            values,
            form.seen.data or "",
            who.account_id,
            who.role,
            datetime.now(UTC),
            is_in_use=is_anything_bought,
            also=form.also,
        )
    except ChangedMeanwhile as refusal:
        db().rollback()
        forget_programme()
        form.refuse(refusal)
        form.remember(programme())
        return False, (), differing(values)
    except Refusal as refusal:
        put_words(form, refusal)
        return False, (), []
    return True, changed, []


def put_words(form: SectionForm, refusal: Refusal) -> None:
    """The words of a refusal at the field that it speaks of."""
    field = form.field_of(refusal)
    if isinstance(refusal, BadSetting) and refusal.name in WRONG:
        words = str(WRONG[refusal.name])
        if field is None:
            form.form_errors.append(words)
        else:
            field.errors = [*field.errors, words]
    else:
        form.refuse(refusal, field)


def differing(values: dict[str, object]) -> list[Differing]:
    """What stands there now beside what was typed, where the two differ."""
    club = programme()
    return [
        Differing(str(FIELDS.get(name, name)), plain(getattr(club, name), name), plain(value, name))
        for name, value in values.items()
        if getattr(club, name) != value
    ]


def plain(value: object, name: str = "") -> str:
    """A setting as text."""
    match value:
        case None | "":
            return "–"
        case Texts():
            return "; ".join(f"{OWN_NAMES[code]}: {value[code]}" for code in value)
        case date():
            return day(value)
        case bool():
            return _("yes") if value else _("no")
        case int():
            return clock_time(value) if name in TIMES_OF_DAY else number(value)
        case dict():
            return "; ".join(f"{OWN_NAMES.get(code, code)}: {', '.join(forms)}" for code, forms in value.items())
    return str(value)


def texts_of(form: Form, name: str) -> Texts:
    """Three fields of one text."""
    return Texts({code: form[f"{name}_{code}"].data or "" for code in LANGUAGES})


def show_texts(form: Form, name: str, texts: Texts) -> None:
    """Fill three fields with one text."""
    for code in LANGUAGES:
        form[f"{name}_{code}"].data = texts.get(code, "")


def changed_in_words(columns: Iterable[str]) -> str:
    """What a save changed."""
    words = ", ".join(str(FIELDS.get(name, name)) for name in columns)
    return _("Saved: %(fields)s.", fields=words) if words else _("Nothing was changed.")

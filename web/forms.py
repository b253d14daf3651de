"""Form fields as this club uses them: errors say what to do, what was typed stays, one error summary."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField
from wtforms import EmailField as PlainEmailField
from wtforms import PasswordField as PlainPasswordField
from wtforms.utils import unset_value
from wtforms.validators import InputRequired, Length, StopValidation
from wtforms.widgets import Select, TextArea, TextInput, html_params

from club.errors import Refusal
from club.money import LARGEST_AMOUNT, to_major
from web.formats import money, number
from web.languages import locale
from web.messages import words_for
from web.programme import programme
from web.typed import NotANumber, TooManyDecimals, amount_typed, whole_number_typed

Words = str | Any
"""Text or lazy text."""

LONGEST_EMAIL = 254
FIRST_YEAR = 1900


@dataclass(frozen=True)
class Mistake:
    """One line of the error summary; `target` is the id to jump to, empty for the form as a whole."""

    target: str
    words: str


class _Select(Select):
    """WTForms's own sorts the attributes of every option and looks up how to draw it: a third of a list's filters."""

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        if self.multiple or field.has_groups():
            drawn: Markup = super().__call__(field, **attributes)
            return drawn
        needed = {"required": True} if field.flags.required else {}
        options = "".join(_option(choice.value, choice.label, choice.selected) for choice in field.iter_choices())
        head = html_params(name=field.name, **{"id": field.id, **needed, **attributes})
        return Markup(f"<select {head}>{options}</select>")  # noqa: S704 - every part is escaped


def _option(value: Any, label: Any, is_chosen: bool) -> str:
    return f'<option {"selected " if is_chosen else ""}value="{escape(value)}">{escape(label)}</option>'


_SELECT = _Select()


def _shown_in(field: Field) -> Hashable:
    """What stands in a field: its choices and which of them is chosen, its text, or its tick."""
    if isinstance(field, SelectField):
        return tuple((choice.value, str(choice.label), choice.selected) for choice in field.iter_choices())
    if isinstance(field, DayField):
        return tuple(field.typed.items())
    return field.data if isinstance(field, BooleanField) else field._value()


class Form(FlaskForm):
    """Every form of the club. Checked on the server, when it is sent."""

    class Meta(FlaskForm.Meta):
        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Markup:
            """Lists to choose from are drawn by us."""
            if type(field.widget) is Select:
                field.widget = _SELECT
            drawn: Markup = super().render_field(field, render_kw)
            return drawn

    def look(self) -> Hashable:
        """All that its visible fields are drawn from, where their labels and attributes are those of the class.

        None where somebody typed words or has to correct something: that is drawn for them alone.
        """
        fields = [field for field in self if not isinstance(field, HiddenField)]
        if any(field.errors or (isinstance(field, StringField) and field.data) for field in fields):
            return None
        return type(self), tuple((field.name, _shown_in(field)) for field in fields)

    def mistakes(self) -> list[Mistake]:
        """All errors in the order of the fields."""
        whole = [Mistake("", str(words)) for words in self.form_errors]
        return whole + [Mistake(field.id, str(words)) for field in self for words in _flat(field.errors)]

    def refuse(self, refusal: Refusal, field: Field | None = None) -> None:
        """Put the words of a refusal at a field, or above the form."""
        if field is None:
            self.form_errors.append(words_for(refusal))
        else:
            field.errors = [*field.errors, words_for(refusal)]


def _flat(errors: Any) -> Sequence[Any]:
    return [words for words in errors if words]


class Needed(InputRequired):
    """The field has to be filled; the message says with what."""

    def __init__(self, message: Words) -> None:
        super().__init__(message)

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if field.errors:
            raise StopValidation
        typed = field.raw_data[0] if field.raw_data else None
        if typed is None or (isinstance(typed, str) and not typed.strip()):
            raise StopValidation(str(self.message))


def stripped(text: str | None) -> str | None:
    """Without spaces around it."""
    return text.strip() if text else text


class TextField(StringField):
    """One line of text, at most `longest` characters, without spaces around it or control characters in it."""

    def __init__(self, label: Words, validators: Sequence[Any] = (), *, longest: int = 200, **kwargs: Any) -> None:
        at_most = Length(max=longest, message=_l("Use at most %(max)d characters."))
        super().__init__(label, [*validators, at_most], filters=[stripped], **kwargs)

    def pre_validate(self, form: FlaskForm) -> None:
        """Refuse what no keyboard writes into one line."""
        if any(ord(char) < 32 for char in self.data or ""):
            raise StopValidation(_("Use letters, digits and signs on one line."))


class TextAreaField(StringField):
    """Several lines of text, at most `longest` characters."""

    widget = TextArea()

    def __init__(
        self, label: Words, validators: Sequence[Any] = (), *, longest: int = 4000, rows: int = 3, **kwargs: Any
    ) -> None:
        at_most = Length(max=longest, message=_l("Use at most %(max)d characters."))
        attributes = {"rows": rows, **kwargs.pop("render_kw", {})}
        super().__init__(label, [*validators, at_most], filters=[stripped], render_kw=attributes, **kwargs)

    def pre_validate(self, form: FlaskForm) -> None:
        """Refuse what no keyboard writes; line ends and tabs are fine."""
        if any(ord(char) < 32 and char not in "\r\n\t" for char in self.data or ""):
            raise StopValidation(_("Use letters, digits and signs."))


class EmailField(PlainEmailField):
    """An e-mail address, folded by whoever keeps it."""

    def __init__(self, label: Words, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        attributes = {"autocomplete": "email", "spellcheck": "false", **kwargs.pop("render_kw", {})}
        super().__init__(label, validators, filters=[stripped], render_kw=attributes, **kwargs)

    def pre_validate(self, form: FlaskForm) -> None:
        """An address has something on both sides of one @."""
        text = self.data or ""
        if text and (len(text) > LONGEST_EMAIL or not re.fullmatch(r"[^@\s]+@[^@\s]+", text)):
            raise StopValidation(_("Enter an e-mail address like name@example.org."))


class PasswordField(PlainPasswordField):
    """A password, asked once, pasted or typed; the page adds a button that shows it."""

    def __init__(self, label: Words, validators: Sequence[Any] = (), *, is_new: bool = False, **kwargs: Any) -> None:
        attributes = {"autocomplete": "new-password" if is_new else "current-password", **kwargs.pop("render_kw", {})}
        super().__init__(label, validators, render_kw=attributes, **kwargs)


class _NumberField(Field):
    """Text in, whole units out; what was typed is shown again as it was."""

    data: int | None
    widget = TextInput()

    def __init__(
        self, label: Words, validators: Sequence[Any] = (), *, least: int = 0, most: int = LARGEST_AMOUNT, **kwargs: Any
    ) -> None:
        self.least, self.most = least, most
        attributes = {"autocomplete": "off", "class": "form-control num input-short", **kwargs.pop("render_kw", {})}
        super().__init__(label, validators, render_kw={**self.keyboard, **attributes}, **kwargs)

    keyboard: dict[str, str] = {}  # noqa: RUF012 - read only

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        self.data = None
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            return
        value = self._read(typed)
        if value < self.least:
            raise ValueError(_("Enter %(least)s or more.", least=self._show(self.least)))
        if value > self.most:
            raise ValueError(_("Enter %(most)s or less.", most=self._show(self.most)))
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self._edited(self.data)

    def _read(self, typed: str) -> int:
        raise NotImplementedError

    def _show(self, value: int) -> str:
        raise NotImplementedError

    def _edited(self, value: int) -> str:
        raise NotImplementedError


class MoneyField(_NumberField):
    """An amount of the club's currency, in minor units."""

    keyboard = {"inputmode": "decimal"}  # noqa: RUF012 - read only

    def _read(self, typed: str) -> int:
        try:
            return amount_typed(typed, programme().currency, locale())
        except TooManyDecimals:
            raise ValueError(
                _("Use fewer digits behind the decimal sign, as in %(amount)s.", amount=money(123450))
            ) from None
        except NotANumber:
            raise ValueError(_("Enter an amount, as in %(example)s.", example=money(123450))) from None

    def _show(self, value: int) -> str:
        return money(value)

    def _edited(self, value: int) -> str:
        decimal_sign = locale().number_symbols["latn"]["decimal"]
        return str(to_major(value, programme().currency)).replace(".", decimal_sign)


class WholeNumberField(_NumberField):
    """A whole number: points, purchases, places."""

    keyboard = {"inputmode": "numeric"}  # noqa: RUF012 - read only

    def _read(self, typed: str) -> int:
        try:
            return whole_number_typed(typed, locale())
        except NotANumber:
            raise ValueError(_("Enter a whole number, as in %(example)s.", example=number(1200))) from None

    def _show(self, value: int) -> str:
        return number(value)

    def _edited(self, value: int) -> str:
        return str(value)


class MultiplierField(_NumberField):
    """A factor, in percent: 1.5 is typed, 150 is kept."""

    keyboard = {"inputmode": "decimal"}  # noqa: RUF012 - read only

    def _read(self, typed: str) -> int:
        try:
            return amount_typed(typed.lstrip("\u00d7x* "), "", locale())
        except NotANumber:
            raise ValueError(_("Enter a factor, as in %(example)s.", example=self._edited(150))) from None

    def _show(self, value: int) -> str:
        return self._edited(value)

    def _edited(self, value: int) -> str:
        whole, part = divmod(value, 100)
        decimal_sign = locale().number_symbols["latn"]["decimal"]
        return f"{whole}{decimal_sign}{part:02}".rstrip("0").removesuffix(decimal_sign) if part else str(whole)


class DayField(Field):
    """A day in three parts: nobody has to guess an order of day and month."""

    data: date | None
    parts = ("day", "month", "year")

    def __init__(self, label: Words, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        self.typed = dict.fromkeys(self.parts, "")
        super().__init__(label, validators, **kwargs)

    def process(
        self, formdata: MultiDict[str, str] | None, data: Any = unset_value, extra_filters: Sequence[Any] | None = None
    ) -> None:
        """Read the three parts, or show the three parts of a day that is known."""
        super().process(None, data, extra_filters)
        if formdata is None or not any(f"{self.name}-{part}" in formdata for part in self.parts):
            if isinstance(self.data, date):
                self.typed = {part: str(getattr(self.data, part)) for part in self.parts}
            return
        self.typed = {part: formdata.get(f"{self.name}-{part}", "").strip()[:8] for part in self.parts}
        self.raw_data = ["".join(self.typed.values())]
        self.data = None
        if self.raw_data[0]:
            self._read()

    def _read(self) -> None:
        if not all(re.fullmatch("[0-9]{1,4}", text) for text in self.typed.values()):
            self.process_errors = [_("Enter day, month and year as numbers, as in 27 3 2026.")]
            return
        try:
            found = date(int(self.typed["year"]), int(self.typed["month"]), int(self.typed["day"]))
        except ValueError:
            self.process_errors = [_("There is no such day. Look at day and month again.")]
            return
        if found.year < FIRST_YEAR:
            self.process_errors = [_("Enter the year with four digits.")]
            return
        self.data = found


class OnceKeyField(HiddenField):
    """A fresh key with every form shown, for use cases that must happen once however often the form is sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("", default=lambda: token_hex(16), **kwargs)

    data: str | None

    def renew(self) -> None:
        """What is sent next counts as something else."""
        self.data = token_hex(16)

    def pre_validate(self, form: FlaskForm) -> None:
        """A key that this page did not make is replaced by the form shown again."""
        if not re.fullmatch("[0-9a-f]{32}", self.data or ""):
            self.data = token_hex(16)
            raise StopValidation(_("This form was open for too long. Look at it once more and send it again."))


def once(key: str, account_id: int) -> bytes:
    """What a form with a `OnceKeyField` is recognised by when the same person sends it again."""
    return sha256(f"{account_id}:{key}".encode()).digest()

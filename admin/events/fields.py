"""Fields that only events have: a time of day, as the club's clock shows it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from wtforms import Field, ValidationError
from wtforms.widgets import TextInput

from web.forms import DayField, Form, Words
from web.programme import today

_TYPED = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?::[0-9]{2})?")
MOST_YEARS = 5


def event_day(label: Words, validators: Sequence[Any] = ()) -> DayField:
    """A field for a day within some years: a slip in the year is seen at once."""
    return DayField(label, [*validators, _is_near])


def _is_near(form: Form, field: Field) -> None:
    if field.data is not None and field.data.year > today().year + MOST_YEARS:
        raise ValidationError(_("Choose a day at most five years ahead. Look at the year again."))


class TimeField(Field):
    """A time of day: 19:30, 19.30 or 19 is typed; browsers that know times offer their own chooser."""

    data: time | None
    widget = TextInput()

    def __init__(self, label: Words, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        look = {"type": "time", "class": "form-control num input-short", **kwargs.pop("render_kw", {})}
        super().__init__(label, validators, render_kw=look, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        self.data = None
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            return
        found = _TYPED.fullmatch(typed)
        if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
            raise ValueError(_("Enter a time of day, as in 19:30."))
        self.data = time(int(found[1]), int(found[2] or 0))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""


def moment_in(day: date, at: time, zone: str) -> datetime | None:
    """That time of that day in the club, in UTC; None where the clocks are put forward over it."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None) else None

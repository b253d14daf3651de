"""Where somebody lives who wants to join: asked only where the club wrote down whose people may."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.delivery.countries import countries_to_join
from club.joining.rules import LivesIn
from web.database import db
from web.delivery_words import country_name
from web.forms import Form
from web.programme import programme

ELSEWHERE = "-"


class LivingForm(Form):
    """A form that asks it; the club's own country is chosen already, and counts where nothing is sent."""

    country = SelectField(_l("Where you live"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_to = countries_to_join(db())
        if self._open_to is None:
            del self.country
            return
        named = [SelectChoice(code, country_name(code)) for code in self._open_to]
        self.country.choices = [*named, SelectChoice(ELSEWHERE, _("Another country"))]
        if self.country.data is None:
            own = programme().country
            self.country.data = own if own in self._open_to else next(iter(self._open_to), ELSEWHERE)

    @property
    def lives_in(self) -> LivesIn | None:
        """What was chosen; None where nobody asks."""
        return None if self._open_to is None else LivesIn(self.country.data or "", self._open_to)

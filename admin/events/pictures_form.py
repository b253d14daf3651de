"""The form that pictures of an event come with."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField

from club.catalogue.rules.products import LONGEST_ALT
from club.texts import LANGUAGES, Texts
from web.forms import Form, TextField
from web.languages import OWN_NAMES


def _alt(language: str) -> TextField:
    return TextField(OWN_NAMES[language], longest=LONGEST_ALT, render_kw={"lang": language, "autocomplete": "off"})


class PicturesForm(Form):
    """Pictures, what they show, and whether they were taken there."""

    pictures = MultipleFileField(
        _l("Pictures"), render_kw={"accept": "image/jpeg,image/png,image/webp", "class": "form-control"}
    )
    alt_en, alt_es, alt_ru = _alt("en"), _alt("es"), _alt("ru")
    is_photo = BooleanField(_l("Taken at the event"))

    def alt(self) -> Texts:
        """What the pictures show."""
        return Texts({language: self[f"alt_{language}"].data or "" for language in LANGUAGES})

"""What keeps machines off forms that are open to everybody: no puzzle, nothing that a person sees."""

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner
from wtforms import HiddenField, StringField

from club.errors import SentTooFast
from web.forms import Form

LEAST_SECONDS = 3
"""Nobody reads a form, fills it in and sends it faster."""


def shown_now() -> str:
    """The moment at which a form is shown, signed."""
    return _signer().sign(b"form").decode()


class TrapFields(Form):
    """A field that only machines fill in, and when the form was shown."""

    website = StringField("", render_kw={"tabindex": "-1", "autocomplete": "off"})
    shown = HiddenField()

    @property
    def is_trapped(self) -> bool:
        """Something filled in what no person sees."""
        return bool(self.website.data)

    def check_time(self) -> None:
        """Raise `SentTooFast` for a form that was never shown, or a moment ago."""
        try:
            _, shown = _signer().unsign(self.shown.data or "", return_timestamp=True)
        except BadSignature:
            self.shown.data = shown_now()
            raise SentTooFast from None
        if _signer().get_timestamp() - shown.timestamp() < LEAST_SECONDS:
            raise SentTooFast


def _signer() -> TimestampSigner:
    return TimestampSigner(str(current_app.config["SECRET_KEY"]), salt="trap")

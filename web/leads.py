"""What requests and their sources are called, and the forms on which people ask, for every door."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from club.contact.rules import Channel
from club.joining.rules import TEXT_VERSION
from club.leads.models import Form as KeptForm
from club.leads.rules import (
    LONGEST_LINE,
    LONGEST_MESSAGE,
    LONGEST_REFERRER,
    USUAL_FIELDS,
    Asks,
    Basis,
    NewLead,
    SourceKind,
)
from web.forms import EmailField, Needed, OnceKeyField, TextAreaField, TextField
from web.languages import in_language, language
from web.trap import TrapFields

KINDS: dict[SourceKind, Any] = {
    SourceKind.DIRECTORY: _l("Directory or list"),
    SourceKind.EVENT: _l("Event"),
    SourceKind.FORM: _l("Form on the website"),
    SourceKind.IMPORT: _l("Import"),
    SourceKind.NOTE: _l("Field note"),
    SourceKind.REFERRAL: _l("Recommended by a member"),
    SourceKind.COUNTER: _l("Counter"),
    SourceKind.SHOP: _l("Shop"),
}
BASES: dict[Basis, Any] = {
    Basis.ASKED: _l("They ask to be contacted"),
    Basis.CONSENT: _l("They agreed, and the source can show it"),
    Basis.PUBLIC: _l("Their details are public, and our interest was weighed"),
    Basis.UNCLEAR: _l("Not looked at yet: nobody of this source is written to"),
}
CHANNELS: dict[Channel, Any] = {Channel.EMAIL: _l("By e-mail"), Channel.PHONE: _l("By phone")}
LABELS: dict[Asks, Any] = {
    Asks.EMAIL: _l("E-mail"),
    Asks.PHONE: _l("Phone"),
    Asks.CHANNEL: _l("How shall we contact you?"),
    Asks.TIMES: _l("When suits you best?"),
    Asks.INTEREST: _l("What interests you?"),
    Asks.SUPPLIER: _l("Where do you buy today?"),
    Asks.MESSAGE: _l("Message"),
}


def source_name(kind: SourceKind, name: str) -> str:
    """A source by its name; the club's own source of a kind by the kind."""
    return name or str(KINDS[kind])


@dataclass(frozen=True)
class Shown:
    """A form as its page shows it, in the reader's language."""

    title: str
    words: str
    thanks: str
    consent: str
    fields: tuple[Asks, ...]
    source: int | SourceKind
    campaign: str = ""
    form_id: int | None = None
    words_version: str = f"contact {TEXT_VERSION}"
    is_kiosk: bool = False


def standard_form() -> Shown:
    """The club's own page for whoever wants to be contacted, until staff write another one."""
    return Shown(
        title=_("Talk to us"),
        words=_("Leave your name and how to reach you. Somebody of the club answers within one working day."),
        thanks="",
        consent=standard_consent(),
        fields=USUAL_FIELDS,
        source=SourceKind.FORM,
    )


def standard_consent() -> str:
    """The words beside the box, unless staff wrote their own."""
    return _("Contact me about this request. I have read the privacy notice.")


def shown_form(form: KeptForm) -> Shown:
    """A form that staff wrote."""
    content = form.content
    return Shown(
        title=in_language(content.title),
        words=in_language(content.words),
        thanks=in_language(content.thanks),
        consent=in_language(content.consent),
        fields=content.fields,
        source=content.source_id,
        campaign=content.campaign,
        form_id=form.id,
        words_version=form.words_version,
        is_kiosk=content.is_kiosk,
    )


def form_address(slug: str, *, kiosk: bool = False) -> str:
    """Where a form stands, to be written down or scanned."""
    return url_for("portal.lead_form", slug=slug, kiosk="1" if kiosk else None, _external=True)


class RequestForm(TrapFields):
    """Whoever wants to be contacted. Fields that the form does not ask are taken out."""

    name = TextField(
        _l("Name"), [Needed(_l("Enter your name."))], render_kw={"autocomplete": "name", "autocapitalize": "words"}
    )
    email = EmailField(LABELS[Asks.EMAIL])
    phone = TextField(LABELS[Asks.PHONE], longest=40, render_kw={"type": "tel", "autocomplete": "tel"})
    channel = RadioField(
        LABELS[Asks.CHANNEL],
        choices=[
            SelectChoice("", _l("As you like")),
            *(SelectChoice(one.value, said) for one, said in CHANNELS.items()),
        ],
        default="",
    )
    times = TextField(LABELS[Asks.TIMES], longest=LONGEST_LINE)
    interest = TextField(LABELS[Asks.INTEREST], longest=LONGEST_LINE)
    supplier = TextField(LABELS[Asks.SUPPLIER], longest=LONGEST_LINE)
    message = TextAreaField(LABELS[Asks.MESSAGE], longest=LONGEST_MESSAGE, rows=4)
    consent = BooleanField("", [Needed(_l("Tick the box, so that we may contact you."))])
    came = HiddenField()
    campaign = HiddenField()
    key = OnceKeyField()

    def ask_only(self, shown: Shown) -> None:
        """Take out what this form does not ask, and say its words of consent."""
        for one in Asks:
            if one not in shown.fields:
                del self[one.value]
        self.consent.label.text = shown.consent

    def lead(self, shown: Shown) -> NewLead:
        """What was typed, as a value."""
        said = {one: str(self[one.value].data or "") if one.value in self else "" for one in Asks}
        channel = said[Asks.CHANNEL]
        return NewLead(
            full_name=self.name.data or "",
            language=language(),
            source=shown.source,
            campaign=shown.campaign or self.campaign.data or "",
            form_id=shown.form_id,
            channel=Channel(channel) if channel else None,
            referrer=self.came.data or "",
            words_version=shown.words_version,
            once=f"form:{self.key.data}",
            email=said[Asks.EMAIL],
            phone=said[Asks.PHONE],
            times=said[Asks.TIMES],
            interest=said[Asks.INTEREST],
            supplier=said[Asks.SUPPLIER],
            message=said[Asks.MESSAGE],
        )


def host_of(referrer: str | None) -> str:
    """The host of the page from which somebody came; nothing else of its address is kept."""
    try:
        host = urlsplit(referrer or "").hostname or ""
    except ValueError:  # anybody may send anything as the page they come from
        return ""
    return host[:LONGEST_REFERRER]

"""What a request needs to be kept, what a form asks, what is to be known of a source. Values in, values out."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from club.contact.rules import Channel
from club.errors import (
    ContactMissing,
    FormAddressWrong,
    FormFieldsMissing,
    FormTextMissing,
    NameMissing,
    NothingWritten,
    TextTooLong,
)
from club.members.rules import ALPHABET, checked_email, checked_name
from club.texts import LANGUAGES, Texts

LONGEST_SOURCE_NAME = 120
LONGEST_LICENCE = 300
LONGEST_CAMPAIGN = 60
LONGEST_LINE = 200
LONGEST_MESSAGE = 2000
LONGEST_TITLE = 120
LONGEST_WORDS = 1000
LONGEST_SLUG = 40
LONGEST_REFERRER = 100
LONGEST_ONCE = 80
REFERENCE_LENGTH = 7
CONTACT_SLUG = "contact"
"""The form behind the club's own page for whoever wants to be contacted."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class SourceKind(StrEnum):
    """How the club came to know somebody."""

    DIRECTORY = "directory"
    EVENT = "event"
    FORM = "form"
    IMPORT = "import"
    NOTE = "note"
    """Staff met them: a fair, a visit, a call."""
    REFERRAL = "referral"
    COUNTER = "counter"
    SHOP = "shop"


OWN_WISH = frozenset({SourceKind.EVENT, SourceKind.FORM, SourceKind.REFERRAL, SourceKind.COUNTER, SourceKind.SHOP})
"""Sources whose people turned to the club themselves; of the others the club knows nothing but a name."""


class Basis(StrEnum):
    """Why the club may hold these people and turn to them (GDPR art. 6 and 14)."""

    ASKED = "asked"
    """They asked to be contacted."""
    CONSENT = "consent"
    """They agreed, and the source can show it."""
    PUBLIC = "public"
    """Their details stand in public, and the club has weighed its interest."""
    UNCLEAR = "unclear"
    """Nobody has looked yet: until then nobody of this source is written to."""


class Asks(StrEnum):
    """What a form can ask beside the name."""

    EMAIL = "email"
    PHONE = "phone"
    CHANNEL = "channel"
    """How they prefer to be contacted."""
    TIMES = "times"
    INTEREST = "interest"
    SUPPLIER = "supplier"
    """Where they buy today."""
    MESSAGE = "message"


REACHED_BY = (Asks.EMAIL, Asks.PHONE)
USUAL_FIELDS = (Asks.EMAIL, Asks.PHONE, Asks.CHANNEL, Asks.INTEREST, Asks.TIMES, Asks.MESSAGE)


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """Somebody who made themselves known, or whom staff met.

    `source`: one of the registry, or a kind for the club's own source of that kind. `words_version`: the version of
    the words that they agreed to, "" where nobody was asked. `once`: what made it; twice is one.
    """

    full_name: str
    language: str
    source: int | SourceKind
    email: str = ""
    phone: str = ""
    campaign: str = ""
    form_id: int | None = None
    channel: Channel | None = None
    times: str = ""
    interest: str = ""
    supplier: str = ""
    message: str = ""
    referrer: str = ""
    words_version: str = ""
    brought_by: int | None = None
    once: str | None = None

    def checked(self) -> "NewLead":
        """As it is kept. Raises `NameMissing`, `ContactMissing`, `BadEmail` and `TextTooLong`."""
        email = checked_email(self.email) if self.email.strip() else ""
        if not email and not self.phone.strip():
            raise ContactMissing
        if len(self.message) > LONGEST_MESSAGE:
            raise TextTooLong(LONGEST_MESSAGE)
        return replace(
            self,
            full_name=checked_name(self.full_name),
            email=email,
            phone=_line(self.phone, len(self.phone)),
            campaign=_line(self.campaign, LONGEST_CAMPAIGN),
            times=_line(self.times, LONGEST_LINE),
            interest=_line(self.interest, LONGEST_LINE),
            supplier=_line(self.supplier, LONGEST_LINE),
            message=self.message.replace("\0", "").strip(),
            referrer=_line(self.referrer, LONGEST_REFERRER),
        )


@dataclass(frozen=True, kw_only=True)
class NewSource:
    """A source as staff write it. `cost` in minor units; `rows`: how many people it came with, if that is known.

    `begun_on`: since when the club has it; none: as it is known, a new one since today.
    """

    kind: SourceKind
    name: str
    cost: int = 0
    rows: int | None = None
    basis: Basis = Basis.ASKED
    licence: str = ""
    begun_on: date | None = None

    def checked(self) -> "NewSource":
        """As it is kept. Raises `NameMissing`, and `NothingWritten` where its basis is not said in words."""
        name, licence = _line(self.name, LONGEST_SOURCE_NAME), _line(self.licence, LONGEST_LICENCE)
        if not name:
            raise NameMissing
        if self.basis in {Basis.CONSENT, Basis.PUBLIC} and not licence:
            raise NothingWritten
        return replace(self, name=name, licence=licence)


@dataclass(frozen=True, kw_only=True)
class FormContent:
    """A form as staff write it. `fields` in their order; the name is always asked first."""

    slug: str
    name: str
    title: Texts
    words: Texts
    thanks: Texts
    consent: Texts
    fields: tuple[Asks, ...]
    source_id: int
    campaign: str
    owner_id: int
    is_kiosk: bool
    is_active: bool

    def checked(self, main_language: str) -> "FormContent":
        """As it is kept. Raises `NameMissing`, `TextTooLong`, and the refusals whose names begin with `Form`."""
        name, slug = _line(self.name, LONGEST_SOURCE_NAME), self.slug.strip().lower()
        if not name:
            raise NameMissing
        if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
            raise FormAddressWrong
        if not set(self.fields) & set(REACHED_BY) or len(set(self.fields)) < len(self.fields):
            raise FormFieldsMissing
        for text in (self.title, self.consent):
            if not text.get(main_language):
                raise FormTextMissing
        for text, most in ((self.title, LONGEST_TITLE), *((one, LONGEST_WORDS) for one in self._long())):
            if any(len(text.get(language, "")) > most for language in LANGUAGES):
                raise TextTooLong(most)
        return replace(self, name=name, slug=slug, campaign=_line(self.campaign, LONGEST_CAMPAIGN))

    def _long(self) -> tuple[Texts, ...]:
        return (self.words, self.thanks, self.consent)


def new_reference() -> str:
    """What somebody says when they ask about their request; nobody can guess another one's."""
    return "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))


def _line(text: str, most: int) -> str:
    """One line without characters that nobody sees."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:most].rstrip()

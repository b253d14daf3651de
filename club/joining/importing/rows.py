"""What one row of a file of people says, or what is wrong with it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from club.errors import BadBirthday, BadEmail, BadPhone, NameMissing
from club.intake.cells import BadCell, day_in
from club.intake.complaints import Complaint
from club.intake.table import Columns, Record
from club.members.rules import (
    LONGEST_IDENTIFIER,
    check_birthday,
    checked_email,
    checked_name,
    email_key,
    identifier_key,
    number_typed,
    phone_typed,
)
from club.purchases.rules import EARLIEST
from club.texts import LANGUAGES
from club.tiers.rules import Ladder

COLUMNS = Columns(
    ("name",),
    (
        "email", "phone", "language", "birthday", "member_number", "external_id", "card", "joined", "tier",
        "tier_until", "consent_email", "consent_source", "consent_date",
    ),
)  # fmt: skip
LONGEST_SOURCE = 100
_YES, _NO = {"yes", "y", "true", "1", "sí", "si", "да"}, {"no", "n", "false", "0", "нет"}
_WITHOUT_YEAR = re.compile(r"--([0-9]{2})-([0-9]{2})|([0-9]{1,2})\.([0-9]{1,2})\.?")

Birthday = tuple[int | None, int, int]
"""Year if known, month, day."""


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """What a row says; None where it says nothing."""

    row: int
    name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    birthday: Birthday | None = None
    member_number: str | None = None
    external_id: str | None = None
    card: str | None = None
    joined: date | None = None
    tier: int | None = None
    """Place in the ladder."""
    tier_until: date | None = None
    consent_email: bool | None = None
    consent_source: str | None = None
    consent_date: date | None = None

    @property
    def email_key(self) -> str | None:
        """The address as it is compared."""
        return None if self.email is None else email_key(self.email)

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """(kind, value) as they are compared."""
        given = (("external", self.external_id), ("card", self.card))
        return [(kind, value) for kind, value in given if value is not None]

    @property
    def keys(self) -> set[tuple[str, str]]:
        """All by which this person can be recognised."""
        keys = {("id", value) for _, value in self.identifiers}
        if self.email_key is not None:
            keys.add(("email", self.email_key))
        if self.member_number is not None:
            keys.add(("number", self.member_number))
        return keys


@dataclass(frozen=True)
class PersonReader:
    """Reads the rows of one file."""

    today: date
    country: str
    ladder: Ladder
    consent_source: str = ""
    consent_day: str = ""
    asks_for_source: bool = False
    """Whether a yes or no needs to say where it came from and when."""

    def read(self, record: Record) -> PersonRow | list[Complaint]:
        """What the row says, or a complaint for every cell that cannot be used."""
        if record.surplus:
            what = "there are more cells than columns; quote those with the delimiter"
            return [Complaint(record.number, "", "", what)]
        found: dict[str, object] = {}
        wrong = []
        cells = dict(zip(COLUMNS.all, record.cells, strict=True))
        if cells["consent_email"]:
            cells["consent_source"] = cells["consent_source"] or self.consent_source
            cells["consent_date"] = cells["consent_date"] or self.consent_day
        for column, text in cells.items():
            if text or column in COLUMNS.required:
                try:
                    found[column] = self._readers[column](text)
                except BadCell as bad:
                    wrong.append(Complaint(record.number, column, text, str(bad)))
        wrong += self._wrong_together(record.number, found)
        if wrong:
            return wrong
        person = PersonRow(row=record.number, **found)  # type: ignore[arg-type]  # each reader gives its column's type
        if not person.keys:
            what = "give an address, a member number, an external id or a card, so that the row can be recognised"
            return [Complaint(record.number, "email", "", what)]
        return person

    def _wrong_together(self, number: int, found: dict[str, object]) -> Iterator[Complaint]:
        if "tier_until" in found and "tier" not in found:
            yield Complaint(number, "tier", "", "say which tier lasts until that day")
        if ("consent_source" in found or "consent_date" in found) and "consent_email" not in found:
            yield Complaint(number, "consent_email", "", "say yes or no")
        if self.asks_for_source and "consent_email" in found and not {"consent_source", "consent_date"} <= found.keys():
            yield Complaint(number, "consent_source", "", "say where this answer came from, and when")

    @property
    def _readers(self) -> dict[str, Callable[[str], object]]:
        return {
            "name": _name,
            "email": _email,
            "phone": self._phone,
            "language": _language,
            "birthday": self._birthday,
            "member_number": _member_number,
            "external_id": _identifier,
            "card": _identifier,
            "joined": self._past_day,
            "tier": self._tier,
            "tier_until": self._coming_day,
            "consent_email": _yes_or_no,
            "consent_source": _source,
            "consent_date": self._past_day,
        }

    def _phone(self, text: str) -> str:
        try:
            return phone_typed(text, self.country)
        except BadPhone as bad:
            raise BadCell("this is not a phone number; write it with its country code, +34 …") from bad

    def _birthday(self, text: str) -> Birthday:
        without = _WITHOUT_YEAR.fullmatch(text)
        if without:
            month, day = without.group(1) or without.group(4), without.group(2) or without.group(3)
            birthday: Birthday = (None, int(month), int(day))
        else:
            born = day_in(text)
            birthday = (born.year, born.month, born.day)
        try:
            check_birthday(*birthday, self.today)
        except BadBirthday as bad:
            raise BadCell("nobody has this birthday") from bad
        return birthday

    def _past_day(self, text: str) -> date:
        day = day_in(text)
        if not EARLIEST <= day <= self.today:
            raise BadCell("this day lies in the future, or before anything the club could know")
        return day

    def _coming_day(self, text: str) -> date:
        day = day_in(text)
        if day < self.today:
            raise BadCell("this tier has ended already; leave tier and tier_until empty")
        return day

    def _tier(self, text: str) -> int:
        wanted = text.casefold()
        for position, rung in enumerate(self.ladder.rungs):
            if wanted in {rung.key.casefold(), *(name.casefold() for name in rung.name.values())}:
                return position
        raise BadCell(f"the ladder knows {', '.join(rung.key for rung in self.ladder.rungs)}")


def _name(text: str) -> str:
    try:
        return checked_name(text)
    except NameMissing as bad:
        raise BadCell("every row needs a name of 1 to 200 letters") from bad


def _email(text: str) -> str:
    try:
        return checked_email(text)
    except BadEmail as bad:
        raise BadCell("this is not an e-mail address") from bad


def _language(text: str) -> str:
    if text.lower() not in LANGUAGES:
        raise BadCell(f"it can be {', '.join(LANGUAGES)}")
    return text.lower()


def _member_number(text: str) -> str:
    number = number_typed(text)
    if number is None:
        raise BadCell("this is no number of this club; give numbers of other systems as card or external_id")
    return number


def _identifier(text: str) -> str:
    value = identifier_key(text)
    if len(value) > LONGEST_IDENTIFIER or not value.isprintable():
        raise BadCell(f"this is too long; {LONGEST_IDENTIFIER} letters at most")
    return value


def _source(text: str) -> str:
    if len(text) > LONGEST_SOURCE:
        raise BadCell(f"this is too long; {LONGEST_SOURCE} letters at most")
    return text


def _yes_or_no(text: str) -> bool:
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise BadCell("say yes or no")

"""Names, numbers and ways to reach a person, as the club compares and shows them."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import phonenumbers
from stdnum.iso7064 import mod_37_36

from club.accounts.rules import email_key as email_key  # noqa: PLC0414 - the name other subjects use
from club.errors import BadBirthday, BadEmail, BadPhone, NameMissing

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: nobody mixes them up with 1 and 0, and no word comes about."""
NUMBER_LENGTH = 8
LONGEST_NAME = 200
LONGEST_CALL_NAME = 100
LONGEST_EMAIL = 254
LONGEST_SEARCH_TEXT = 700
LONGEST_IDENTIFIER = 100
LONGEST_WORD = 100
LEAST_DIGITS = 4
"""Of a phone number, to look for it by its beginning."""
LEAST_OF_NUMBER = 3
"""Of a member number."""

_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BETWEEN_GROUPS = re.compile(r"[\s\-\u2010-\u2015.]+")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)+")
_PHONE = re.compile(r"[+(]?[\d\s().\-/+]+")
_PIECE = re.compile(r"[^\W_]+")
_LEAP_YEAR = 2000


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """What the club learns about somebody at first. The service refuses what cannot be right."""

    full_name: str
    language: str
    source: str
    """How the club came to know this person: join, counter, import, guest, …"""
    email: str | None = None
    phone: str | None = None
    call_name: str = ""
    birth_year: int | None = None
    birth_month: int | None = None
    birth_day: int | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    """(kind, value): `external` for an id in another system, `card` for an old card."""


# --- the member number


def new_number() -> str:
    """A random member number: 7 characters and the ISO 7064 check character (hybrid system, 32 characters)."""
    bits = secrets.randbits(5 * (NUMBER_LENGTH - 1))
    stem = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(NUMBER_LENGTH - 1))
    return stem + str(mod_37_36.calc_check_digit(stem, ALPHABET))


def number_typed(text: str) -> str | None:
    """The member number in what somebody typed or scanned, in any grouping and case; None if it is none."""
    number = _BETWEEN_GROUPS.sub("", text).upper().translate(_MISREAD)
    if len(number) != NUMBER_LENGTH or any(char not in ALPHABET for char in number):
        return None
    return number if mod_37_36.is_valid(number, ALPHABET) else None


def grouped(number: str) -> str:
    """A member number as it is shown: 7F3K-92QD."""
    return f"{number[:4]}-{number[4:]}"


# --- names and contacts, as they are compared


def fold(text: str) -> str:
    """Text as it is searched: case folded, accents dropped, ё as е, one space between words."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def identifier_key(value: str) -> str:
    """An external id or card number as it is compared: no spaces, capitals."""
    return "".join(unicodedata.normalize("NFKC", value).split()).upper()


def former_email(email: str) -> str:
    """An address as an identifier keeps it: as it is compared; one too long for that, by its digest."""
    key = email_key(email)
    return key if len(key) <= LONGEST_IDENTIFIER else sha256(key.encode()).hexdigest()


def looks_like_email(text: str) -> bool:
    """Whether a text has the shape of an address; whether it works, only a mail can tell."""
    return "@" in text and len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(text.strip()) is not None


def looks_like_phone(text: str) -> bool:
    """Whether a text holds nothing but what phone numbers are written with."""
    return _PHONE.fullmatch(text.strip()) is not None


def phone_typed(text: str, country: str) -> str:
    """A phone number in E.164; without a country code it is the club's country. Raises `BadPhone`.

    "8 (912) 345-67-89" is a Russian number wherever the club's own country has none like it.
    """
    for region in (country, "RU") if _is_russian_trunk(text) else (country,):
        with suppress(phonenumbers.NumberParseException):
            number = phonenumbers.parse(text, region)
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise BadPhone


def _is_russian_trunk(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return len(digits) == 11 and digits.startswith("8") and not text.strip().startswith("+")


# --- the person as a whole


def checked_name(name: str) -> str:
    """A name with single spaces; raises `NameMissing` for none or one too long to be one."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise NameMissing
    return tidy


def checked_email(email: str) -> str:
    """The address without space around it; raises `BadEmail`."""
    tidy = unicodedata.normalize("NFC", email).strip()
    if not looks_like_email(tidy):
        raise BadEmail
    return tidy


def check_birthday(year: int | None, month: int | None, day: int | None, today: date) -> None:
    """Raise `BadBirthday` for a day that does not exist, half a day, or one that lies ahead."""
    if month is None and day is None and year is None:
        return
    if month is None or day is None:
        raise BadBirthday
    try:
        born = date(year if year is not None else _LEAP_YEAR, month, day)
    except ValueError as missing:
        raise BadBirthday from missing
    if year is not None and not date(1900, 1, 1) <= born <= today:
        raise BadBirthday


def search_text(
    *,
    full_name: str,
    call_name: str,
    email: str | None,
    phone: str | None,
    number: str | None,
    identifiers: Sequence[str] = (),
) -> str:
    """Everything a person is looked for by, folded."""
    parts = [full_name, call_name, email or "", phone or "", number or "", *identifiers]
    return fold(" ".join(part for part in parts if part))[:LONGEST_SEARCH_TEXT]


# --- the words by which somebody is found


def pieces(text: str) -> list[str]:
    """The folded words of a text, signs between letters dropped: O'Brien gives o and brien."""
    return _PIECE.findall(fold(text))


def words_known(*, full_name: str, call_name: str, email: str | None, phone: str | None) -> set[str]:
    """The words from whose beginning somebody is found.

    Those of the name; address and phone behind a sign that no word of a name can have.
    """
    words: set[str] = set()
    for part in fold(f"{full_name} {call_name}").split():
        found = _PIECE.findall(part)
        words.update(found)
        if len(found) > 1:
            words.add("".join(found))
    if email:
        words.add(email_word(email))
    if phone:
        words.add(phone)
    return {word[:LONGEST_WORD] for word in words}


def email_word(text: str) -> str:
    """An address, or its beginning, as a word."""
    return f"@{email_key(text)}"


def phone_words(text: str, calling_code: int) -> list[str]:
    """What the beginning of a number can stand for: with its country's code, or without."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < LEAST_DIGITS:
        return []
    if text.strip().startswith(("+", "(+")):
        return [f"+{digits}"]
    national = digits.removeprefix("0")
    return [f"+{digits}", f"+{calling_code}{national}", *([f"+7{digits[1:]}"] if digits.startswith("8") else [])]


def calling_code(country: str) -> int:
    """Of a country: 34 for ES."""
    return phonenumbers.country_code_for_region(country)


def number_begun(text: str) -> str | None:
    """The beginning of a member number, at least three signs of it, as it is compared."""
    begun = _BETWEEN_GROUPS.sub("", text).upper().translate(_MISREAD)
    is_begun = LEAST_OF_NUMBER <= len(begun) < NUMBER_LENGTH and all(char in ALPHABET for char in begun)
    return begun if is_begun else None

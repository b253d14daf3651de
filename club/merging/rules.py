"""Which records are probably one human, which value of two is kept, and which consent holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from club.members.rules import fold

UNDO_FOR = timedelta(days=30)
"""So long a merge can be undone."""


class Side(StrEnum):
    """One of the two records."""

    STAYS = "stays"
    GOES = "goes"


class Likeness(StrEnum):
    """What two records have in common."""

    NAME = "name"
    PHONE = "phone"
    BIRTHDAY = "birthday"
    EMAIL = "email"
    """The part before the @."""


FIELDS: dict[str, tuple[str, ...]] = {
    "full_name": ("full_name",),
    "call_name": ("call_name",),
    "email": ("email", "email_key"),
    "phone": ("phone",),
    "language": ("language",),
    "birthday": ("birth_year", "birth_month", "birth_day"),
    "joined_on": ("joined_on",),
}
"""What is chosen for each field, and the columns that go together."""

OWN_COLUMNS = (
    "id", "account_id", "member_number", "source", "search_text", "created_at", "merged_into", "merged_at", "leaves_on",
    "left_on",
)  # fmt: skip
"""What is nobody's to choose: it is the record's own, or follows from the rest."""


@dataclass(frozen=True)
class Traits:
    """What two records are compared by."""

    full_name: str
    phone: str | None
    email_key: str | None
    birthday: tuple[int | None, int | None, int | None]
    """Year, month, day."""


@dataclass(frozen=True)
class Said:
    """The last answer to one question about one channel."""

    id: int
    is_given: bool
    text_version: str
    language: str


Answers = Mapping[tuple[str, str], Said]
"""(purpose, channel) → the last answer."""


def likeness(one: Traits, other: Traits) -> frozenset[Likeness]:
    """What the two have in common."""
    found = set()
    if same_name(one.full_name, other.full_name):
        found.add(Likeness.NAME)
    if one.phone and one.phone == other.phone:
        found.add(Likeness.PHONE)
    if _same_birthday(one.birthday, other.birthday):
        found.add(Likeness.BIRTHDAY)
    if local_part(one.email_key) and local_part(one.email_key) == local_part(other.email_key):
        found.add(Likeness.EMAIL)
    return frozenset(found)


def is_likely(common: frozenset[Likeness]) -> bool:
    """Whether two records are worth a look: one likeness alone is a family or a namesake."""
    return len(common) >= 2


def same_name(one: str, other: str) -> bool:
    """Whether two names are made of the same words, in any order, whatever their accents and capitals."""
    return sorted(fold(one).split()) == sorted(fold(other).split())


def local_part(email_key: str | None) -> str:
    """What stands before the @, without what follows a plus."""
    return (email_key or "").partition("@")[0].partition("+")[0]


def usual_side(name: str, stays: Mapping[str, object], goes: Mapping[str, object]) -> Side:
    """Whose value is kept unless somebody chooses: that of the record that stays, where it has one."""
    column = FIELDS[name][-1]
    if name == "joined_on":
        is_earlier = goes[column] is not None and str(goes[column]) < str(stays[column])
        return Side.GOES if is_earlier else Side.STAYS
    return Side.GOES if not stays[column] and goes[column] else Side.STAYS


def can_choose(name: str, stays: Mapping[str, object], goes: Mapping[str, object]) -> bool:
    """Whether there is a choice: a day of joining belongs to a member, so both have to have one."""
    return name != "joined_on" or (stays[name] is not None and goes[name] is not None)


def fixed_email(stays_has_account: bool, goes_has_account: bool) -> Side | None:
    """Whose address has to be kept because that one signs in with it; None: it can be chosen."""
    if stays_has_account:
        return Side.STAYS
    return Side.GOES if goes_has_account else None


def to_say_again(stays: Answers, goes: Answers) -> list[tuple[str, str]]:
    """Which answers of the record that goes hold for the other from now on: where it never answered, and every No."""
    return sorted(
        question
        for question, said in goes.items()
        if question not in stays or (stays[question].is_given and not said.is_given)
    )


def _same_birthday(
    one: tuple[int | None, int | None, int | None], other: tuple[int | None, int | None, int | None]
) -> bool:
    if one[1] is None or one[1:] != other[1:]:
        return False
    return one[0] is None or other[0] is None or one[0] == other[0]

"""A ladder as a file says it; what is left out takes the default that `Ladder` and `Rung` have."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from club.errors import BadLadder
from club.texts import LANGUAGES, Texts
from club.tiers.rules import Fall, Ladder, Routes, Rung, Window

LONGEST_NAME = 100

Part = Mapping[str, object]
Choice = TypeVar("Choice", bound=StrEnum)

_LADDER_KEYS = ("window", "routes", "validity_months", "grace_days", "fall", "rungs")
_RUNG_KEYS = (
    "key", "name", "spend_cents", "purchases", "qualifying_points", "by_invitation", "multiplier_percent",
    "discount_percent",
)  # fmt: skip


def read(data: object) -> Ladder:
    """The ladder of a file; raises `BadLadder` with what is wrong and where."""
    whole = _mapping(data, "the file", _LADDER_KEYS)
    rungs = whole.get("rungs")
    if not isinstance(rungs, list) or not rungs:
        raise BadLadder("rungs: give a list with at least one rung")
    return Ladder(
        rungs=tuple(_rung(part, f"rung {number}") for number, part in enumerate(rungs, start=1)),
        window=_choice(whole, "window", Window.LAST_12_MONTHS),
        routes=_choice(whole, "routes", Routes.ANY),
        validity_months=_whole(whole, "validity_months", 12, "validity_months"),
        grace_days=_whole(whole, "grace_days", 30, "grace_days"),
        fall=_choice(whole, "fall", Fall.ONE_RUNG),
    )


def write(ladder: Ladder) -> dict[str, object]:
    """The same shape as `read` takes, nothing left out."""
    return {
        "window": ladder.window.value,
        "routes": ladder.routes.value,
        "validity_months": ladder.validity_months,
        "grace_days": ladder.grace_days,
        "fall": ladder.fall.value,
        "rungs": [
            {
                "key": rung.key,
                "name": dict(rung.name),
                "spend_cents": rung.spend,
                "purchases": rung.purchases,
                "qualifying_points": rung.qualifying_points,
                "by_invitation": rung.by_invitation,
                "multiplier_percent": rung.multiplier_percent,
                "discount_percent": rung.discount_percent,
            }
            for rung in ladder.rungs
        ],
    }


def _rung(data: object, number: str) -> Rung:
    part = _mapping(data, number, _RUNG_KEYS)
    key = part.get("key")
    if not isinstance(key, str):
        raise BadLadder(f'{number}: give it a key, such as "gold"')
    where = f"{number} ({key})"
    by_invitation = part.get("by_invitation", False)
    if not isinstance(by_invitation, bool):
        raise BadLadder(f"{where}: by_invitation: {by_invitation!r} is neither true nor false")
    return Rung(
        key=key,
        name=_name(part, where),
        spend=_whole(part, "spend_cents", 0, where),
        purchases=_whole(part, "purchases", 0, where),
        qualifying_points=_whole(part, "qualifying_points", 0, where),
        by_invitation=by_invitation,
        multiplier_percent=_whole(part, "multiplier_percent", 100, where),
        discount_percent=_whole(part, "discount_percent", 0, where),
    )


def _mapping(data: object, where: str, known: tuple[str, ...]) -> Part:
    if not isinstance(data, Mapping):
        raise BadLadder(f"{where} is no object in braces")
    unknown = [key for key in data if key not in known]
    if unknown:
        raise BadLadder(f"{where}: {unknown[0]!r} is not known here; known are {', '.join(known)}")
    return data


def _whole(part: Part, key: str, default: int, where: str) -> int:
    value = part.get(key, default)
    if type(value) is not int:  # True is an int to isinstance
        raise BadLadder(f"{where}: {key}: {value!r} is no whole number")
    return value


def _choice(part: Part, key: str, default: Choice) -> Choice:
    value = part.get(key, default)
    choices = type(default)
    if not isinstance(value, str) or value not in set(choices):
        raise BadLadder(f"{key}: {value!r} is none of {', '.join(choices)}")
    return choices(value)


def _name(part: Part, where: str) -> Texts:
    name = part.get("name")
    if not isinstance(name, Mapping) or not all(isinstance(text, str) for text in name.values()):
        raise BadLadder(f"{where}: name: give a text in each of {', '.join(LANGUAGES)}")
    unknown = [language for language in name if language not in LANGUAGES]
    if unknown:
        raise BadLadder(f"{where}: name: {unknown[0]!r} is none of {', '.join(LANGUAGES)}")
    if any(len(text) > LONGEST_NAME for text in name.values()):
        raise BadLadder(f"{where}: name: more than {LONGEST_NAME} characters")
    return Texts({language: text.strip() for language, text in name.items()})

"""Earning rules as a file says them: `{"base": …, "campaigns": […], "bonuses": […], "caps": […]}`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Period
from club.errors import BadRule
from club.money import LARGEST_AMOUNT
from club.texts import LANGUAGES, Texts

MOST_POINTS = 10**9
HIGHEST_PERCENT = 100_000
LONGEST_CHANNEL, LONGEST_CATEGORY, LONGEST_ACT = 24, 80, 40

T = TypeVar("T")
Part = Mapping[str, object]


def read(data: object) -> AllRules:
    """The rules of a file; raises `BadRule` with what is wrong and where."""
    whole = _mapping(data, "the file", {"base", "campaigns", "bonuses", "caps"})
    base = whole.get("base", [])
    rules = AllRules(
        bases=tuple(_each(base if isinstance(base, list) else [base], "base", _base)),
        campaigns=tuple(_each(whole.get("campaigns", []), "campaigns", _campaign)),
        bonuses=tuple(_each(whole.get("bonuses", []), "bonuses", _bonus)),
        caps=tuple(_each(whole.get("caps", []), "caps", _cap)),
    )
    starts = [rate.starts_on for rate in rules.bases]
    if len(starts) != len(set(starts)):
        raise BadRule("base: two rates start on the same day; keep one")
    return rules


def write(rules: AllRules) -> dict[str, object]:
    """The same shape as `read` takes."""
    return {
        "base": [
            {"points": rate.points, "per_cents": rate.per_amount, "from": rate.starts_on.isoformat()}
            for rate in rules.bases
        ],
        "campaigns": [
            {"percent": campaign.percent, **_where(campaign), **_named(campaign), **_dates(campaign)}
            for campaign in rules.campaigns
        ],
        "bonuses": [{"act": bonus.act, "points": bonus.points, **_dates(bonus)} for bonus in rules.bonuses],
        "caps": [{"points": cap.points, "per": cap.period.value, **_dates(cap)} for cap in rules.caps],
    }


def check(rule: BaseRate | Campaign | Bonus | Cap) -> None:
    """Raise `BadRule` for a rule that cannot be meant; the same limits whether it came by file or by form."""
    match rule:
        case BaseRate(points=points, per_amount=per_amount):
            _within("points", points, 0, MOST_POINTS)
            _within("per_cents", per_amount, 1, LARGEST_AMOUNT)
        case Campaign(percent=percent):
            _within("percent", percent, 101, HIGHEST_PERCENT)
        case Bonus(points=points) | Cap(points=points):
            _within("points", points, 0, MOST_POINTS)
    if not isinstance(rule, BaseRate) and rule.ends_on is not None and rule.ends_on < rule.starts_on:
        raise BadRule(f"to: {rule.ends_on} lies before its start {rule.starts_on}")


def _base(part: Part) -> BaseRate:
    _mapping(part, "a base rate", {"points", "per_cents", "from"})
    return BaseRate(
        points=_whole(part, "points"), per_amount=_whole(part, "per_cents", 100), starts_on=_day(part, "from")
    )


def _campaign(part: Part) -> Campaign:
    _mapping(part, "a campaign", {"percent", "channel", "category", "name", "from", "to"})
    return Campaign(
        percent=_whole(part, "percent"),
        channel=_word(part, "channel", LONGEST_CHANNEL),
        category=_word(part, "category", LONGEST_CATEGORY),
        name=_texts(part),
        starts_on=_day(part, "from"),
        ends_on=_day_or_none(part, "to"),
    )


def _bonus(part: Part) -> Bonus:
    _mapping(part, "a bonus", {"act", "points", "from", "to"})
    act = _word(part, "act", LONGEST_ACT)
    if act is None:
        raise BadRule("act: say what the points are for, such as join")
    starts_on = _day_or_none(part, "from") or date(1900, 1, 1)
    return Bonus(act=act, points=_whole(part, "points"), starts_on=starts_on, ends_on=_day_or_none(part, "to"))


def _cap(part: Part) -> Cap:
    _mapping(part, "a cap", {"points", "per", "from", "to"})
    period = part.get("per")
    if not isinstance(period, str) or period not in set(Period):
        raise BadRule(f"per: {period!r} is none of {', '.join(Period)}")
    starts_on = _day_or_none(part, "from") or date(1900, 1, 1)
    return Cap(
        points=_whole(part, "points"),
        period=Period(period),
        starts_on=starts_on,
        ends_on=_day_or_none(part, "to"),
    )


def _each(parts: object, name: str, make: Callable[[Part], T]) -> list[T]:
    if not isinstance(parts, list):
        raise BadRule(f"{name}: give a list")
    made: list[T] = []
    for number, part in enumerate(parts, start=1):
        try:
            rule = make(_mapping(part, name, None))
            check(rule)  # type: ignore[arg-type]  # make returns one of the four
        except BadRule as bad:
            raise BadRule(f"{name} {number}: {bad.why}") from bad
        made.append(rule)
    return made


def _mapping(data: object, name: str, known: set[str] | None) -> Part:
    if not isinstance(data, Mapping):
        raise BadRule(f"{name} is no object in braces")
    unknown = sorted(set(data) - known) if known is not None else []
    if known is not None and unknown:
        raise BadRule(f"{name} knows no {unknown[0]!r}, only {', '.join(sorted(known))}")
    return data


def _whole(part: Part, key: str, default: int | None = None) -> int:
    value = part.get(key, default)
    if type(value) is not int:
        raise BadRule(f"{key}: {value!r} is no whole number")
    return value


def _within(key: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadRule(f"{key}: {value} is not from {least} to {most}")


def _word(part: Part, key: str, longest: int) -> str | None:
    value = part.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise BadRule(f"{key}: give 1 to {longest} characters")
    return value.strip()


def _texts(part: Part) -> Texts:
    name = part.get("name", {})
    if isinstance(name, str):
        return Texts({"en": name})
    if not isinstance(name, Mapping) or not all(isinstance(text, str) for text in name.values()):
        raise BadRule(f"name: give a text, or one in each of {', '.join(LANGUAGES)}")
    try:
        return Texts(name)
    except ValueError as unknown:
        raise BadRule(f"name: {unknown}") from unknown


def _day(part: Part, key: str) -> date:
    day = _day_or_none(part, key)
    if day is None:
        raise BadRule(f"{key}: give the first day, such as 2024-01-01")
    return day


def _day_or_none(part: Part, key: str) -> date | None:
    value = part.get(key)
    if value is None:
        return None
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _no_day(key, value)
    except ValueError:
        return _no_day(key, value)


def _no_day(key: str, value: object) -> date:
    raise BadRule(f"{key}: {value!r} is no day such as 2024-01-01")


def _where(campaign: Campaign) -> dict[str, str]:
    given: Sequence[tuple[str, str | None]] = (("channel", campaign.channel), ("category", campaign.category))
    return {key: value for key, value in given if value is not None}


def _named(campaign: Campaign) -> dict[str, object]:
    return {"name": dict(campaign.name)} if campaign.name else {}


def _dates(rule: Campaign | Bonus | Cap) -> dict[str, str]:
    ends = {"to": rule.ends_on.isoformat()} if rule.ends_on else {}
    return {"from": rule.starts_on.isoformat(), **ends}

"""By when an answer is promised: working time only, weekends left out, clocks that change counted as they pass."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from club.support.rules import Hours, promised_by

MADRID = "Europe/Madrid"
OFFICE = Hours(opens=600, closes=1080, weekdays=frozenset({1, 2, 3, 4, 5}), within=timedelta(hours=8), zone=MADRID)


def local(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(MADRID))


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (("2026-06-15", "07:00"), ("2026-06-15", "18:00")),
        (("2026-06-15", "10:00"), ("2026-06-15", "18:00")),
        (("2026-06-15", "11:10"), ("2026-06-16", "11:30")),
        (("2026-06-15", "18:00"), ("2026-06-16", "18:00")),
        (("2026-06-19", "17:00"), ("2026-06-22", "17:00")),
        (("2026-06-20", "12:00"), ("2026-06-22", "18:00")),
    ],
)
def test_an_answer_is_promised_after_so_much_working_time(asked: tuple[str, str], promised: tuple[str, str]) -> None:
    found = promised_by(local(*asked), OFFICE)
    assert found == local(*promised).astimezone(UTC)


def test_the_night_on_which_the_clocks_change_is_as_long_as_it_is() -> None:
    always = Hours(opens=0, closes=1440, weekdays=frozenset(range(1, 8)), within=timedelta(hours=12), zone=MADRID)
    in_spring = promised_by(local("2026-03-28", "20:00"), always)
    in_autumn = promised_by(local("2026-10-24", "20:00"), always)
    assert in_spring == local("2026-03-29", "09:00").astimezone(UTC)
    assert in_autumn == local("2026-10-25", "07:00").astimezone(UTC)


def test_one_short_day_a_week_still_comes_to_an_end() -> None:
    rare = Hours(opens=600, closes=660, weekdays=frozenset({3}), within=timedelta(hours=3), zone=MADRID)
    assert promised_by(local("2026-06-17", "10:30"), rare) == local("2026-07-08", "10:30").astimezone(UTC)

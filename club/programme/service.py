"""Setting up the club and changing it."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.numbers import is_currency
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from club import clock
from club.audit import record
from club.database import Transaction, transaction
from club.errors import BadSetting
from club.programme.brand import Brand, check_brand
from club.programme.models import Programme, find_club, forget_in
from club.programme.rules import DEFAULT_POINTS_WORD, PLURAL_FORMS, Club
from club.texts import LANGUAGES, Texts

DEFAULTS = Club(
    name=Texts({"en": "Our club", "es": "Nuestro club", "ru": "Наш клуб"}),
    promise=Texts(
        {
            "en": "Every purchase brings you closer.",
            "es": "Cada compra le acerca a lo que quiere.",
            "ru": "Каждая покупка приближает вас к желаемому.",
        }
    ),
    valid_from=date(2000, 1, 1),
    valid_to=None,
    main_language="en",
    time_zone="Europe/Madrid",
    currency="EUR",
    country="ES",
    point_value_points=100,
    point_value_minor=100,
    spend_step=100,
    points_word=DEFAULT_POINTS_WORD,
    expiry_months=24,
    shop_return_days=14,
    brand_color="#16324A",
    accent_color="#8A6420",
    font_pair="serif",
    logo_file=None,
    contact_email="",
    contact_phone="",
    contact_address="",
    stamp=0,
)
"""What `club init` takes where nothing is said; `valid_from` is the day of setting up."""


def set_up(db: Session, club: Club, now: datetime) -> None:
    """Write the club's row; raises `BadSetting`. A club that stands is changed with `change`."""
    check(club)
    with transaction(db) as tx:
        if find_club(tx) is not None:
            raise BadSetting("club", "it is set up already")
        tx.execute(insert(Programme).values(id=1, **_columns(club)))
        forget_in(tx)
        record(tx, "programme.set_up", "programme", 1, by=None, now=now)


def change(db: Session, club: Club, by: int | None, now: datetime) -> None:
    """Replace the club's row and remember who did it."""
    check(club)
    with transaction(db) as tx:
        values = _columns(club)
        del values["stamp"]
        tx.execute(update(Programme).where(Programme.id == 1).values(values))
        touch(tx)
        record(tx, "programme.changed", "programme", 1, by=by, now=now)


def touch(tx: Transaction) -> None:
    """Tell every process that what it remembers of programme, ladder and earning rules is old."""
    forget_in(tx)
    tx.execute(update(Programme).where(Programme.id == 1).values(stamp=Programme.stamp + 1))


def defaults(today: date) -> Club:
    """A club with sensible defaults whose validity begins today."""
    return replace(DEFAULTS, valid_from=today)


def today(club: Club, now: datetime) -> date:
    """The club's own day."""
    return clock.club_day(now, club.time_zone)


def check(club: Club) -> None:
    """Raise `BadSetting` for the first thing that is not usable, `ContrastTooLow` for colours nobody can read."""
    problems = [
        (not club.name, "name", "give the club a name"),
        (club.main_language not in LANGUAGES, "main language", "en, es or ru"),
        (club.time_zone not in available_timezones(), "time zone", "a name such as Europe/Madrid"),
        (not is_currency(club.currency), "currency", "a code such as EUR"),
        (club.country not in Locale("en").territories or len(club.country) != 2, "country", "a code such as ES"),
        (club.point_value_points < 1 or club.point_value_minor < 1, "value of a point", "two numbers above zero"),
        (club.spend_step < 1, "step of spending", "a number above zero"),
        (club.expiry_months < 0, "expiry", "months, or 0 for never"),
        (club.valid_to is not None and club.valid_to < club.valid_from, "validity", "the end before the start"),
        (club.font_pair not in {"serif", "sans", "system"}, "fonts", "serif, sans or system"),
    ]
    problems += [
        (
            len(club.points_word.get(language, [])) != forms or not all(club.points_word[language]),
            "word for points",
            f"{language} needs {forms} forms",
        )
        for language, forms in PLURAL_FORMS.items()
    ]
    for is_wrong, name, why in problems:
        if is_wrong:
            raise BadSetting(name, why)
    ZoneInfo(club.time_zone)
    check_brand(Brand(club.brand_color, club.accent_color))


def _columns(club: Club) -> dict[str, object]:
    return {name: getattr(club, name) for name in Club.column_names()}

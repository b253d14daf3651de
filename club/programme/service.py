"""Setting up the club and changing it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import is_currency
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club import clock
from club.audit import record
from club.database import Transaction, transaction
from club.errors import BadSetting, ChangedMeanwhile, CurrencyLocked
from club.permissions import Permission, Role, require
from club.programme.brand import Brand, check_brand
from club.programme.models import Programme, find_club, forget_in, the_club
from club.programme.rules import (
    DEFAULT_POINTS_WORD,
    LEAST_HOUSEHOLD,
    MINUTES_A_DAY,
    MOST_ANSWER_HOURS,
    MOST_CONTACT_DAYS,
    MOST_CONTACTS,
    MOST_HOUSEHOLD,
    MOST_MONTHS,
    MOST_TRANSFER,
    MOST_WAIT_DAYS,
    PLURAL_FORMS,
    WEEKDAYS,
    Club,
    mark_of,
)
from club.programme.time_zones import known_time_zones
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


def change_part(
    db: Session,
    values: Mapping[str, object],
    seen: str,
    by: int,
    role: Role | None,
    now: datetime,
    *,
    is_in_use: Callable[[Session], bool],
    also: Callable[[Transaction, tuple[str, ...]], None] | None = None,
) -> tuple[str, ...]:
    """Save one page of settings and return the columns that changed.

    `seen` is the mark of what the page showed. `is_in_use` says whether amounts in the club's currency exist: then it
    stays. `also` does what the changed columns bring with them, in the same transaction.
    Raises `NotAllowed`, `ChangedMeanwhile`, `CurrencyLocked`, `BadSetting` and `ContrastTooLow`.
    """
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        tx.execute(select(Programme.id).with_for_update())
        before = the_club(tx)
        after = replace(before, **values)  # type: ignore[arg-type]  # each column has its own type, and check() looks
        changed = tuple(name for name in values if getattr(before, name) != getattr(after, name))
        if mark_of(before, values) != seen:
            raise ChangedMeanwhile(changed)
        if "currency" in changed and is_in_use(tx):
            raise CurrencyLocked(before.currency)
        check(after)
        if changed:
            tx.execute(update(Programme).where(Programme.id == 1).values({name: values[name] for name in changed}))
            touch(tx)
            words: dict[str, object] = {
                name: [_plain(getattr(before, name)), _plain(getattr(after, name))] for name in changed
            }
            record(tx, "programme.changed", "programme", 1, by=by, now=now, words=words)
            if also is not None:
                also(tx, changed)
    return changed


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
        (club.time_zone not in known_time_zones(), "time zone", "a name such as Europe/Madrid"),
        (not is_currency(club.currency), "currency", "a code such as EUR"),
        (club.country not in Locale("en").territories or len(club.country) != 2, "country", "a code such as ES"),
        (club.point_value_points < 1 or club.point_value_minor < 1, "value of a point", "two numbers above zero"),
        (club.spend_step < 1, "step of spending", "a number above zero"),
        (not 0 <= club.expiry_months <= MOST_MONTHS, "expiry", f"months up to {MOST_MONTHS}, or 0 for never"),
        (club.approval_points < 1, "limit of points", "a number above zero"),
        (not 1 <= club.contact_most <= MOST_CONTACTS, "contacts", f"a number from 1 to {MOST_CONTACTS}"),
        (not 1 <= club.contact_days <= MOST_CONTACT_DAYS, "contact days", f"days from 1 to {MOST_CONTACT_DAYS}"),
        (
            not all(0 <= minute < MINUTES_A_DAY for minute in (club.quiet_from, club.quiet_until)),
            "quiet hours",
            "minutes since midnight",
        ),
        (
            not (0 <= club.answer_from <= club.answer_until - 60 and club.answer_until <= MINUTES_A_DAY),
            "answer hours",
            "two times of a day, an hour apart at least",
        ),
        (
            not club.answer_days
            or any(club.answer_days.count(one) > 1 or one not in WEEKDAYS for one in club.answer_days),
            "answer days",
            "digits from 1 for Monday to 7 for Sunday",
        ),
        (not 1 <= club.answer_hours <= MOST_ANSWER_HOURS, "answer within", f"hours from 1 to {MOST_ANSWER_HOURS}"),
        (
            not 1 <= club.transfer_most <= club.transfer_most_month <= club.transfer_most_year <= MOST_TRANSFER,
            "transfers",
            "at once no more than in a month, in a month no more than in a year",
        ),
        (not 0 <= club.transfer_wait_days <= MOST_WAIT_DAYS, "transfer wait", f"days up to {MOST_WAIT_DAYS}"),
        (
            not LEAST_HOUSEHOLD <= club.household_most <= MOST_HOUSEHOLD,
            "household",
            f"members from {LEAST_HOUSEHOLD} to {MOST_HOUSEHOLD}",
        ),
        (not 0 <= club.household_wait_days <= MOST_WAIT_DAYS, "household wait", f"days up to {MOST_WAIT_DAYS}"),
        (club.goodwill_points < 1, "goodwill", "a number above zero"),
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


def _plain(value: object) -> object:
    """A value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return dict(value) if isinstance(value, Texts) else value


def _columns(club: Club) -> dict[str, object]:
    return {name: getattr(club, name) for name in Club.column_names()}

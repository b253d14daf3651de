"""What the club is, as a value."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256

from club.permissions import MANY_POINTS
from club.texts import Texts

MOST_MONTHS = 1200
MINUTES_A_DAY = 24 * 60
MOST_CONTACTS = 1000
MOST_CONTACT_DAYS = 366
MOST_ANSWER_HOURS = 80
LEAST_HOUSEHOLD, MOST_HOUSEHOLD = 2, 20
MOST_WAIT_DAYS = 3650
MOST_TRANSFER = 1_000_000_000
WEEKDAYS = "1234567"
PLURAL_FORMS = {"en": 2, "es": 2, "ru": 3}
DEFAULT_POINTS_WORD = {
    "en": ["point", "points"],
    "es": ["punto", "puntos"],
    "ru": ["балл", "балла", "баллов"],
}


@dataclass(frozen=True, kw_only=True)
class Club:
    """The programme as every page and rule reads it. Money in minor units, periods in days or months."""

    name: Texts
    promise: Texts
    valid_from: date
    valid_to: date | None
    main_language: str
    time_zone: str
    currency: str
    country: str
    point_value_points: int
    point_value_minor: int
    spend_step: int
    points_word: dict[str, list[str]]
    expiry_months: int
    shop_return_days: int
    brand_color: str
    accent_color: str
    font_pair: str
    logo_file: str | None
    contact_email: str
    contact_phone: str
    contact_address: str
    stamp: int
    approval_points: int = MANY_POINTS
    """Points from which a change by hand waits for a second person."""
    contact_most: int = 4
    """So often the club may turn to one person by itself within `contact_days` days."""
    contact_days: int = 30
    quiet_from: int = 21 * 60
    """Minutes since midnight by the club's clock; equal to `quiet_until`: no hour is quiet."""
    quiet_until: int = 9 * 60
    answer_from: int = 10 * 60
    """Questions are answered from then on, in minutes since midnight by the club's clock, until `answer_until`."""
    answer_until: int = 18 * 60
    answer_days: str = "12345"
    """On these weekdays: 1 is Monday, 7 Sunday."""
    answer_hours: int = 8
    """Within so many of these hours."""
    goodwill_points: int = 500
    """Points from which a gift to somebody who wrote waits for a second person."""
    takes_comments: bool = False
    """Whether members may say something about articles."""
    minors_kept: bool = False
    """Whether members may name relatives under 18."""
    transfers_allowed: bool = False
    """Whether members may pass points on to each other."""
    transfer_most: int = 1000
    """Points in one transfer."""
    transfer_most_month: int = 2000
    transfer_most_year: int = 10_000
    transfer_wait_days: int = 90
    """So long new members neither pass points on nor get them."""
    households_allowed: bool = False
    """Whether adults of one household may spend each other's points."""
    household_most: int = 4
    """Adults in one household."""
    household_wait_days: int = 14
    """So long the points of whoever says yes are nobody else's to spend."""

    @classmethod
    def column_names(cls) -> list[str]:
        """The columns of the programme's row that make this value."""
        return [field.name for field in fields(cls)]

    def worth(self, points: int) -> int:
        """What so many points are worth, in minor units, rounded down in the club's favour."""
        return points * self.point_value_minor // self.point_value_points

    def points_for(self, amount: int) -> int:
        """The fewest points that are worth at least `amount` minor units."""
        return -(-amount * self.point_value_points // self.point_value_minor)

    def word_for_points(self, count: int, language: str) -> str:
        """The club's word for points in the right plural form."""
        forms = self.points_word.get(language) or DEFAULT_POINTS_WORD[language]
        return forms[plural_form(count, language)]


def mark_of(club: Club, names: Iterable[str]) -> str:
    """What somebody saw of these settings: another mark means that one of them was changed since."""
    shown = repr([(name, getattr(club, name)) for name in sorted(names)])
    return sha256(shown.encode()).hexdigest()[:32]


def plural_form(count: int, language: str) -> int:
    """Which plural form a whole number takes (CLDR cardinal rules for en, es, ru)."""
    if language != "ru":
        return 0 if abs(count) == 1 else 1
    ones, tens = abs(count) % 10, abs(count) % 100
    if ones == 1 and tens != 11:
        return 0
    return 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2

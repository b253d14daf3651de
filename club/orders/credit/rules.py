"""How old what is due has become, and when somebody is reminded of it. Days and minor units."""

from dataclasses import dataclass
from datetime import date, timedelta

DAYS_TO_PAY = 30
"""Unless staff agree otherwise with a member."""

MOST_DAYS_TO_PAY = 180

REMIND_AFTER = (3, 14, 28)
"""Days after the due day on which the first, second and third reminder go out."""

AGES = (0, 30, 60, 90)
"""Days overdue at which the next column of the ageing begins."""


@dataclass(frozen=True, kw_only=True)
class Ageing:
    """What is open, by how long it is overdue; the parts sum to the whole."""

    not_due: int = 0
    to_30: int = 0
    to_60: int = 0
    to_90: int = 0
    over_90: int = 0

    @property
    def whole(self) -> int:
        return self.not_due + self.to_30 + self.to_60 + self.to_90 + self.over_90

    @property
    def overdue(self) -> int:
        return self.whole - self.not_due


def due_on(bought_on: date, days_to_pay: int) -> date:
    """The last day on which it is paid in time."""
    return bought_on + timedelta(days=days_to_pay)


def days_overdue(due: date, today: date) -> int:
    """0 while it can still be paid in time."""
    return max((today - due).days, 0)


def reminded_if_due_by(step: int, today: date) -> date:
    """Whoever was reminded `step` times is reminded again today if it was due on this day or before."""
    return today - timedelta(days=REMIND_AFTER[step])

"""What a benefit is, what a tier gets of it, and what is odd about a grid of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from club.errors import BenefitNameMissing, CellMissing
from club.money import LARGEST_AMOUNT
from club.texts import LANGUAGES, Texts

LONGEST_NAME, LONGEST_WORDS, LONGEST_CELL = 100, 1000, 100
MOST_TIMES = 10_000


class Kind(StrEnum):
    """What a benefit speaks to: the purse and convenience, or the feeling of belonging."""

    RATIONAL = "rational"
    EMOTIONAL = "emotional"


class Gives(StrEnum):
    """How much of it a tier gets."""

    YES = "yes"
    AMOUNT = "amount"
    TIMES = "times"
    WORDS = "words"


@dataclass(frozen=True)
class Cell:
    """What one tier gets of one benefit. `value`: minor units, or times a year."""

    gives: Gives
    value: int = 0
    words: Texts = Texts({})  # noqa: RUF009 - never changed

    def check(self, rung_key: str) -> None:
        """Raise `CellMissing` where what it gives is not said."""
        needs_value = self.gives in {Gives.AMOUNT, Gives.TIMES}
        if (needs_value and not 0 < self.value <= LARGEST_AMOUNT) or (self.gives is Gives.WORDS and not self.words):
            raise CellMissing(rung_key)


@dataclass(frozen=True)
class Benefit:
    """One line of the grid. `cells` by the keys of the rungs; a tier that is not there gets nothing of it."""

    name: Texts
    words: Texts
    kind: Kind
    cost_per_use: int
    """Minor units; 0: it costs nothing, or nobody reckoned it."""
    review_on: date | None
    """By then somebody asks whether it still moves anybody."""
    cells: Mapping[str, Cell]

    def check(self) -> None:
        """Raise `BenefitNameMissing` or `CellMissing`."""
        if not self.name:
            raise BenefitNameMissing
        for key, cell in self.cells.items():
            cell.check(key)

    @property
    def gaps(self) -> int:
        """Texts that a language lacks and another one has."""
        texts = [self.name, self.words, *(cell.words for cell in self.cells.values())]
        return sum(len(LANGUAGES) - len(text) for text in texts if text)


@dataclass(frozen=True)
class Less:
    """A tier that gets less of a benefit than the one below it."""

    benefit_id: int
    rung_key: str
    below_key: str


def tiers_with_less(benefits: Iterable[tuple[int, Benefit]], keys: Sequence[str]) -> list[Less]:
    """Where a tier loses what the tier below it has. `keys`: the rungs from the first up. Words are not compared."""
    found = []
    for benefit_id, benefit in benefits:
        for below, above in pairwise(keys):
            if _is_less(benefit.cells.get(above), benefit.cells.get(below)):
                found.append(Less(benefit_id, above, below))
    return found


def tiers_without(benefits: Iterable[Benefit], keys: Sequence[str]) -> list[str]:
    """Rungs above the first that get nothing of their own."""
    having = {key for benefit in benefits for key in benefit.cells}
    return [key for key in keys[1:] if key not in having]


def cost_of_use(benefit: Benefit, cell: Cell) -> int:
    """What one use costs the club: as the benefit says, or, where it says nothing, the amount that the tier gets."""
    if benefit.cost_per_use:
        return benefit.cost_per_use
    return cell.value if cell.gives is Gives.AMOUNT else 0


def year_of(day: date) -> tuple[date, date]:
    """The days within which "so many times a year" is counted: the calendar year."""
    return date(day.year, 1, 1), date(day.year, 12, 31)


def is_due(benefit: Benefit, today: date) -> bool:
    """Whether the day has come to ask whether it still moves anybody; one without a day is always due."""
    return benefit.review_on is None or benefit.review_on <= today


def is_one_sided(benefits: Sequence[Benefit]) -> bool:
    """Whether all of them speak to one side alone."""
    return len(benefits) > 1 and len({benefit.kind for benefit in benefits}) == 1


def _is_less(above: Cell | None, below: Cell | None) -> bool:
    if below is None:
        return False
    if above is None:
        return True
    return above.gives is below.gives and above.gives in {Gives.AMOUNT, Gives.TIMES} and above.value < below.value

"""Where a suggestion stands."""

from enum import StrEnum

LONGEST_WORDS = 2000
LONGEST_PUBLIC = 300


class State(StrEnum):
    """What the club makes of it; whoever suggested it hears of the last two."""

    RECEIVED = "received"
    LOOKING = "looking"
    DONE = "done"
    DECLINED = "declined"


ENDS = {State.DONE, State.DECLINED}
"""They need words: what was done, or why not."""

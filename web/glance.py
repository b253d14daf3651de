"""What a member sees at the top of every page: tier and points."""

from dataclasses import dataclass

from club.texts import Texts


@dataclass(frozen=True)
class Glance:
    """`tier` is None in a club without a ladder."""

    points: int
    tier: Texts | None


def member_glance() -> Glance | None:
    """The signed-in member's, or None."""
    return None

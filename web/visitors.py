"""Who is asking."""

from dataclasses import dataclass

from flask import g

from club.permissions import Role


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in. `person_id` is set for members, `role` for staff; one account may be both."""

    account_id: int
    person_id: int | None
    name: str
    role: Role | None
    session_id: int
    language: str | None
    second_factor_done: bool


def visitor() -> Visitor | None:
    """Whoever is signed in on this request."""
    found: Visitor | None = g.get("visitor")
    return found

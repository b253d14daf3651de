"""What the club writes to people about: the name of each act, where its button leads, and what its words need."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """One kind of message. Its words are in `templates/mail/<name>.txt`."""

    page: str = ""
    """Where the button leads, below the club's address; empty: to `data["path"]` with the message's secret behind."""
    needs: frozenset[str] = frozenset()
    """The keys that `data` must have."""

    @property
    def has_token(self) -> bool:
        """Whether the link is worth nothing without the secret."""
        return not self.page


def _with_token(*needs: str) -> Act:
    return Act(needs=frozenset({"path", "name", *needs}))


def _leading_to(page: str, *needs: str) -> Act:
    return Act(page, frozenset({"name", *needs}))


ACTS: dict[str, Act] = {
    "join.confirm": _with_token("hours"),
    "join.known": _with_token("minutes"),
    "join.welcome": _leading_to("/me", "number", "points"),
    "signin.link": _with_token("minutes"),
    "password.reset": _with_token("minutes"),
    "password.changed": _leading_to("/sign-in"),
    "email.change": _with_token("hours"),
    "email.changed": _leading_to("/sign-in", "new"),
    "claim.invitation": _with_token("number", "days"),
    "staff.invitation": _with_token("role", "hours"),
    "tier.reached": _leading_to("/me/tier", "tier"),
}
"""Keys of `data`; what signing in and joining carry is told in `club.access`.

- `name`: how to address the reader; empty: no name is said.
- `path`: ends with a slash. `minutes`, `hours` or `days`: how long the link works; later the message is given up.
- tier.reached: `tier`, the rung's name as {"en": …, "es": …, "ru": …}; `until`, the last day as YYYY-MM-DD, absent for
  no end; `multiplier_percent`, `discount_percent`: what the rung gives, absent: not said.
"""

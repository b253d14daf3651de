"""What the club writes to people about: the name of each act, where its link leads, and what its words need."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Act:
    """One kind of message. Its words are in `templates/mail/<name>.txt`."""

    path: str
    """Where its button leads, below the club's address; `{token}` is the message's secret."""
    needs: frozenset[str] = field(default_factory=frozenset)
    """The keys that `data` must have. Every message may have `name`, how to address the reader."""

    @property
    def has_token(self) -> bool:
        """Whether the link is worth nothing without the secret."""
        return "{token}" in self.path


def _act(path: str, *needs: str) -> Act:
    return Act(path, frozenset(needs))


ACTS: dict[str, Act] = {
    "join.confirm": _act("/join/confirm/{token}", "minutes"),
    "join.known": _act("/sign-in"),
    "join.welcome": _act("/me", "name", "member_number"),
    "signin.link": _act("/sign-in/link/{token}", "minutes"),
    "password.reset": _act("/sign-in/reset/{token}", "minutes"),
    "password.changed": _act("/sign-in/forgot"),
    "email.change": _act("/me/email/confirm/{token}", "minutes"),
    "email.changed": _act("/sign-in", "new_email"),
    "claim.invitation": _act("/join/claim/{token}", "name", "minutes"),
    "staff.invitation": _act("/sign-in/reset/{token}", "name", "minutes"),
    "tier.reached": _act("/me/tier", "name", "tier"),
}
"""Keys of `data`:

- `name`: how to address the reader; empty or absent: no name is said.
- `minutes`: how long the link works. A message that could not be sent in that time is given up.
- `member_number`: as it is shown, 7F3K-92QD.
- `points` (join.welcome): what the member starts with; absent or 0: not said.
- `new_email` (email.changed, sent to the old address): the new one, partly hidden.
- `tier`: the rung's name in the reader's language. `until`: last day as YYYY-MM-DD, absent for no end.
  `multiplier_percent`, `discount_percent`: what the rung gives; absent: not said.
"""

"""What somebody says when they join, and which words stood beside the boxes they ticked."""

from dataclasses import dataclass

from club.errors import NotJoinedFrom, TermsNotAccepted

TEXT_VERSION = "2026-11"
"""Which wording of terms, privacy notice and boxes was shown; changes whenever they do."""

NEWS_CHANNELS = ("email", "phone", "post")
LONGEST_CODE = 30
LONGEST_SOURCE = 40
JOIN_BONUS = "join"
"""The act that an earning rule can reward."""


@dataclass(frozen=True)
class LivesIn:
    """Where somebody lives who joins, and the countries whose people may."""

    country: str
    open_to: tuple[str, ...]

    def check(self) -> None:
        """Raise `NotJoinedFrom`."""
        if self.country not in self.open_to:
            raise NotJoinedFrom(self.open_to)


@dataclass(frozen=True, kw_only=True)
class WantsToJoin:
    """The form. `news`: the channels whose box was ticked."""

    full_name: str
    email: str
    password: str
    language: str
    accepts_terms: bool
    news: tuple[str, ...] = ()
    code: str = ""
    phone: str = ""
    """As typed; asked only where the club asks friends for it."""
    lives_in: LivesIn | None = None
    """None where the club asks nobody."""

    def check(self) -> None:
        """Raise `TermsNotAccepted`, `NotJoinedFrom`; names, addresses and passwords have their own checks."""
        if not self.accepts_terms:
            raise TermsNotAccepted
        if self.lives_in is not None:
            self.lives_in.check()

    @property
    def source(self) -> str:
        """How the club came to know this person; a code that brought them is kept with it."""
        return f"code:{self.code}"[:LONGEST_SOURCE] if self.code else "join"


def tidy_code(typed: str) -> str:
    """A code as it is kept: capitals, no spaces."""
    return "".join(typed.split()).upper()[:LONGEST_CODE]

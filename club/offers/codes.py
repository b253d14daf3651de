"""The code of a voucher: unguessable, read aloud without mistakes, with a check character as member numbers have."""

import re
import secrets

from stdnum.iso7064 import mod_37_36

from club.members.rules import ALPHABET

LENGTH = 12
"""Eleven random characters, 55 bits, and the check character."""
GROUP = 4

_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BETWEEN_GROUPS = re.compile(r"[\s\-\u2010-\u2015.]+")


def new_code() -> str:
    """A code that nobody has had."""
    stem = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return stem + str(mod_37_36.calc_check_digit(stem, ALPHABET))


def code_typed(text: str) -> str | None:
    """The code in what somebody typed or scanned, in any grouping and case; None if it is none."""
    code = _BETWEEN_GROUPS.sub("", text).upper().translate(_MISREAD)
    if len(code) != LENGTH or any(char not in ALPHABET for char in code):
        return None
    return code if mod_37_36.is_valid(code, ALPHABET) else None


def looks_like_code(text: str) -> bool:
    """Whether somebody meant a code of this kind, its check character right or not."""
    code = _BETWEEN_GROUPS.sub("", text).upper().translate(_MISREAD)
    return len(code) == LENGTH and all(char in ALPHABET for char in code)


def in_groups(code: str) -> str:
    """As it is shown: 7F3K-92QD-1A2B."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))

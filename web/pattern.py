"""A picture for a club that gave none: lines made from its monogram."""

from functools import lru_cache

from markupsafe import Markup

WIDTH, HEIGHT, STEP = 480, 360, 12
_COVERING = 'preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false"'
_BEFORE_A_NAME = {"the", "club", "el", "la", "los", "las", "клуб", "nuestro", "наш", "our"}


@lru_cache(maxsize=16)
def monogram_pattern(name: str) -> Markup:
    """Waves whose swing follows the letters of the name, with its first letter in the middle. Colours come from CSS."""
    letters = [ord(char) for char in name.casefold() if char.isalnum()] or [97]
    lines = "".join(_wave(row, letters) for row in range(1, HEIGHT // STEP))
    frame = f'<svg class="pattern" viewBox="0 0 {WIDTH} {HEIGHT}" {_COVERING}>'
    ring = f'<circle class="pattern-ring" cx="{WIDTH // 2}" cy="{HEIGHT // 2}" r="70"/>'
    letter = Markup('<text class="pattern-letter" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        WIDTH // 2, HEIGHT // 2 + 30, _initial(name)
    )
    return Markup(f"{frame}{lines}{ring}") + letter + Markup("</svg>")  # noqa: S704 - numbers only; the letter is escaped


@lru_cache(maxsize=2048)
def product_pattern(club_name: str, name: str) -> Markup:
    """A picture for goods that have none: the club's letter between waves that belong to this name. One path, small."""
    letters = [ord(char) for char in name.casefold() if char.isalnum()] or [97]
    waves = "".join(
        f"M0 {y}q30-{4 + letters[row % len(letters)] % 13} 60 0t60 0 60 0 60 0"
        for row, y in enumerate(range(18, HEIGHT // 2, 18))
    )
    frame = f'<svg class="pattern" viewBox="0 0 {WIDTH // 2} {HEIGHT // 2}" {_COVERING}>'
    ring = f'<circle class="pattern-ring" cx="{WIDTH // 4}" cy="{HEIGHT // 4}" r="38"/>'
    letter = Markup('<text class="pattern-letter pattern-small" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        WIDTH // 4, HEIGHT // 4 + 16, _initial(club_name)
    )
    return Markup(f'{frame}<path class="pattern-line" d="{waves}"/>{ring}') + letter + Markup("</svg>")  # noqa: S704 - numbers only; the letter is escaped


def _initial(name: str) -> str:
    """The first letter of the name itself, not of the word club or an article before it."""
    words = [word.strip("«»()'\u201c\u201d") for word in name.split()]
    telling = [word for word in words if word and word.casefold() not in _BEFORE_A_NAME]
    return (telling or words or ["•"])[0][:1].upper()


def _wave(row: int, letters: list[int]) -> str:
    y = row * STEP
    code = letters[row % len(letters)]
    swing = 5 + code % 11
    quarter = WIDTH // 4
    return (
        f'<path class="pattern-line" d="M0 {y} Q{quarter // 2} {y - swing} {quarter} {y} T{2 * quarter} {y}'
        f' T{3 * quarter} {y} T{WIDTH} {y}"/>'
    )

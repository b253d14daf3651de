"""Charts as SVG drawn on the server: attributes and classes only, so no policy stands in their way.

Places across are percentages and letters keep their size, so a chart is as legible on a phone as on a desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

ROW, BAR, LETTERS = 42, 9, 15
CURVE_HEIGHT = 220


@dataclass(frozen=True)
class Bar:
    """One bar: how long it is, in thousandths of the longest, and the figure in words."""

    permille: int
    words: str


@dataclass(frozen=True)
class Row:
    """A label and its bars, one or two."""

    label: str
    bars: Sequence[Bar]


def scaled(values: Sequence[int], words: Sequence[str]) -> list[Bar]:
    """Bars as long as their values beside the largest of them."""
    most = max([*values, 1])
    return [Bar(max(value, 0) * 1000 // most, said) for value, said in zip(values, words, strict=True)]


def bars(key: str, title: str, said: str, rows: Sequence[Row]) -> Markup:
    """Rows of bars: the label over them, the figures at the right. `said` is the answer for who cannot see it."""
    parts: list[Markup] = []
    top = 0
    for row in rows:
        parts.append(_text(0, top + LETTERS, row.label))
        parts.append(_text(100, top + LETTERS, " · ".join(bar.words for bar in row.bars), "end"))
        for number, bar in enumerate(row.bars):
            parts.append(_bar(top + LETTERS + 6 + number * (BAR + 2), bar.permille, number + 1))
        top += ROW + (len(row.bars) - 1) * (BAR + 2)
    return _svg(key, title, said, top, parts)


def curve(
    key: str, title: str, said: str, points: Sequence[tuple[int, int]], mark: tuple[int, int], note: str
) -> Markup:
    """Shares in thousandths, from (0, 0) to (1000, 1000); `mark` is the point that the answer is read off."""
    path = " ".join(f"{x / 10:.1f},{100 - y / 10:.1f}" for x, y in [(0, 0), *points])
    x, y = mark[0] / 10, CURVE_HEIGHT * (1000 - mark[1]) // 1000
    anchor, away = ("end", -2.0) if x > 50 else ("start", 2.0)
    grid = [
        Markup('<line class="chart-grid" x1="0" x2="100%" y1="{0}" y2="{0}"></line>').format(CURVE_HEIGHT * fifth // 5)
        for fifth in range(6)
    ]
    line = Markup(
        '<svg x="0" y="0" width="100%" height="{}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        '<polyline class="chart-line" points="{}" vector-effect="non-scaling-stroke"></polyline></svg>'
    ).format(CURVE_HEIGHT, path)
    marked = Markup(
        '<line class="chart-mark" x1="{x:.1f}%" x2="{x:.1f}%" y1="{y}" y2="{foot}"></line>'
        '<line class="chart-mark" x1="0" x2="{x:.1f}%" y1="{y}" y2="{y}"></line>'
        '<circle class="chart-dot" cx="{x:.1f}%" cy="{y}" r="5"></circle>'
    ).format(x=x, y=y, foot=CURVE_HEIGHT)
    words = _text(x + away, y + 28, note, anchor)
    return _svg(key, title, said, CURVE_HEIGHT, [*grid, line, marked, words])


def _svg(key: str, title: str, said: str, height: int, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" role="img" width="100%" height="{height}" aria-labelledby="{key}-title {key}-said">'
        '<title id="{key}-title">{title}</title><desc id="{key}-said">{said}</desc>{inside}</svg>'
    ).format(height=height, key=key, title=title, said=said, inside=Markup("").join(parts))


def _bar(top: int, permille: int, number: int) -> Markup:
    return Markup(
        '<rect class="chart-track" x="0" y="{y}" width="100%" height="{height}" rx="3"></rect>'
        '<rect class="chart-bar-{number}" x="0" y="{y}" width="{width:.1f}%" height="{height}" rx="3"></rect>'
    ).format(y=top, height=BAR, number=number, width=permille / 10)


def _text(x: float, y: int, words: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}%" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(words))

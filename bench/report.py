"""Plain tables for a terminal."""

from collections.abc import Sequence


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their heads: the first column to the left, figures to the right."""
    cells = [list(heads), *([_written(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(heads))]
    print(f"\n{title}")
    for number, line in enumerate(cells):
        first, *others = [
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  ".join([first, *others]).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print(flush=True)


def _written(cell: object) -> str:
    match cell:
        case None:
            return ""
        case float() if cell < 100:
            return f"{cell:.2f}"
        case float():
            return f"{cell:,.0f}"
        case int():
            return f"{cell:,}"
    return str(cell)

"""`python -m web.woff2 FONT TARGET`: the same font as the web packs it, a quarter smaller than zipped.

A process of its own, once for each installation: what it needs would stay in every web process.
The same font gives the same bytes whenever and wherever it is packed: its address names its content, and every
process and every node must name the same.
"""

import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

from fontTools.ttLib import TTFont


def main(source: str, target: str) -> None:
    """Write the packed font whole or not at all; several processes may do it at once."""
    font = TTFont(source, recalcTimestamp=False)
    font.flavor = "woff2"
    with NamedTemporaryFile(dir=Path(target).parent, delete=False) as unfinished:
        font.save(unfinished)
    Path(unfinished.name).replace(target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

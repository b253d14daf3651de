"""Taking back all that came with an import; see docs/decisions/0013-undoing-an-import.md."""

from club.imports.service.undoing.whole import take_back

__all__ = ["take_back"]

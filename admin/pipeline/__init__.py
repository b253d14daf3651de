"""Where everybody stands between stranger and promoter."""

from admin.pipeline import board, names, one

__all__ = ["board", "names", "one"]

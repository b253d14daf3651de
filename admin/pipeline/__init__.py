"""Where everybody stands between stranger and promoter."""

from admin.pipeline import board, one

__all__ = ["board", "one"]

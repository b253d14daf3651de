"""Use cases of merging: two records of one human become one, and are parted again within 30 days."""

from club.merging.service.merging import Wanted, merge
from club.merging.service.undoing import undo

__all__ = ["Wanted", "merge", "undo"]

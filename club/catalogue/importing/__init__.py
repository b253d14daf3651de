"""Products from a table and into one: what would change is said first, and the same is then written, all or nothing."""

from club.catalogue.importing.comparing import Plan, look
from club.catalogue.importing.exporting import export
from club.catalogue.importing.writing import take_in

__all__ = ["Plan", "export", "look", "take_in"]

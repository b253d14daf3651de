"""What is said in the night, and what staff choose of it."""

from club.notices.service.choosing import Holidays, add_day, remove_day, save
from club.notices.service.nightly import night

__all__ = ["Holidays", "add_day", "night", "remove_day", "save"]

"""What is said in the night, and what staff choose of it."""

from club.notices.service.choosing import add_day, keep_holidays, remove_day, save_settings
from club.notices.service.nightly import night

__all__ = ["add_day", "keep_holidays", "night", "remove_day", "save_settings"]

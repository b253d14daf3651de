"""What commands need of the running program."""

from flask import current_app

from club.settings import Settings


def settings() -> Settings:
    """The program's settings."""
    found: Settings = current_app.extensions["club_settings"]
    return found

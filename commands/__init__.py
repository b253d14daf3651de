"""The operator's door: `flask --app wsgi GROUP COMMAND`, one module a group."""

from flask import Flask

from commands.club import club_group
from commands.points import points_group
from commands.rules import rules_group

GROUPS = (club_group, points_group, rules_group)


def register(app: Flask) -> None:
    """Add every group of commands."""
    for group in GROUPS:
        app.cli.add_command(group)

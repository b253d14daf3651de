"""The operator's door: `flask --app wsgi GROUP COMMAND`, one module a group."""

from flask import Flask

from commands.club import club_group
from commands.db import db_group
from commands.invitations import invitations_group
from commands.members import members_group
from commands.night import night_group
from commands.points_import import points_group
from commands.purchases import purchases_group
from commands.rules import rules_group
from commands.staff import staff_group
from commands.tiers import tiers_group

GROUPS = (
    club_group,
    db_group,
    invitations_group,
    members_group,
    night_group,
    points_group,
    purchases_group,
    rules_group,
    staff_group,
    tiers_group,
)


def register(app: Flask) -> None:
    """Add every group of commands."""
    for group in GROUPS:
        app.cli.add_command(group)

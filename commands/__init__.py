"""The operator's door: `flask --app wsgi GROUP COMMAND`, one module a group."""

from importlib import import_module

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup

GROUPS = {
    "catalogue": "commands.catalogue",
    "club": "commands.club",
    "db": "commands.db",
    "invitations": "commands.invitations",
    "mails": "commands.mails",
    "members": "commands.members",
    "night": "commands.night",
    "offers": "commands.offers",
    "orders": "commands.orders",
    "payments": "commands.payments",
    "points": "commands.points_import",
    "purchases": "commands.purchases",
    "rules": "commands.rules",
    "staff": "commands.staff",
    "tiers": "commands.tiers",
}
"""The module that brings each group, as `NAME_group`."""


class Groups(AppGroup):
    """A group is loaded when it is called: what commands import would cost every web process 15 MB."""

    def list_commands(self, ctx: Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *GROUPS})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        group: Command = getattr(import_module(GROUPS[cmd_name]), f"{cmd_name}_group")
        return group


def register(app: Flask) -> None:
    """Add every group of commands."""
    app.cli = Groups()

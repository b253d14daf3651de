"""`flask --app wsgi members invite`: imported and enrolled people get their invitation when the owner says so."""

from datetime import UTC, datetime

import click

from club.errors import Refusal
from club.joining import service as joining
from club.members.models import find_member
from commands.database import session
from commands.groups import Group

invitations_group = Group("invitations", help="Invitations to members without an account.")


@invitations_group.command("send")
@click.argument("member", default="")
@click.option("--all-without-account", "everybody", is_flag=True, help="Every member with an address and no account.")
def send(member: str, everybody: bool) -> None:
    """Mail one member (number, address, phone, card) or all who have no account an invitation to open one."""
    if bool(member) == everybody:
        raise click.UsageError("Give one member, or --all-without-account.")
    now = datetime.now(UTC)
    with session() as db:
        try:
            if everybody:
                click.echo(f"{joining.invite_all(db, None, None, now)} invitations queued.")
            else:
                joining.invite_to_claim(db, find_member(db, member), None, None, now)
                click.echo("1 invitation queued.")
        except Refusal as refusal:
            raise click.ClickException(refusal.plain()) from refusal

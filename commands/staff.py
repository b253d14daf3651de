"""`flask --app wsgi staff …`: who works for the club."""

from collections.abc import Callable
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from club.access import service as access
from club.access.rules import PATHS
from club.accounts.models import Colleague, colleagues, login_with_email
from club.accounts.rules import LINK_MINUTES
from club.errors import Refusal
from club.permissions import Role
from club.support.handing_over import leave
from commands.database import session
from commands.groups import Group
from commands.settings import settings

staff_group = Group("staff", help="Who works for the club.")


@staff_group.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="", help="Full name; the part before the @ unless given.")
def add(email: str, role: str, name: str) -> None:
    """Let somebody work for the club. Prints the invitation link, which is mailed as well."""
    with session() as db:
        _print_link(
            lambda now: access.add_staff(
                db, email, name=name or email.partition("@")[0], staff_role=Role(role), by=None, role=None, now=now
            )
        )


@staff_group.command("invite")
@click.argument("email")
def invite(email: str) -> None:
    """A new invitation for somebody whose old one has expired."""
    with session() as db:
        _print_link(lambda now: access.invite_again(db, _account_id(db, email), None, None, now))


@staff_group.command("list")
def list_staff() -> None:
    """All staff, former ones included."""
    with session() as db:
        for colleague in colleagues(db):
            click.echo(f"{colleague.email}\t{colleague.role.value}\t{colleague.name}\t{_state(colleague)}")


@staff_group.command("disable")
@click.argument("email")
@click.option("--successor", help="Address of whoever takes over the customers, tasks and promises still in hand.")
def disable(email: str, successor: str | None) -> None:
    """Somebody no longer works for the club; hands over what they have in hand, signs them out everywhere."""
    with session() as db:
        leaving, following = _account_id(db, email), None if successor is None else _account_id(db, successor)
        try:
            left = leave(db, leaving, following, None, None, datetime.now(UTC))
        except Refusal as refusal:
            raise click.ClickException(refusal.plain()) from refusal
    click.echo(f"{email} no longer works for the club.")
    if successor is not None:
        click.echo(
            f"{successor} took over: {left.customers} customers, {left.tasks} tasks, {left.commitments} promises, "
            f"{left.cases} cases, {left.questions} questions."
        )


@staff_group.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """For a lost phone: forget authenticator and password, and invite anew."""
    with session() as db:
        _print_link(lambda now: access.reset_second_factor(db, _account_id(db, email), None, None, now))


def _print_link(make: Callable[[datetime], str]) -> None:
    try:
        token = make(datetime.now(UTC))
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    click.echo(f"Open within {LINK_MINUTES['staff'] // 60} hours, once:")
    click.echo(f"{settings().base_url}{PATHS['staff']}{token}")


def _account_id(db: Session, email: str) -> int:
    login = login_with_email(db, email)
    if login is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    return login.account_id


def _state(colleague: Colleague) -> str:
    if colleague.disabled_at is not None:
        return "disabled"
    if not colleague.has_password:
        return "invited"
    return "active" if colleague.has_second_factor else "second factor missing"

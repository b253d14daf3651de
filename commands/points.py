"""`flask --app wsgi points`: check the ledger, read a balance."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from club.clock import club_day
from club.errors import Refusal
from club.members.models import find_member
from club.points.models import BalanceView, balance_of
from club.points.verify import counts, violations
from club.programme.models import the_club
from commands.database import session
from commands.groups import Group

points_group = Group("points", help="The points ledger.")


@points_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Rebuild every balance from its entries and check what must hold; exit 1 when something does not."""
    with session() as db:
        found = violations(db)
        looked_at = counts(db)
    if as_json:
        click.echo(json.dumps({**asdict(looked_at), "violations": [asdict(one) for one in found]}, default=str))
    else:
        click.echo(f"{looked_at.members} members, {looked_at.movements} movements, {len(found)} violations")
        for one in found:
            click.echo(str(one), err=True)
    if found:
        raise SystemExit(1)


@points_group.command("balance")
@click.argument("member")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def balance(member: str, as_json: bool) -> None:
    """Print what MEMBER has: a member number, e-mail address, phone, external id or old card."""
    now = datetime.now(UTC)
    with session() as db:
        try:
            today = club_day(now, the_club(db).time_zone)
            has = balance_of(db, find_member(db, member), today)
        except Refusal as refusal:
            raise click.ClickException(refusal.plain()) from refusal
    values = _as_values(has)
    if as_json:
        click.echo(json.dumps(values))
        return
    for account in ("active", "pending", "held", "debt"):
        click.echo(f"{account:8}{values[account]:>14}")
    for part in has.expiring:
        click.echo(f"until {part.last_day}{part.points:>6}")


def _as_values(has: BalanceView) -> dict[str, object]:
    return {
        "active": has.active,
        "pending": has.pending,
        "held": has.held,
        "debt": has.owed,
        "expiring": [{"date": part.last_day.isoformat(), "points": part.points} for part in has.expiring],
    }

"""`flask --app wsgi rules`: what points are given for."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click

from club.accrual import service
from club.accrual.models import read_rules
from club.accrual.rules import AllRules, Campaign
from club.accrual.written import read, write
from club.errors import BadRule, Refusal
from club.permissions import Role
from club.programme.models import the_club
from club.programme.rules import Club
from commands.database import session
from commands.groups import Group

rules_group = Group("rules", help="What points are given for.")


@rules_group.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def set_rules(file: Path) -> None:
    """Make the rules in FILE (JSON) the club's rules; rules that are not in it are withdrawn.

    {"base": {"points": 1, "per_cents": 100, "from": "2024-01-01"},
    "campaigns": [{"percent": 200, "channel": "shop", "category": "wine", "from": "2026-12-01", "to": "2026-12-24"}],
    "bonuses": [{"act": "join", "points": 200}], "caps": [{"points": 5000, "per": "month"}]}
    """
    try:
        wanted = read(_parsed(file))
        with session() as db:
            changed = service.set_rules(db, wanted, None, Role.OWNER, datetime.now(UTC))
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    click.echo(f"{changed.added} added, {changed.withdrawn} withdrawn, {changed.kept} kept.")


@rules_group.command("show")
@click.option("--json", "as_json", is_flag=True, help="In the shape that `rules set` takes.")
def show(as_json: bool) -> None:
    """Say what points are given for."""
    with session() as db:
        try:
            club = the_club(db)
        except Refusal as refusal:
            raise click.ClickException(refusal.plain()) from refusal
        rules = read_rules(db)
    if as_json:
        click.echo(json.dumps(write(rules), ensure_ascii=False))
        return
    for line in _lines(rules, club) or ["No rules: purchases earn nothing."]:
        click.echo(line)


def _parsed(file: Path) -> object:
    try:
        parsed: object = json.loads(file.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise BadRule(f"{file.name} is no JSON: {broken}") from broken
    return parsed


def _lines(rules: AllRules, club: Club) -> list[str]:
    bases = [f"{b.points} points per {b.per_amount} cents {club.currency} {_dates(b.starts_on)}" for b in rules.bases]
    campaigns = [f"{c.percent} % of that{_where(c)} {_dates(c.starts_on, c.ends_on)}" for c in rules.campaigns]
    bonuses = [f"{b.points} points for: {b.act} {_dates(b.starts_on, b.ends_on)}" for b in rules.bonuses]
    caps = [f"at most {c.points} points per {c.period} {_dates(c.starts_on, c.ends_on)}" for c in rules.caps]
    return bases + campaigns + bonuses + caps


def _where(campaign: Campaign) -> str:
    channel = f" by {campaign.channel}" if campaign.channel else ""
    return channel + (f" for {campaign.category}" if campaign.category else "")


def _dates(first: date, last: date | None = None) -> str:
    return f"from {first} to {last}" if last else f"from {first}"

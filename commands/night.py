"""`flask --app wsgi night run`: what the worker does every night, by hand."""

import json
from datetime import UTC, datetime

import click
from flask import current_app

from club import night
from club.database import make_engine, sessions
from club.errors import Refusal
from club.programme.models import the_club
from commands.groups import Group

night_group = Group("night", help="What happens every club day, once it is over.")

STATEMENT_TIMEOUT_SECONDS = 60


@night_group.command("run")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The last day to do; yesterday unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print what every step changed.")
def run(as_of: datetime | None, as_json: bool) -> None:
    """Do what is left of every night up to a day. Run it as often as you like."""
    now = datetime.now(UTC)
    url = current_app.extensions["club_settings"].database_url
    engine = make_engine(url, statement_timeout_seconds=STATEMENT_TIMEOUT_SECONDS)
    try:
        with sessions(engine)() as db:
            closed = night.last_closed_day(the_club(db), now)
        day = as_of.date() if as_of else closed
        if day > closed:
            raise click.BadParameter(f"{day} is not over yet; the last day is {closed}", param_hint="--as-of")
        result = night.run(sessions(engine), day, now)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    finally:
        engine.dispose()
    click.echo(_as_json(result) if as_json else _as_text(result))


def _as_json(result: night.Night) -> str:
    steps = [{"day": one.day.isoformat(), "step": one.step, "changed": one.changed} for one in result.done]
    return json.dumps({"done": steps, "whole": result.is_whole})


def _as_text(result: night.Night) -> str:
    lines = [f"{one.day}  {one.step:16} {one.changed:>9,}" for one in result.done]
    if not result.is_whole:
        lines.append("Another process is at work on the next step.")
    return "\n".join(lines or ["Nothing was left to do."])

"""`flask --app wsgi tiers`: the ladder, and where it puts everybody."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from club.clock import club_day
from club.errors import BadLadder, Refusal
from club.programme.models import the_club
from club.tiers import service
from club.tiers.models import ladder_on
from club.tiers.rules import Ladder, Route, Rung
from club.tiers.written import read, write
from commands.database import session
from commands.groups import Group

FIRST_YEAR, LAST_YEAR = 1900, 2200

tiers_group = Group("tiers", help="The tier ladder.")


class _Day(click.DateTime):
    """A day in a century in which a club can be."""

    name = "day"

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        moment: datetime = super().convert(value, param, ctx)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail(f"{moment.year} is not a year from {FIRST_YEAR} to {LAST_YEAR}", param, ctx)
        return moment


@tiers_group.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "starts_on", type=_Day(), help="First day of the ladder; today unless given.")
def set_tiers(file: Path, starts_on: datetime | None) -> None:
    """Make the ladder in FILE (JSON) the club's ladder from a day on.

    {"window": "last_12_months", "routes": "any", "validity_months": 12, "grace_days": 30, "fall": "one_rung", "rungs":
    [{"key": "member", "name": {"en": "Member"}}, {"key": "gold", "name": {"en": "Gold"}, "spend_cents": 120000,
    "purchases": 10, "qualifying_points": 0, "by_invitation": false, "multiplier_percent": 150, "discount_percent": 5}]}
    """
    now = datetime.now(UTC)
    try:
        ladder = read(_parsed(file))
        with session() as db:
            today = club_day(now, the_club(db).time_zone)
            first_day = starts_on.date() if starts_on else today
            service.set_ladder(db, ladder, first_day, None, now)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    click.echo(f"{len(ladder.rungs)} rungs from {first_day}. {_when(first_day, today)}")


@tiers_group.command("show")
@click.option("--on", "day", type=_Day(), help="The ladder of that day; today unless given.")
@click.option("--json", "as_json", is_flag=True, help="In the shape that `tiers set` takes.")
def show(day: datetime | None, as_json: bool) -> None:
    """Say which ladder holds."""
    with session() as db:
        dated = ladder_on(db, _day_or_today(db, day))
    if as_json:
        click.echo(json.dumps(write(dated.ladder), ensure_ascii=False))
        return
    ladder = dated.ladder
    since = f"from {dated.starts_on}" if dated.starts_on else "none is set, so everybody is on one rung"
    click.echo(f"{since}: {ladder.window}, {ladder.routes} of the routes, for {ladder.validity_months} months")
    click.echo(f"grace {ladder.grace_days} days, fall {ladder.fall}")
    for line in _lines(ladder):
        click.echo(line)


@tiers_group.command("reassess")
@click.option("--as-of", "day", type=_Day(), help="The day whose rule and purchases count; today unless given.")
@click.option("--notify", is_flag=True, help="Leave a mail for everybody who rises.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def reassess(day: datetime | None, notify: bool, as_json: bool) -> None:
    """Place every member by what they bought, and write what changes, dated the day looked at."""
    with session() as db:
        as_of = _day_or_today(db, day)
        try:
            found = service.reassess_all(db, as_of, datetime.now(UTC), silent=not notify)
        except Refusal as refusal:
            raise click.ClickException(refusal.plain()) from refusal
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    click.echo(f"As of {as_of}: {found.members} members, {found.up} up, {found.down} down")
    for key, count in found.by_rung.items():
        click.echo(f"{key:24}{count:>12}")


def _day_or_today(db: Session, day: datetime | None) -> date:
    if day is not None:
        return day.date()
    try:
        return club_day(datetime.now(UTC), the_club(db).time_zone)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal


def _parsed(file: Path) -> object:
    try:
        parsed: object = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as broken:
        raise BadLadder(f"{file.name} is no JSON: {broken}") from broken
    return parsed


def _when(first_day: date, today: date) -> str:
    if first_day > today:
        return "The night of that day looks at everybody; until then nothing changes."
    return "A purchase looks at its member at once, the next night at everybody; `tiers reassess` does it now."


def _lines(ladder: Ladder) -> list[str]:
    return [f"{rung.key:24}{_asked(rung):40}{rung.multiplier_percent:>4} %" for rung in ladder.rungs]


def _asked(rung: Rung) -> str:
    if rung.by_invitation:
        return "by invitation"
    words = {Route.SPEND: "cents", Route.PURCHASES: "purchases", Route.QUALIFYING_POINTS: "qualifying points"}
    return ", ".join(f"{rung.asks(route)} {words[route]}" for route in rung.routes) or "nothing"

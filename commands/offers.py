"""`flask --app wsgi offers`: check offers, vouchers and gifts."""

import json
from dataclasses import asdict

import click

from club.offers.verify import violations
from commands.database import session
from commands.groups import Group

offers_group = Group("offers", help="Offers, vouchers and gifts.")


@offers_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Check what must hold between offers, vouchers, uses and gifts; exit 1 when something does not."""
    with session() as db:
        found = violations(db)
    if as_json:
        click.echo(json.dumps({"violations": [asdict(one) for one in found]}))
    else:
        click.echo(f"{len(found)} violations")
        for one in found:
            click.echo(str(one), err=True)
    if found:
        raise SystemExit(1)

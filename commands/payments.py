"""`flask --app wsgi payments`: hold payments against Stripe and against their orders."""

import json
from dataclasses import asdict

import click
from flask import current_app

from club.payments.asking import gateway_of
from club.payments.comparing import count, differences
from club.payments.troubles import StripeTrouble
from club.payments.verify import violations
from commands.database import session
from commands.groups import Group

payments_group = Group("payments", help="Payments by card.")

NOT_ASKED = 2
"""Exit code where Stripe could not be asked: nothing is known of what it has."""


@payments_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Compare payments with Stripe and with their orders; exit 1 when something differs. Nothing is written."""
    gateway = gateway_of(current_app.extensions["club_settings"])
    with session() as db:
        looked_at, wrong = count(db), violations(db)
        try:
            found = [] if gateway is None else list(differences(db, gateway))
        except StripeTrouble as trouble:
            click.echo(f"Stripe cannot be asked: {trouble}", err=True)
            raise SystemExit(NOT_ASKED) from trouble
    if as_json:
        said = {
            "payments": looked_at,
            "asked_stripe": gateway is not None,
            "violations": [asdict(one) for one in wrong],
            "differences": [asdict(one) for one in found],
        }
        click.echo(json.dumps(said))
    else:
        asked = "" if gateway is not None else ", the club takes no cards: Stripe was not asked"
        click.echo(f"{looked_at} payments, {len(wrong)} violations, {len(found)} differences{asked}")
        for one in wrong:
            click.echo(f"{one.rule}: order {one.number or '-'}, {one.expected} expected, {one.actual} found", err=True)
        for other in found:
            click.echo(
                f"{other.what}: order {other.number}, {other.intent_id}, ours {other.ours}, Stripe's {other.stripes}",
                err=True,
            )
    if wrong or found:
        raise SystemExit(1)

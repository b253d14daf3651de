"""`flask --app wsgi orders`: check orders against what they are made of."""

import json
from dataclasses import asdict

import click

from club.orders.verify import count, stock_and_orders
from commands.database import session
from commands.groups import Group

orders_group = Group("orders", help="What was bought in the shop.")


@orders_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Compare orders with their lines, stock, points and purchases; exit 1 when something does not hold."""
    with session() as db:
        found = stock_and_orders(db)
        looked_at = count(db)
    if as_json:
        click.echo(json.dumps({"orders": looked_at, "violations": [asdict(one) for one in found]}))
    else:
        click.echo(f"{looked_at} orders, {len(found)} violations")
        for one in found:
            click.echo(str(one), err=True)
    if found:
        raise SystemExit(1)

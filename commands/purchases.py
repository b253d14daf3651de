"""`flask --app wsgi purchases import`: take in what was bought, from a file."""

from datetime import UTC, datetime
from pathlib import Path

import click

from club.accrual.importing import Imported, PurchaseFile, import_purchases
from club.accrual.importing.purchases import TILL
from club.money import to_major
from club.programme.models import the_club
from commands.database import session
from commands.groups import Group
from commands.taking_in import (
    by_option,
    colleague,
    compared,
    complaints_told,
    csv_file,
    dry_run_option,
    encoding_option,
    errors_option,
    json_option,
    progress_line,
    tell,
)

purchases_group = Group("purchases", help="What was bought.")


@purchases_group.command("import")
@csv_file
@click.option("--create-members", is_flag=True, help="Make members, without sign-in, for keys that nobody has.")
@click.option("--channel", default=TILL, show_default=True, help="For rows that name none.")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="How amounts are written; found unless given.")
@click.option("--tell", "tells_members", is_flag=True, help="Mail members whose tier changes; otherwise nobody.")
@encoding_option
@dry_run_option
@errors_option
@by_option
@json_option
def import_(
    file: Path, create_members: bool, channel: str, decimal: str | None, tells_members: bool, encoding: str | None,
    dry_run: bool, errors_file: Path | None, by_email: str, as_json: bool,
) -> None:  # fmt: skip
    """Take in the purchases and returns in FILE, a CSV with these columns in any order:

    member, date, amount [, reference] [, channel] [, category] [, quantity] [, returns]

    The member is a member number, an e-mail address, an external id or an old card. Days are written 2026-03-31, or
    with the day first 31.03.2026. A row with `returns` gives back `amount` of the purchase with that reference. The
    same file twice adds nothing; an import that was interrupted is simply run again.
    """
    wanted = PurchaseFile(
        path=file, channel=channel, creates_members=create_members, is_dry_run=dry_run, tells_members=tells_members,
        encoding=encoding, decimal=decimal,
    )  # fmt: skip
    with session() as db, complaints_told(errors_file, is_quiet=as_json) as complaints:
        who = colleague(db, by_email)
        imported = import_purchases(
            db, wanted, who.account_id, who.role, datetime.now(UTC), complaints, progress_line(is_quiet=as_json)
        )
        currency = the_club(db).currency
    tell(imported.counts, _lines(imported, wanted, currency), as_json=as_json)


def _lines(imported: Imported, wanted: PurchaseFile, currency: str) -> list[str]:
    lines = [f"{wanted.path.name}: {imported.written}; the day is read before the month."]
    if imported.unknown_columns:
        lines.append(f"Not read: {', '.join(imported.unknown_columns)}.")
    would = "Nothing was changed. It would be: " if wanted.is_dry_run else ""
    lines.append(
        f"{would}{imported.rows:,} rows: {imported.new:,} new, {imported.same:,} known already, "
        f"{imported.errors:,} not usable; {imported.members_created:,} members made."
    )
    lines.append(
        f"New purchases {to_major(imported.amount, currency):,} {currency}, "
        f"given back {to_major(imported.given_back, currency):,} {currency}, {imported.points:,} points."
    )
    if not wanted.is_dry_run:
        lines += ["", *compared(_reconciled(imported, currency))]
    return lines


def _reconciled(imported: Imported, currency: str) -> list[tuple[str, int | str, int | str]]:
    """What the file has beside what the club has of it: compare the left column with the old system's totals."""
    return [
        ("purchases", imported.in_file.purchases, imported.in_club.purchases),
        (f"bought, {currency}", *_money(imported.in_file.bought, imported.in_club.bought, currency)),
        ("returns", imported.in_file.returns, imported.in_club.returns),
        (f"given back, {currency}", *_money(imported.in_file.given_back, imported.in_club.given_back, currency)),
        ("members", imported.in_file.members, imported.in_club.members),
    ]


def _money(file: int, club: int, currency: str) -> tuple[str, str]:
    return f"{to_major(file, currency):,}", f"{to_major(club, currency):,}"

"""`flask --app wsgi catalogue`: products from a table and into one."""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from club.catalogue.importing import Plan, export, look, take_in
from club.catalogue.importing.comparing import CHANGED, NEW, SAME
from club.catalogue.rules.faults import plain
from club.clock import club_day
from club.errors import Refusal
from club.intake.safety import safe_cell
from club.programme.models import the_club
from commands.database import session
from commands.groups import Group
from commands.taking_in import by_option, colleague, csv_file, dry_run_option, encoding_option, json_option, tell

catalogue_group = Group("catalogue", help="What the shop sells.")

ERRORS_SHOWN = 20


@catalogue_group.command("import")
@csv_file
@encoding_option
@dry_run_option
@by_option
@json_option
def import_(file: Path, encoding: str | None, dry_run: bool, by_email: str, as_json: bool) -> None:
    """Take in products, a CSV with one row a variant: sku, and of these what is wanted, in any order:

    name_en, name_es, name_ru, short_…, description_…, category, price, state, content, unit … as `export` writes them.

    An empty cell leaves what is there, a hyphen by itself empties it. All rows are taken in, or none.
    """
    now = datetime.now(UTC)
    try:
        with session() as db:
            who = colleague(db, by_email)
            plan = look(db, file, club_day(now, the_club(db).time_zone), encoding)
            if not dry_run and not plan.errors:
                take_in(db, file, who.account_id, who.role, now, seen=plan.fingerprint, encoding=encoding)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    counts = {kind: plan.count(kind) for kind in (NEW, CHANGED, SAME)}
    tell(counts | {"errors": len(plan.errors), "rows": plan.rows}, _lines(plan, counts, dry_run), as_json=as_json)
    if plan.errors:
        sys.exit(1)


@catalogue_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export_(file: Path) -> None:
    """Write all products into FILE, a table that `import` takes."""
    with session() as db, file.open("w", encoding="utf-8-sig", newline="") as out:
        heads, rows = export(db, club_day(datetime.now(UTC), the_club(db).time_zone))
        writer = csv.writer(out)
        writer.writerow(heads)
        for row in rows:
            writer.writerow([safe_cell(cell) for cell in row])


def _lines(plan: Plan, counts: dict[str, int], dry_run: bool) -> list[str]:
    lines = [
        f"row {error.row}, {error.column}: {error.value!r} {plain(error.fault, error.detail)}"
        for error in plan.errors[:ERRORS_SHOWN]
    ]
    if plan.unknown_columns:
        lines.append(f"Not read: {', '.join(plan.unknown_columns)}.")
    would = "Nothing was changed. It would be: " if dry_run or plan.errors else ""
    return [
        *lines,
        f"{would}{counts[NEW]:,} new, {counts[CHANGED]:,} changed, {counts[SAME]:,} the same, "
        f"{len(plan.errors):,} cells not usable.",
    ]

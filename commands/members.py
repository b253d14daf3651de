"""`flask --app wsgi members import`: take in people, from a file."""

from datetime import UTC, datetime
from pathlib import Path

from club.joining.importing import PeopleImported, import_members
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

members_group = Group("members", help="The people of the club.")


@members_group.command("import")
@csv_file
@encoding_option
@dry_run_option
@errors_option
@by_option
@json_option
def import_(
    file: Path, encoding: str | None, dry_run: bool, errors_file: Path | None, by_email: str, as_json: bool
) -> None:
    """Take in the people in FILE, a CSV with these columns in any order:

    name [, email] [, phone] [, language] [, birthday] [, member_number] [, external_id] [, card] [, joined] [, tier]
    [, tier_until] [, consent_email] [, consent_source] [, consent_date]

    Who is known by member number, address, external id or card is brought up to date; empty cells change nothing. Old
    cards can be scanned at the counter. Nobody is mailed and nobody gets a sign-in.
    """
    with session() as db, complaints_told(errors_file, is_quiet=as_json) as complaints:
        who = colleague(db, by_email)
        imported = import_members(
            db, file, who.account_id, who.role, datetime.now(UTC), complaints, progress_line(is_quiet=as_json),
            is_dry_run=dry_run, encoding=encoding,
        )  # fmt: skip
    tell(imported.counts, _lines(imported, file, is_dry_run=dry_run), as_json=as_json)


def _lines(imported: PeopleImported, file: Path, *, is_dry_run: bool) -> list[str]:
    lines = [f"{file.name}: {imported.written}; the day is read before the month."]
    if imported.unknown_columns:
        lines.append(f"Not read: {', '.join(imported.unknown_columns)}.")
    would = "Nothing was changed. It would be: " if is_dry_run else ""
    lines.append(
        f"{would}{imported.rows:,} rows: {imported.new:,} new, {imported.changed:,} changed, "
        f"{imported.same:,} the same, {imported.errors:,} not usable."
    )
    lines += imported.changes
    if not is_dry_run:
        members: list[tuple[str, int | str, int | str]] = [("members", imported.rows, imported.members_in_club)]
        tiers = [
            (f"tier {key}", imported.tiers_in_file.get(key, 0), count) for key, count in imported.tiers_in_club.items()
        ]
        lines += ["", *compared([*members, *tiers])]
    return lines

"""`flask --app wsgi points import`: opening balances from an older system."""

from datetime import UTC, datetime
from pathlib import Path

from club.points.openings import Opened, import_opening_balances
from commands.database import session
from commands.points import points_group
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


@points_group.command("import")
@csv_file
@encoding_option
@dry_run_option
@errors_option
@by_option
@json_option
def import_(
    file: Path, encoding: str | None, dry_run: bool, errors_file: Path | None, by_email: str, as_json: bool
) -> None:
    """Take in the points that members bring from an older system, a CSV with these columns in any order:

    member, points, expires [, reference]

    The member is a member number, an e-mail address, an external id or an old card. `expires` is the last day on which
    the points can be spent; empty: they never end. The same file twice adds nothing.
    """
    with session() as db, complaints_told(errors_file, is_quiet=as_json) as complaints:
        who = colleague(db, by_email)
        opened = import_opening_balances(
            db, file, who.account_id, who.role, datetime.now(UTC), complaints, progress_line(is_quiet=as_json),
            is_dry_run=dry_run, encoding=encoding,
        )  # fmt: skip
    tell(opened.counts, _lines(opened, file, is_dry_run=dry_run), as_json=as_json)


def _lines(opened: Opened, file: Path, *, is_dry_run: bool) -> list[str]:
    counts = opened.counts
    lines = [f"{file.name}: {opened.written}; the day is read before the month."]
    if opened.unknown_columns:
        lines.append(f"Not read: {', '.join(opened.unknown_columns)}.")
    would = "Nothing was changed. It would be: " if is_dry_run else ""
    lines.append(
        f"{would}{counts['rows']:,} rows: {counts['new']:,} new with {counts['points']:,} points, "
        f"{counts['same']:,} known already, {counts['errors']:,} not usable."
    )
    if not is_dry_run:
        lines += ["", *compared([("points", opened.points_in_file, opened.points_there)])]
        lines.append(
            f"{opened.members_in_file:,} members in the file; {opened.points_of_all:,} points in the whole club."
        )
    return lines


__all__ = ["points_group"]

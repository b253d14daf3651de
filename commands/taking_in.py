"""What every import says at the terminal: how far it is, what is wrong with which row, how the sums compare."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from club.accounts.models import login_with_email, staff_role
from club.errors import Refusal
from club.intake.complaints import Complaints
from club.permissions import Role

COMPLAINTS_SHOWN = 10
SECONDS_BETWEEN = 0.2

csv_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
errors_option = click.option(
    "--errors",
    "errors_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the rows that cannot be used to this CSV: row, column, value, what to do.",
)
by_option = click.option("--by", "by_email", default="", help="E-mail address of the colleague who does this.")
encoding_option = click.option("--encoding", help="UTF-8, Windows-1251 or Windows-1252; found unless given.")


@dataclass(frozen=True)
class Colleague:
    """On whose behalf the operator works: a member of staff with their rights, or the operator alone with all."""

    account_id: int | None
    role: Role | None


def colleague(db: Session, email: str) -> Colleague:
    """Who does this."""
    if not email:
        return Colleague(None, Role.OWNER)
    login = login_with_email(db, email)
    role = staff_role(db, login.account_id) if login else None
    if login is None or role is None:
        raise click.BadParameter(f"nobody who works for the club has the address {email}", param_hint="--by")
    return Colleague(login.account_id, role)


@contextmanager
def complaints_told(errors_file: Path | None, *, is_quiet: bool) -> Iterator[Complaints]:
    """Collects complaints; afterwards they are in the file, and the first ones on the terminal."""
    complaints = Complaints()
    try:
        yield complaints
        if errors_file is not None:
            complaints.write(errors_file)
        if not is_quiet:
            _show(complaints, errors_file)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    finally:
        complaints.close()


def _show(complaints: Complaints, errors_file: Path | None) -> None:
    for shown, complaint in enumerate(complaints):
        if shown == COMPLAINTS_SHOWN:
            click.echo(
                f"… all are in {errors_file}" if errors_file else "… --errors FILE.csv writes all of them", err=True
            )
            return
        where = f"row {complaint.row}" + (f", {complaint.column}" if complaint.column else "")
        value = f" {complaint.value!r}" if complaint.value else ""
        click.echo(f"{where}:{value} {complaint.what_to_do}", err=True)


def progress_line(*, is_quiet: bool) -> Callable[[str, int, int], None]:
    """Tells how far it is, how fast and how long still; only to somebody who sits at a terminal."""
    if is_quiet or not sys.stderr.isatty():
        return lambda _step, _done, _of: None
    return _Line()


class _Line:
    """One line, written over again."""

    def __init__(self) -> None:
        self._step = ""
        self._began = self._told = time.monotonic()

    def __call__(self, step: str, done: int, of: int) -> None:
        now = time.monotonic()
        if step != self._step:
            self._step, self._began = step, now
        elif now - self._told < SECONDS_BETWEEN and done < of:
            return
        self._told = now
        click.echo(f"\r\x1b[K{_said(step, done, of, now - self._began)}", nl=done >= of, err=True)


def _said(step: str, done: int, of: int, seconds: float) -> str:
    share = 100 * done // of if of else 100
    if not done or seconds <= 0 or step == "reading":
        return f"{step} {share} %"
    rate = done / seconds
    return f"{step} {share} %, {done:,} of {of:,} rows, {rate:,.0f} rows/s, {(of - done) / rate:,.0f} s left"


def tell(counts: Mapping[str, Any], lines: list[str], *, as_json: bool) -> None:
    """The counts for a machine, or lines for people."""
    if as_json:
        click.echo(json.dumps(counts))
        return
    for line in lines:
        click.echo(line)


def compared(rows: list[tuple[str, int | str, int | str]]) -> list[str]:
    """A small table: what the file has, what the club has."""
    texts = [("", "file", "club"), *((name, _number(file), _number(club)) for name, file, club in rows)]
    widths = [max(len(row[place]) for row in texts) for place in range(3)]
    return [f"{name:{widths[0]}}  {file:>{widths[1]}}  {club:>{widths[2]}}" for name, file, club in texts]


def _number(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value

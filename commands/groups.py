"""What every group of commands has in common."""

from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from commands.database import session
from migrations import standing


class Group(AppGroup):
    """Commands of one subject. Tables that this version does not know are named instead of shown as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; where the database refuses a statement, look whether it is ours at all."""
        try:
            return super().invoke(ctx)
        except (OperationalError, ProgrammingError) as failed:
            said = _wrong_tables()
            if said is None:
                raise
            raise click.ClickException(said) from failed


@with_appcontext
def _wrong_tables() -> str | None:
    try:
        with session() as db:
            found = standing.revision_of(db.connection())
    except (OperationalError, ProgrammingError):
        found = None
    if found == standing.newest():
        return None
    at = f"is at {found}" if found else "has no tables of a club yet"
    return f"The database {at}, this version needs {standing.newest()}: run `flask --app wsgi db upgrade` first."

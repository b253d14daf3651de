"""Where a database stands in its history, asked without Alembic, which no web process should have to carry."""

from pathlib import Path

from sqlalchemy import Connection, text

_VERSIONS = Path(__file__).parent / "versions"


def newest() -> str:
    """The revision that this code needs: files carry its number in front."""
    return max(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*_*.py"))


def revision_of(connection: Connection) -> str | None:
    """Where a database stands. Before its first migration there is no such table, and that is SQLAlchemy's error."""
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision

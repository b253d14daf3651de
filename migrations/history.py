"""The schema's history as the program uses it: bring a database up, ask where it stands, write the next step."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision. Two at once: the second waits and finds it done."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take a database back to a revision, `base` for an empty one. What the later tables held is gone."""
    command.downgrade(_config(url), revision)


def check(url: str) -> None:
    """Raise `alembic.util.CommandError` when the tables of the code differ from those of a database."""
    command.check(_config(url))


def write_next(url: str, name: str) -> Path:
    """A new file with the next running number that holds what the code's tables have and the database lacks."""
    latest = newest()
    number = f"{int(latest or 0) + 1:04d}"
    script = command.revision(_config(url), message=name, autogenerate=True, rev_id=number)
    if script is None or isinstance(script, list):
        raise RuntimeError("one file was expected")
    return Path(script.path)


def newest() -> str | None:
    """The revision that this code needs."""
    return _scripts().get_current_head()


def is_known(revision: str) -> bool:
    """Whether this code's history has the revision."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def revision_of(connection: Connection) -> str | None:
    """Where a database stands; None before its first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(""))


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config

"""`flask --app wsgi db …`: the schema's history, backup and restore."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from alembic.util import CommandError
from flask import current_app
from flask.cli import AppGroup

from club.backups import archive
from club.backups.dumps import Dumps, dumps_for
from club.backups.taking import Sources, take
from club.errors import Refusal
from club.settings import Settings
from migrations import history

db_group = AppGroup("db", help="The database: its tables, backup and restore.")

_FILE = click.Path(path_type=Path, dir_okay=False)


@db_group.command("upgrade")
def upgrade() -> None:
    """Bring the tables to what this version needs. Two at once: the second waits."""
    settings = _settings()
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    history.upgrade(settings.database_url)
    click.echo(f"The database is at {history.newest()}.")


@db_group.command("revision")
@click.argument("name")
def revision(name: str) -> None:
    """Write the next migration from what the code's tables have and the database lacks; then read it."""
    try:
        click.echo(history.write_next(_settings().database_url, name))
    except CommandError as refused:
        raise click.ClickException(str(refused)) from refused


@db_group.command("check")
def check() -> None:
    """Say whether the database is what the code expects."""
    try:
        history.check(_settings().database_url)
    except CommandError as different:
        raise click.ClickException(str(different)) from different


@db_group.command("backup")
@click.argument("file", type=_FILE)
def backup(file: Path) -> None:
    """Write database and uploads into one archive, while the club runs."""
    settings, started, now = _settings(), time.monotonic(), datetime.now(UTC)
    try:
        manifest = take(Sources(dumps_for(settings.database_url), _uploads(settings)), file, now)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    click.echo(
        f"{file}: {sum(manifest.rows.values()):,} rows, {len(manifest.files) - 1:,} uploads,"
        f" {file.stat().st_size / 1e6:,.1f} MB in {time.monotonic() - started:.1f} s."
        f" Holds everything committed before {manifest.made_at}."
    )


@db_group.command("restore")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Put it in the place of what is there.")
def restore(file: Path, replace: bool) -> None:
    """Make database and uploads what they were when the archive was written, then bring the tables up to date."""
    settings, started = _settings(), time.monotonic()
    try:
        manifest = _restored(dumps_for(settings.database_url), _uploads(settings), file, may_replace=replace)
    except Refusal as refusal:
        raise click.ClickException(refusal.plain()) from refusal
    history.upgrade(settings.database_url)
    click.echo(
        f"Restored {sum(manifest.rows.values()):,} rows and {len(manifest.files) - 1:,} uploads"
        f" as of {manifest.made_at} in {time.monotonic() - started:.1f} s."
    )


def _restored(dumps: Dumps, uploads: Path, file: Path, *, may_replace: bool) -> archive.Manifest:
    manifest = archive.read_manifest(file)
    if manifest.database != dumps.kind:
        raise click.ClickException(f"This backup comes from {manifest.database} and cannot go into {dumps.kind}.")
    if not history.is_known(manifest.schema):
        raise click.ClickException("A newer version of the program wrote this backup: install that version first.")
    has_uploads = uploads.is_dir() and any(uploads.iterdir())
    if not may_replace and (has_uploads or not dumps.is_empty()):
        raise click.ClickException("There is a club here already: give --replace to put the backup in its place.")
    uploads.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=uploads.parent, prefix=".restore-") as folder:
        archive.unpack(file, Path(folder))
        dumps.put_back(Path(folder) / archive.DATABASE, manifest.rows)
        _put_uploads_back(Path(folder) / archive.UPLOADS, uploads, Path(folder) / "before")
    return manifest


def _put_uploads_back(restored: Path, uploads: Path, before: Path) -> None:
    restored.mkdir(exist_ok=True)
    if uploads.exists():
        uploads.rename(before)
    shutil.move(restored, uploads)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["club_settings"]
    return settings


def _uploads(settings: Settings) -> Path:
    return settings.uploads_path

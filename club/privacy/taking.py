"""Everything that holds a member, as one archive: JSON, a file a table, with the files they sent or got.

Nothing of anybody else, no secrets.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Column, LargeBinary, Select, Table, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.members.models import Person
from club.papers import keeping
from club.privacy.held import ACCOUNT, held_tables, known_tables, of_people
from club.profile import photo
from club.returns.service import photos
from club.support.service import files as attachments

TAKEN = "person.data_taken"
LEFT_OUT = {
    "one_time_link": "links that were mailed open doors",
    "recovery_code": "codes open doors",
    "person_word": "the index by which staff find a name: the name itself stands in person",
    "person_merge_row": "which rows moved when two records became one: numbers of the database",
}
"""Tables that are about a member and are not handed over, each with its reason."""
SECRETS = frozenset(
    {"password_hash", "digest", "totp_secret", "totp_last_step", "secret",
    "key", "once", "door_key", "url", "session_id",
     "intent_id", "search_text"}
)  # fmt: skip
"""Columns that open something or only serve the program; digests are left out by their type."""
FILES = {
    "profile": ("photo", photo.INSIDE),
    "return_photo": ("file", photos.INSIDE),
    "support_file": ("file", attachments.INSIDE),
    "paper_file": ("name", keeping.FOLDER),
}
"""Table → the column that names a file, and its folder inside the folder of uploads."""


def write_archive(db: Session, uploads: Path, person_id: int, into: IO[bytes], *, by: int, now: datetime) -> None:
    """Write the archive; that it was taken is noted. Whoever calls it has asked for the password."""
    people = select(Person.id).where((Person.id == person_id) | (Person.merged_into == person_id))
    files = {name: _rows(db, table, people) for name, table in _handed_over()}
    with transaction(db) as tx:
        record(tx, TAKEN, "person", person_id, by=by, now=now, person_id=person_id, tables=len(files))
    with ZipFile(into, "w", ZIP_DEFLATED) as archive:
        archive.writestr("about.json", _plain({"made_at": now.isoformat(), "left_out": LEFT_OUT}))
        for name, rows in files.items():
            if rows:
                archive.writestr(f"{name}.json", _plain(rows))
        for name, (column, folder) in FILES.items():
            for row in files.get(name, ()):
                file = uploads / folder / Path(str(row[column])).name
                if row[column] and file.is_file():  # what was removed by age is gone
                    archive.write(file, f"files/{name}/{file.name}")


def columns_of(table: Table) -> list[Column[object]]:
    """The columns of a table that are handed over: no digest, no secret, nobody else's account."""
    return [column for column in table.columns if not _is_kept_back(column)]


def _handed_over() -> Iterator[tuple[str, Table]]:
    for name in held_tables():
        if name not in LEFT_OUT:
            yield name, known_tables()[name]


def _is_kept_back(column: Column[object]) -> bool:
    names_account = any(key.column.table.name == ACCOUNT for key in column.foreign_keys)
    return isinstance(column.type, LargeBinary) or column.name in SECRETS or names_account


def _rows(db: Session, table: Table, people: Select[int]) -> list[dict[str, object]]:
    asked = select(*columns_of(table)).where(of_people(table, people)).order_by(*table.primary_key)
    return [_row(found) for found in db.execute(asked).mappings()]


def _row(found: Mapping[Any, Any]) -> dict[str, object]:
    return {
        str(name): value.isoformat() if isinstance(value, date | datetime) else value for name, value in found.items()
    }


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=dict)

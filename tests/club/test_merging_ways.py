"""Every row that names a person is handled when two records become one: a new table fails here until it is."""

from club.database import Base
from club.members.models import Person
from club.merging.rules import FIELDS, OWN_COLUMNS
from club.merging.service.rows import NAMED_IN_WAYS
from club.merging.ways import WAYS, Way, parts
from club.tables import metadata


def places_that_name_a_person() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    }


def test_every_foreign_key_to_a_person_stands_in_the_table_of_ways() -> None:
    missing = places_that_name_a_person() - WAYS.keys()
    assert missing == set(), f"say in club/merging/ways.py what becomes of {sorted(missing)} when records are merged"


def test_every_table_that_moves_is_known_wherever_a_merge_runs() -> None:
    """Else a merge would work on a page and fail in a program that imports less."""
    subjects = tuple(module.__name__ for module in NAMED_IN_WAYS)
    owners = {mapper.class_.__tablename__: mapper.class_.__module__ for mapper in Base.registry.mappers}
    unknown = {place for place in WAYS if not owners[parts(place)[0]].startswith((*subjects, "club.audit"))}
    assert unknown == set(), f"name the subject of {sorted(unknown)} in club/merging/service/rows.py"


def test_nothing_stands_there_that_is_no_such_key() -> None:
    assert WAYS.keys() - places_that_name_a_person() == set()
    assert all(handled.why for handled in WAYS.values())


def test_what_may_be_there_once_a_person_is_moved_only_where_it_is_free() -> None:
    """Else the database would refuse a merge for a clash."""
    for place, handled in WAYS.items():
        table, column = parts(place)
        if handled.way is Way.MOVE:
            unique = [{part.name for part in index.columns} for index in metadata.tables[table].indexes if index.unique]
            keys = [{part.name for part in metadata.tables[table].primary_key}]
            assert not [names for names in (*unique, *keys) if column in names], place


def test_every_column_of_a_person_is_chosen_or_its_own() -> None:
    chosen = [column for columns in FIELDS.values() for column in columns]
    assert sorted([*chosen, *OWN_COLUMNS]) == sorted(column.name for column in Person.__table__.columns)

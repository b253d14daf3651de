"""What the club itself calls the stages, remembered in the process until somebody names them anew."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.pipeline.models.tables import StageName
from club.pipeline.rules import Stage
from club.programme.models import remembered
from club.texts import Texts


def own_names(db: Session) -> Mapping[Stage, Texts]:
    """Stage → its name in the languages in which the club gave it one."""
    return remembered(db, "stage names", _read)


def _read(db: Session) -> Mapping[Stage, Texts]:
    return {Stage(row.stage): row.name for row in db.execute(select(StageName.stage, StageName.name))}

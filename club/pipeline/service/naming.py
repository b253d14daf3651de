"""A club calls the stages as its people do."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from club.audit import record
from club.care.rules import checked_text
from club.database import transaction
from club.errors import ChangedMeanwhile, SameStageName
from club.permissions import Permission, Role, require
from club.pipeline.models.names import own_names
from club.pipeline.models.tables import LONGEST_NAME, StageName
from club.pipeline.rules import Stage, mark_of
from club.programme.service import touch
from club.texts import LANGUAGES, Texts


def name_stages(
    db: Session,
    names: Mapping[Stage, Texts],
    usual: Mapping[Stage, Texts],
    seen: str,
    by: int,
    role: Role | None,
    now: datetime,
) -> None:
    """Give the stages names of the club's own; where one is empty the `usual` one stands. `seen`: `mark_of` what was.

    Raises `NotAllowed`, `TextTooLong`, `SameStageName` where two stages would be called the same, and
    `ChangedMeanwhile`.
    """
    require(role, Permission.MANAGE_LEADS)
    wanted = {stage: _checked(names.get(stage, Texts({}))) for stage in Stage}
    for code in LANGUAGES:
        said = {(name.get(code) or usual[stage][code]).casefold() for stage, name in wanted.items()}
        if len(said) < len(wanted):
            raise SameStageName
    with transaction(db) as tx:
        touch(tx)
        before = own_names(tx)
        if mark_of(before) != seen:
            raise ChangedMeanwhile(())
        after = {stage: name for stage, name in wanted.items() if name}
        if after == before:
            return
        tx.execute(delete(StageName))
        if after:
            tx.execute(insert(StageName), [{"stage": stage.value, "name": name} for stage, name in after.items()])
        words: dict[str, object] = {"before": _plain(before), "after": _plain(after)}
        record(tx, "stages.named", "programme", 1, by=by, now=now, words=words)


def _plain(names: Mapping[Stage, Texts]) -> dict[str, dict[str, str]]:
    return {stage.value: dict(name) for stage, name in names.items()}


def _checked(name: Texts) -> Texts:
    cleaned = {code: checked_text(" ".join(text.split()), LONGEST_NAME) for code, text in name.items() if text.strip()}
    return Texts(cleaned)

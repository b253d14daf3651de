"""Who sells, and how papers are numbered, as the owner says it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import BadSetting, ChangedMeanwhile
from club.papers.models import Paper, PaperSeries, PaperSetting
from club.papers.rules import Kind, Seller
from club.papers.sellers import seller_of, with_values
from club.permissions import Permission, Role, require
from club.programme.models import Programme

_YEAR = "____-"


def save_seller(
    db: Session, values: Mapping[str, object], seen: int, by: int, role: Role | None, now: datetime
) -> tuple[str, ...]:
    """Write down who sells, for papers from now on; returns what changed. `seen`: the version that the page showed.

    Raises `NotAllowed`, `ChangedMeanwhile`, `BadSetting`.
    """
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        tx.execute(select(Programme.id).with_for_update())  # one owner at a time, also before there is a row
        before, version = seller_of(tx)
        after = with_values(before, dict(values))
        changed = tuple(name for name in values if getattr(before, name) != getattr(after, name))
        if version != seen:
            raise ChangedMeanwhile(changed)
        _check_prefixes(tx, after)
        columns = asdict(after)
        if version == 0:
            tx.execute(insert(PaperSetting).values(id=1, **columns))
        else:
            tx.execute(update(PaperSetting).values(version=version + 1, **columns))
        words: dict[str, object] = {
            name: [_said(getattr(before, name)), _said(getattr(after, name))] for name in changed
        }
        record(tx, "papers.seller_changed", "paper_setting", 1, by=by, now=now, words=words)
    return changed


def _check_prefixes(tx: Transaction, seller: Seller) -> None:
    """A prefix that stands on papers of one kind is never given to another: the two would share their numbers."""
    for kind in Kind:
        prefix = seller.series_of(kind, 0).removesuffix("0-")
        taken = exists().where(
            Paper.series_id == PaperSeries.id, PaperSeries.prefix.like(prefix + _YEAR), Paper.kind != kind
        )
        if tx.scalar(select(taken)):
            raise BadSetting("prefixes", "this prefix stands on papers of another kind")


def _said(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value

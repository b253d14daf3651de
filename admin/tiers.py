"""The tiers of today, of later and of before; taking back what has not begun."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.accounts.models import names_of_accounts
from club.errors import Refusal
from club.permissions import Permission
from club.tiers.models import Ladders, Version, ladders, members_by_rung
from club.tiers.rules import DatedLadder, Rung
from club.tiers.service import withdraw_ladder
from web.access import staff_only
from web.database import db
from web.messages import words_for
from web.programme import today
from web.standing import ways_to
from web.visitors import staff


@dataclass(frozen=True)
class Place:
    """A rung of today, and how many stand on it."""

    rung: Rung
    members: int


@dataclass(frozen=True)
class Listed:
    """A version as the page lists it. `state`: today, later, before or withdrawn."""

    version: Version
    by: str | None
    state: str


@admin.get("/tiers")
@staff_only(Permission.SEE_MEMBERS)
def tiers() -> ResponseReturnValue:
    """The ladder of today with how many stand where, ladders that are set for later, and those before."""
    known = ladders(db())
    dated = known.on(today())
    counts = members_by_rung(db())
    listed = _listed(known, dated)
    gone = {key: count for key, count in counts.items() if key and dated.ladder.position_of(key) is None}
    return render_template(
        "admin/tiers.html",
        dated=dated,
        places=places_of(dated, counts),
        gone=gone,
        members=sum(counts.values()),
        later=[one for one in listed if one.state == "later"],
        others=[one for one in listed if one.state != "later"],
        ways_to=ways_to,
    )


@admin.post("/tiers/<int:version_id>/withdraw")
@staff_only(Permission.EDIT_TIERS)
def tiers_withdraw(version_id: int) -> ResponseReturnValue:
    """Take back a ladder before it begins."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    try:
        withdraw_ladder(db(), version_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("The ladder was taken back. Nothing changes on its day."), "success")
    return redirect(url_for("admin.tiers"), 303)


def places_of(dated: DatedLadder, counts: dict[str, int]) -> list[Place]:
    """The rungs of a ladder with their members; terms without an end stand on the first one."""
    return [
        Place(rung, counts.get(rung.key, 0) + (counts.get("", 0) if place == 0 else 0))
        for place, rung in enumerate(dated.ladder.rungs)
    ]


def _listed(known: Ladders, dated: DatedLadder) -> list[Listed]:
    """The latest first."""
    names = names_of_accounts(db(), [v.created_by for v in known.versions if v.created_by is not None])
    return [
        Listed(version, names.get(version.created_by or 0), _state(version, dated))
        for version in sorted(known.versions, key=lambda v: (v.starts_on, v.id), reverse=True)
    ]


def _state(version: Version, dated: DatedLadder) -> str:
    if version.is_withdrawn:
        return "withdrawn"
    if version.id == dated.version_id:
        return "today"
    return "later" if version.starts_on > today() else "before"

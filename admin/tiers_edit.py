"""Changing the ladder: type, see what it would do to everybody, save. What was not looked at is not saved."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from admin import admin
from admin.tiers import places_of
from admin.tiers_effect import Shown, best_customers, customer_address, show
from admin.tiers_form import LadderForm, form_of, rearranged, rungs_sent, with_rungs
from club.clock import add_months
from club.errors import BadLadder, LadderChanged, StartNotAhead
from club.insight.ladder import FEWEST_BUYERS
from club.insight.models import the_term
from club.insight.service import proposed_ladder
from club.permissions import Permission
from club.tiers.models import Mark, Version, ladders, mark_of, members_by_rung
from club.tiers.rules import Ladder
from club.tiers.service import Plan, looked_at, plan_ladder
from web.access import staff_only
from web.database import db
from web.formats import day, number
from web.programme import today
from web.standing import ways_to
from web.visitors import staff

MOST_NAMED = 10


@dataclass(frozen=True)
class Seen:
    """What was looked at before saving: the form, the facts and the effect, and when."""

    form: str
    effect: str
    mark: Mark
    at: datetime

    def __str__(self) -> str:
        numbers = [self.mark.purchases, self.mark.returns, self.mark.terms, self.mark.members]
        numbers += [self.mark.versions, self.mark.withdrawn, int(self.at.timestamp())]
        return ".".join([self.form, self.effect, self.mark.as_of.isoformat(), *map(str, numbers)])

    @classmethod
    def read(cls, text: str | None) -> "Seen | None":
        """What a page carried; None where it carried nothing that a page of ours writes."""
        try:
            form, effect, as_of, *numbers = (text or "").split(".")
            *counts, at = map(int, numbers)
            return cls(form, effect, Mark(date.fromisoformat(as_of), *counts), datetime.fromtimestamp(at, UTC))
        except (ValueError, TypeError, OverflowError, OSError):
            return None


@admin.route("/tiers/edit", methods=["GET", "POST"])
@staff_only(Permission.EDIT_TIERS)
def tiers_edit() -> ResponseReturnValue:
    """The editor: the form, beside it what it would do."""
    if request.method != "POST":
        form = form_of(_begun_with(), _first_day())
        return _page(form, None)
    act = request.form.get("do", "show")
    if act.partition("-")[0] in {"add", "up", "down", "remove"}:
        return _page(rearranged(request.form, act), None)
    form = with_rungs(rungs_sent(request.form))(request.form)
    ladder = _ladder_of(form)
    if ladder is None:
        return _page(form, None), 200 if act == "live" else 422  # while somebody types, a gap is no mistake yet
    return _shown_or_saved(form, ladder, wants_to_save=act == "save")


def _ladder_of(form: LadderForm) -> Ladder | None:
    """What was typed, or None with the complaints at their fields."""
    if not form.validate():
        return None
    try:
        return form.ladder()
    except BadLadder as refusal:
        form.refuse(refusal)
        return None


def _shown_or_saved(form: LadderForm, ladder: Ladder, *, wants_to_save: bool) -> ResponseReturnValue:
    """The effect, until the button under this very effect is pressed."""
    before = Seen.read(form.shown.data)
    mark = mark_of(db(), today())
    with looked_at(db(), ladder, mark.as_of, best_customers()) as asked:
        shown = show(asked, MOST_NAMED)
    seen = Seen(_digest(form, ladder), sha256(shown.effect.digest().encode()).hexdigest()[:16], mark, datetime.now(UTC))
    form.shown.data = str(seen)
    if not wants_to_save:
        return _page(form, shown, seen=seen)
    if before is None or (before.form, before.effect, before.mark.as_of) != (seen.form, seen.effect, mark.as_of):
        return _page(form, shown, seen=seen, stale=_newer(before, seen)), 422
    try:
        return _saved(form, ladder, before)
    except LadderChanged:
        return _page(form, shown, seen=seen, stale=["versions"], theirs=_saved_since(before.mark)), 422
    except StartNotAhead as refusal:
        form.refuse(refusal, form.starts_on)
        return _page(form, shown, seen=seen), 422


def _saved(form: LadderForm, ladder: Ladder, before: Seen) -> ResponseReturnValue:
    who = staff()
    assert who.role is not None  # the door let nobody else in
    plan = Plan(ladder, form.first_day, not form.tell.data, (before.mark.versions, before.mark.withdrawn))
    plan_ladder(db(), plan, who.account_id, who.role, datetime.now(UTC))
    if form.first_day == today():
        flash(_("Saved. The ladder holds from now on, and whoever it lifts has been lifted."), "success")
    else:
        until = _("Saved for %(day)s. Until then it can be taken back below.", day=day(form.first_day))
        flash(until, "success")
    return redirect(url_for("admin.tiers"), 303)


def _page(
    form: LadderForm,
    shown: Shown | None,
    *,
    seen: Seen | None = None,
    stale: list[str] | None = None,
    theirs: Version | None = None,
) -> str:
    known = ladders(db())
    dated = known.on(today())
    counts = members_by_rung(db())
    return render_template(
        "admin/tiers_edit.html",
        form=form,
        shown=shown,
        seen=seen,
        stale=stale,
        theirs=theirs,
        now_on={place.rung.key: place.members for place in places_of(dated, counts)},
        scheduled=[v for v in known.versions if not v.is_withdrawn and v.starts_on > today()],
        ways_to=ways_to,
        customer_address=customer_address,
        today=today(),
        term=the_term(db()),
    )


def _digest(form: LadderForm, ladder: Ladder) -> str:
    meant = repr((ladder, form.first_day, bool(form.tell.data)))
    return sha256(meant.encode()).hexdigest()[:16]


def _newer(before: Seen | None, seen: Seen) -> list[str]:
    """What changed since the effect was looked at, by name."""
    if before is None:
        return ["nothing"]
    changed = sorted(seen.mark.newer_than(before.mark))
    return ["form", *changed] if before.form != seen.form else changed


def _saved_since(mark: Mark) -> Version | None:
    """The ladder that somebody else saved since."""
    newer = [version for version in ladders(db()).versions if version.id > mark.versions]
    return newer[-1] if newer else None


def _begun_with() -> Ladder:
    """What the form begins with: a version that the address names, else the ladder of today."""
    known = ladders(db())
    version_id = request.args.get("version", type=int)
    found = next((version.ladder for version in known.versions if version.id == version_id), None)
    if request.args.get("start") == "purchases":
        found = proposed_ladder(db(), today())
        if found is None:
            flash(_too_few(), "warning")
    return found or known.on(today()).ladder


def _too_few() -> str:
    return ngettext(
        "Fewer than %(count)s customer bought within a year, too few to make tiers of. This is the ladder of today.",
        "Fewer than %(count)s customers bought within a year, too few to make tiers of. This is the ladder of today.",
        FEWEST_BUYERS,
        count=number(FEWEST_BUYERS),
    )


def _first_day() -> date:
    """The next month's first; today where there are no tiers yet that anybody could count on."""
    day = today()
    return day if len(ladders(db()).on(day).ladder.rungs) == 1 else add_months(day.replace(day=1), 1)

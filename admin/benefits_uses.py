"""What members used of their benefits in some days, and what that cost, tier by tier."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from admin import admin
from admin.home_figures import DaysForm
from club.benefits.models import all_benefits
from club.benefits.rules import year_of
from club.benefits.uses import Used, used_between
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.programme import today


@dataclass(frozen=True)
class UsesLine:
    """One benefit: uses and cost by tier, and of all tiers together."""

    name: Any
    by_tier: list[Used]
    uses: int
    cost: int


@admin.get("/benefits/uses")
@staff_only(Permission.SEE_FIGURES)
def benefits_uses() -> ResponseReturnValue:
    """This year so far, or any days."""
    form = DaysForm(request.args or None, data={"first": year_of(today())[0], "last": today()})
    lines: list[UsesLine] = []
    keys: list[str] = []
    if not request.args or form.validate():
        assert form.first.data is not None  # validated, or filled above
        assert form.last.data is not None
        lines, keys = _lines(form.first.data, form.last.data)
    columns = [sum(line.by_tier[number].cost for line in lines) for number in range(len(keys))]
    return render_template(
        "admin/benefits_uses.html",
        form=form,
        lines=lines,
        keys=keys,
        columns=columns,
        uses=sum(line.uses for line in lines),
        cost=sum(line.cost for line in lines),
    ), 422 if form.errors else 200


def _lines(first: date, last: date) -> tuple[list[UsesLine], list[str]]:
    """Benefits that were used, in their order, and the tiers of the ladder with those that are gone and were used."""
    found = used_between(db(), first, last)
    keys = [rung.key for rung in ladder_on(db(), today()).ladder.rungs]
    keys += sorted({key for _, key in found} - set(keys))
    used = {benefit_id for benefit_id, _ in found}
    lines = []
    for line in all_benefits(db()):
        if line.id in used:
            by_tier = [found.get((line.id, key), Used()) for key in keys]
            uses, cost = sum(one.uses for one in by_tier), sum(one.cost for one in by_tier)
            lines.append(UsesLine(line.benefit.name, by_tier, uses, cost))
    return lines, keys

"""The effect of a ladder as its page shows it, and the lists of those whom it reaches."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from admin import admin
from club.accrual.models import rules_on
from club.benefits.uses import cost_by_tier, cost_in_a_year
from club.errors import BadLadder
from club.insight.models import MemberFigures
from club.insight.rules import YEAR_DAYS
from club.permissions import Permission
from club.tiers.effect import Cost, Effect, Fate, Fated, Rate, Side
from club.tiers.rules import Counted, Ladder
from club.tiers.service import Asked, Moved, looked_at, note_export
from club.tiers.standing import Way
from club.tiers.standing import ways_to as ways_of
from club.tiers.written import read, write
from web.access import staff_only
from web.database import db
from web.formats import money, percent
from web.movements import name_rungs_of, rung_name
from web.programme import programme, today
from web.spreadsheet import csv_file
from web.standing import missing_in_words
from web.visitors import staff

ON_A_PAGE = 50
MOST_PAGES = 100_000


@dataclass(frozen=True)
class Move:
    """One line of a matrix: members who go from a rung to another."""

    before: str
    after: str
    side: Side


@dataclass(frozen=True)
class Shown:
    """All that the panel says. `rising` and `losing` are the first few."""

    effect: Effect
    ladder: Ladder
    rising: list[Moved]
    losing: list[Moved]
    costs: dict[str, Cost]
    benefits: dict[str, int] | None
    """What benefits cost in a year; None while no use of any is written down."""
    written: str
    """The ladder as text, for the lists that belong to it."""

    def moves(self, *, later: bool = False) -> list[Move]:
        """Who moves, the most first; who stays is left out."""
        matrix = self.effect.later_matrix() if later else self.effect.matrix()
        moves = [Move(before, after, side) for (before, after), side in matrix.items() if before != after]
        return sorted(moves, key=lambda move: -move.side.members)

    def count(self, *fates: str) -> int:
        """Members of these fates."""
        found = self.effect.fates()
        return sum(found[Fate(fate)].members for fate in fates)

    def bought(self, *fates: str) -> int:
        """What they bought for in 12 months."""
        found = self.effect.fates()
        return sum(found[Fate(fate)].year_spend for fate in fates)

    def share(self, spend: int) -> str:
        """A part of all sales, in percent."""
        return percent_of(spend, self.effect.year_spend)

    def on(self, key: str, *, later: bool = False) -> int:
        """Members on a rung on the first day, or later."""
        sides = self.effect.later() if later else self.effect.at_once()
        return sides.get(key, Side()).members


def percent_of(part: int, whole: int) -> str:
    """A share in whole percent; a little is said as such."""
    if part and part * 100 < whole:
        return _("under %(percent)s", percent=percent(1))
    return percent(round(part * 100 / whole) if whole else 0)


def best_customers() -> Select[int]:
    """The best fifth, as the last night found them."""
    return select(MemberFigures.member_id).where(MemberFigures.place == "pareto")


def rate_today() -> Rate | None:
    """What a point costs the club; None while purchases earn none."""
    base, club = rules_on(db(), today()).base, programme()
    if base is None:
        return None
    return Rate(base.points, base.per_amount, club.point_value_points, club.point_value_minor)


def show(asked: Asked, most: int) -> Shown:
    """The panel of an effect."""
    effect, rate = asked.effect, rate_today()
    name_rungs_of(effect.dated.ladder)
    spent = cost_by_tier(db(), *_last_year(today()))
    return Shown(
        effect=effect,
        ladder=effect.dated.ladder,
        rising=asked.moved(effect.codes(Fate.UP), most),
        losing=asked.moved(effect.codes(Fate.DOWN, Fate.LOSES), most),
        costs={when: effect.cost(when, rate) for when in ("before", "at_once", "later")},
        benefits={when: _cost_of_benefits(effect, spent, when) for when in ("before", "at_once")} if spent else None,
        written=json.dumps(write(effect.dated.ladder), ensure_ascii=False),
    )


def _last_year(day: date) -> tuple[date, date]:
    return day - timedelta(days=YEAR_DAYS - 1), day


def _cost_of_benefits(effect: Effect, spent: dict[str, int], when: str) -> int:
    sides: dict[str, Side] = getattr(effect, when)()
    before, then = ({key: side.members for key, side in found.items()} for found in (effect.before(), sides))
    return cost_in_a_year(spent, before, then)


def customer_address(person_id: int) -> str | None:
    """The page of a customer."""
    endpoint = "admin.customers_one"
    return url_for(endpoint, person_id=person_id) if endpoint in current_app.view_functions else None


def missing_to_keep(one: Moved, ladder: Ladder) -> str:
    """What is missing to meet the rung again that is held now; empty where it is gone or not to be met by buying."""
    position = ladder.position_of(one.fated.before)
    if not position:
        return ""
    ways: tuple[Way, ...] = ways_of(
        ladder.rungs[position], Counted(one.spend, one.purchases, one.qualifying_points)
    )  # fmt: skip
    return missing_in_words(ways, ladder)


def fate_in_words(fated: Fated) -> str:
    """What becomes of somebody, for lists."""
    names = {"before": rung_name(fated.before), "after": rung_name(fated.at_once), "later": rung_name(fated.later)}
    match fated.fate:
        case Fate.UP:
            return _("rises from %(before)s to %(after)s", **names)
        case Fate.DOWN:
            return _("falls from %(before)s to %(after)s", **names)
        case Fate.LOSES:
            return _("keeps %(before)s to its end, then %(later)s", **names)
        case Fate.KEEPS:
            return _("keeps %(before)s and would have lost it", **names)
        case Fate.STAYS:
            return _("stays")


@admin.post("/tiers/edit/people")
@staff_only(Permission.EDIT_TIERS)
def tiers_edit_people() -> ResponseReturnValue:
    """All whom an unsaved ladder reaches, page by page."""
    ladder = _ladder_sent()
    page = min(max(request.form.get("page", 1, type=int), 1), MOST_PAGES)
    with looked_at(db(), ladder, today(), best_customers()) as asked:
        effect = asked.effect
        codes = _reached(effect)
        people = asked.moved(codes, ON_A_PAGE + 1, (page - 1) * ON_A_PAGE)
    return render_template(
        "admin/tiers_people.html",
        people=people[:ON_A_PAGE],
        has_more=len(people) > ON_A_PAGE,
        page=page,
        ladder=ladder,
        written=request.form["ladder"],
        total=effect.members - effect.fates()[Fate.STAYS].members,
        fate_in_words=fate_in_words,
        missing_to_keep=missing_to_keep,
        customer_address=customer_address,
    )


@admin.post("/tiers/edit/people.csv")
@staff_only(Permission.EXPORT_DATA)
def tiers_edit_csv() -> ResponseReturnValue:
    """The same as a table for spreadsheets; who took it is written down."""
    who, ladder = staff(), _ladder_sent()
    assert who.role is not None  # the door let nobody else in
    note_export(db(), who.account_id, who.role, datetime.now(UTC))
    heads = [
        _("Name"), _("Member number"), _("Tier now"), _("From the first day"), _("After the end of the term"),
        _("End of the term"), _("Bought in 12 months"), _("Best fifth"),
    ]  # fmt: skip
    return csv_file("tiers", heads, _cells(ladder))


def _cells(ladder: Ladder) -> Iterator[list[Any]]:
    name_rungs_of(ladder)
    with looked_at(db(), ladder, today(), best_customers()) as asked:
        for one in asked.everybody(_reached(asked.effect)):
            fated = one.fated
            yield [
                one.full_name, one.member_number, rung_name(fated.before), rung_name(fated.at_once),
                rung_name(fated.later), one.until.isoformat() if one.until else "", money(one.year_spend),
                _("yes") if one.is_best else "",
            ]  # fmt: skip


def _reached(effect: Effect) -> list[int]:
    return effect.codes(Fate.UP, Fate.DOWN, Fate.LOSES, Fate.KEEPS)


def _ladder_sent() -> Ladder:
    try:
        return read(json.loads(request.form.get("ladder", "")))
    except (ValueError, BadLadder, RecursionError):
        abort(400)

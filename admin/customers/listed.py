"""The list of customers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customers.asking import (
    MINE,
    NOBODY,
    PLACES,
    BulkForm,
    applied,
    asked,
    filter_form,
    order_of,
    query_of,
    wanted,
)
from club.care.models.to_do import Colleague, colleagues_at_work
from club.customers.listing import EVERY_WAY, count_up_to, figures_as_of, page_ids, rows_of
from club.customers.models import View, tags_known, tags_of, views_for
from club.customers.service import may_change, undoable
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db, id_in
from web.formats import number
from web.lasting import lasting_if_many
from web.lists import PAGE, Asked, page_of
from web.navigation import may_do
from web.programme import today
from web.visitors import staff

COUNTED = 10_000
"""Up to so many the list says how many there are."""

BUILT_IN: tuple[tuple[Any, dict[str, str], str], ...] = (
    (_l("All"), {}, "name"),
    (_l("Best fifth"), {"place": "pareto"}, "-bought"),
    (_l("Near the best fifth"), {"place": "near"}, "-bought"),
    (_l("Slipping away"), {"trend": EVERY_WAY}, "-bought"),
    (_l("Gone quiet"), {"quiet": "y"}, "-bought"),
    (_l("Birthday this week"), {"birthday": "y"}, "name"),
    (_l("Nobody looks after them"), {"carer": NOBODY}, "-bought"),
    (_l("Mine"), {"carer": MINE}, "name"),
)
"""Words, filters and order of the views that are always there."""


@dataclass(frozen=True)
class Tab:
    """A view as a link above the list."""

    words: Any
    address: str
    is_current: bool
    change: str | None = None
    """Where the view is renamed or deleted, if this visitor may."""


@admin.get("/customers")
@staff_only(Permission.SEE_MEMBERS)
def customers() -> ResponseReturnValue:
    """A page of the list."""
    return list_page(), 200


def list_page(problem: str | None = None, form: BulkForm | None = None) -> str:
    """The list as this request's address asks for it; `problem` says why an act on several people was not done."""
    this, day = asked(), today()
    chosen = wanted(this)
    ids = page_ids(
        db(), chosen, day, order_of(this), is_descending=this.is_descending, limit=PAGE + 1, offset=this.offset
    )
    total = lasting_if_many(
        "customers", (chosen, day), lambda: count_up_to(db(), chosen, day, COUNTED + 1), count=lambda found: found
    )
    tags, colleagues = tags_known(db()), colleagues_at_work(db())
    carried = tags_of(db(), ids[:PAGE])
    return render_template(
        "admin/customers.html",
        page=page_of(tuple(rows_of(db(), ids, day)), this, total if total <= COUNTED else None),
        tags_of=carried,
        tags_shown=tuple((person_id, *those) for person_id, those in carried.items()),
        tabs=_tabs(this),
        query=query_of(this),
        form=filter_form(this, tags, colleagues),
        applied=applied(this, tags, colleagues),
        tags=tuple(tags),
        places=PLACES,
        one_address=url_for("admin.customers_one", person_id=0)[:-1],
        counted=COUNTED,
        bulk=form or bulk_form(total, colleagues),
        ticked=tuple(request.form.getlist("person")) if request.method == "POST" else (),
        problem=problem,
        undo=_undo(),
        as_of=figures_as_of(db()),
        first_rung=ladder_on(db(), day).ladder.rungs[0].key,
        today=day,
    )


def bulk_form(total: int, colleagues: list[Colleague]) -> BulkForm:
    """What can be done with the ticked people, or with all whom the filters leave."""
    form = BulkForm()
    many = _("more than %(number)s", number=number(COUNTED)) if total > COUNTED else number(total)
    form.scope.choices = [
        SelectChoice("ticked", _("the ticked customers")),
        SelectChoice("all", _("all that match: %(number)s", number=many)),
    ]
    everybody = colleagues if may_do(Permission.HAND_OVER) else [one for one in colleagues if _is_me(one)]
    form.carer.choices = [
        SelectChoice("0", _("Nobody")),
        *(SelectChoice(str(one.account_id), one.name) for one in everybody),
    ]
    return form


def _is_me(one: Colleague) -> bool:
    return one.account_id == staff().account_id


def _tabs(this: Asked) -> list[Tab]:
    here = (dict(this.filters), this.order)
    tabs = [
        Tab(words, _address(filters, order), (filters, order) == here)
        for words, filters, order in BUILT_IN
        if "birthday" not in filters or may_do(Permission.SEE_CONTACT)
    ]
    return tabs + [_tab(view, here) for view in views_for(db(), staff().account_id)]


def _tab(view: View, here: tuple[dict[str, str], str]) -> Tab:
    filters = dict(parse_qsl(view.query))
    order = filters.pop("order", "name")
    is_changeable = may_change(view, staff().account_id, staff().role)
    change = url_for("admin.customers_view", view_id=view.id) if is_changeable else None
    return Tab(view.name, _address(filters, order), (filters, order) == here, change)


def _address(filters: dict[str, str], order: str) -> str:
    shown: dict[str, Any] = {**filters, **({} if order == "name" else {"order": order})}
    return url_for("admin.customers", **shown)


def _undo() -> int | None:
    """The act with tags that the page offers to take back."""
    entry_id = id_in(request.args.get("undo"))
    if entry_id is None or not may_do(Permission.EDIT_MEMBERS):
        return None
    return entry_id if undoable(db(), entry_id, staff().account_id, datetime.now(UTC)) else None

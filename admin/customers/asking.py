"""What the address of the list asks for: its filters as a form, as a value and as words."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField
from wtforms.fields.choices import SelectChoice

from club.care.models.to_do import Colleague
from club.customers.listing import EVERY_WAY
from club.customers.rules import LONGEST_TAG, Order, Wanted, Who
from club.insight.watch import Trend
from club.permissions import Permission
from club.texts import LANGUAGES
from club.tiers.models import ladder_on
from web import lists
from web.database import db
from web.formats import day
from web.forms import Form, TextField
from web.languages import OWN_NAMES
from web.lists import Asked
from web.movements import rung_name
from web.navigation import may_do
from web.programme import today
from web.visitors import staff

FILTERS = (
    "q", "who", "tier", "place", "trend", "quiet", "birthday", "joined_from", "joined_to", "carer", "tag", "language",
    "news",
)  # fmt: skip
NOBODY, MINE = "nobody", "mine"
PLACES = {
    "pareto": _l("Best fifth"),
    "near": _l("Near the best fifth"),
    "other": _l("Others who bought this year"),
    "none": _l("Nothing bought this year"),
}
TRENDS = {
    EVERY_WAY: _l("Slipping away"),
    Trend.SLIPPING.value: _l("First signs only"),
    Trend.DECLINING.value: _l("Declining"),
    Trend.STEADY.value: _l("As usual"),
}
WHO = {Who.MEMBERS: _l("Members"), Who.OTHERS: _l("Others whom the club knows"), Who.ALL: _l("All")}


class FilterForm(Form):
    """What narrows the list. A question that changes nothing needs no key."""

    class Meta:
        """A GET form."""

        csrf = False

    q = TextField(_l("Name, number, phone or e-mail"), render_kw={"autocomplete": "off"})
    who = SelectField(_l("Who"))
    tier = SelectField(_l("Tier"))
    place = SelectField(_l("Place by what they bought"))
    trend = SelectField(_l("How they buy now"))
    carer = SelectField(_l("Looked after by"))
    tag = SelectField(_l("Tag"))
    joined_from = DateField(_l("Joined from"))
    joined_to = DateField(_l("Joined until"))
    language = SelectField(_l("Language"))
    news = SelectField(_l("News by e-mail"))
    quiet = BooleanField(_l("Gone quiet"))
    birthday = BooleanField(_l("Birthday this week"))


class BulkForm(Form):
    """What to do with several people at once."""

    scope = SelectField(_l("With"))
    tag = TextField(_l("Tag"), longest=LONGEST_TAG, id="several-tag", render_kw={"list": "tags", "autocomplete": "off"})
    carer = SelectField(_l("Looked after by"), id="several-carer")


def asked() -> Asked:
    """The list that this request asks for, whatever page of it is open."""
    this = lists.asked(FILTERS, [order.value for order in Order], Order.NAME)
    return replace(this, endpoint="admin.customers", parts={})


def wanted(this: Asked) -> Wanted:
    """The filters as a value. What cannot be read narrows nothing."""
    return _wanted(this.filters)


def wanted_by(query: str) -> Wanted:
    """The same for a view that was kept."""
    return _wanted({name: value for name, value in parse_qsl(query) if name in FILTERS})


def _wanted(filters: Mapping[str, str]) -> Wanted:
    return Wanted(
        who=_one_of(filters.get("who"), Who, Who.MEMBERS),
        text=filters.get("q", ""),
        by_contact=may_do(Permission.SEE_CONTACT),
        tier=filters.get("tier", ""),
        place=filters["place"] if filters.get("place") in PLACES else "",
        trend=filters["trend"] if filters.get("trend") in TRENDS else "",
        is_quiet="quiet" in filters,
        has_birthday_soon="birthday" in filters and may_do(Permission.SEE_CONTACT),
        joined_from=_day(filters.get("joined_from")),
        joined_to=_day(filters.get("joined_to")),
        carer=_carer(filters.get("carer")),
        tag=_id(filters.get("tag")),
        language=filters["language"] if filters.get("language") in LANGUAGES else "",
        news={"yes": True, "no": False}.get(filters.get("news", "")),
    )


def order_of(this: Asked) -> Order:
    """The column that the list is ordered by."""
    return Order(this.key)


def query_of(this: Asked) -> str:
    """What follows the question mark, as a saved view keeps it."""
    order = {} if this.order == this.usual_order else {"order": this.order}
    return urlencode({**this.filters, **order})


def filter_form(this: Asked, tags: list[tuple[int, str]], colleagues: list[Colleague]) -> FilterForm:
    """The form with what is chosen now."""
    typed: dict[str, Any] = dict(this.filters)
    typed |= {name: name in this.filters for name in ("quiet", "birthday")}
    typed |= {name: _day(this.filters.get(name)) for name in ("joined_from", "joined_to")}
    form = FilterForm(None, data=typed)
    rungs = ladder_on(db(), today()).ladder.rungs
    form.who.choices = [SelectChoice(who.value, words) for who, words in WHO.items()]
    form.tier.choices = _any([SelectChoice(rung.key, rung_name(rung.key)) for rung in rungs])
    form.place.choices = _any([SelectChoice(key, words) for key, words in PLACES.items()])
    form.trend.choices = _any([SelectChoice(key, words) for key, words in TRENDS.items()])
    form.carer.choices = _any(
        [
            SelectChoice(MINE, _("Me")),
            SelectChoice(NOBODY, _("Nobody")),
            *(SelectChoice(str(one.account_id), one.name) for one in colleagues),
        ]
    )
    form.tag.choices = _any([SelectChoice(str(tag_id), name) for tag_id, name in tags])
    form.language.choices = _any([SelectChoice(code, OWN_NAMES[code]) for code in LANGUAGES])
    form.news.choices = _any([SelectChoice("yes", _("Agreed")), SelectChoice("no", _("Not agreed"))])
    return form


def applied(this: Asked, tags: list[tuple[int, str]], colleagues: list[Colleague]) -> list[tuple[str, str]]:
    """Every filter that is on, in words."""
    names = {str(tag_id): name for tag_id, name in tags}
    carers = {str(one.account_id): one.name for one in colleagues} | {MINE: _("me"), NOBODY: _("nobody")}
    words: dict[str, Callable[[str], Any]] = {
        "q": lambda value: f"«{value}»",
        "who": lambda value: WHO.get(Who(value)) if value in tuple(Who) else None,
        "tier": rung_name,
        "place": PLACES.get,
        "trend": TRENDS.get,
        "quiet": lambda value: _("Gone quiet"),
        "birthday": lambda value: _("Birthday this week"),
        "joined_from": lambda value: _on_day(_l("Joined from: %(day)s"), value),
        "joined_to": lambda value: _on_day(_l("Joined until: %(day)s"), value),
        "carer": lambda value: _("Looked after by: %(name)s", name=carers.get(value, "–")),
        "tag": lambda value: _("Tag: %(tag)s", tag=names.get(value, "–")),
        "language": OWN_NAMES.get,
        "news": lambda value: _("News by e-mail: agreed") if value == "yes" else _("News by e-mail: not agreed"),
    }
    said = [(name, words[name](value)) for name, value in this.filters.items()]
    return [(name, str(one)) for name, one in said if one is not None]


def _on_day(words: Any, text: str) -> str | None:
    found = _day(text)
    return None if found is None else str(words) % {"day": day(found)}


def _any(choices: list[SelectChoice]) -> list[SelectChoice]:
    return [SelectChoice("", _("Any")), *choices]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _carer(text: str | None) -> int | None:
    return {MINE: staff().account_id, NOBODY: 0}.get(text or "", _id(text))


def _one_of(text: str | None, kind: type[Who], usual: Who) -> Who:
    return kind(text) if text in tuple(kind) else usual

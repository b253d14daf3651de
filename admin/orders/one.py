"""One order on one page: what is to be done next, its goods, its money, its way, what happened, and whose it is."""

from datetime import UTC, datetime
from typing import Any

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.orders.words import (
    ACTORS,
    DELIVERIES,
    FULFILMENTS,
    HANDED_OVER,
    LOOKS,
    MEANS,
    MOVES,
    PAYMENTS,
    paid_with,
)
from club.care.models import team
from club.customers.listing import rows_of as people_of
from club.orders.moves import (
    LONGEST_ADDRESS_OF_TRACKING,
    LONGEST_CARRIER,
    LONGEST_REASON,
    LONGEST_TRACKING,
    MEANS_NUMBER,
    may_make,
)
from club.orders.reading import MoveView, OrderView, moves_of, order_of, order_with
from club.orders.rules import Delivery, Move, PayBy, State
from club.papers.reading import papers_of
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import rule_of, staff_only
from web.database import db
from web.delivery_words import country_name
from web.formats import money
from web.forms import DayField, Form, TextAreaField, TextField, WholeNumberField
from web.movements import rung_name
from web.orders import discount_words
from web.programme import today
from web.visitors import visitor

admin.add_app_template_filter(country_name, "country_name")

_MEANS_BY_NUMBER = {number: MEANS[means] for means, number in MEANS_NUMBER.items()}


class PiecesForm(Form):
    """So many of each line. Fields are added by `with_pieces`."""

    act = "pack"
    line_ids: tuple[int, ...] = ()

    def pieces(self, line_id: int) -> Field:
        """The field of one line."""
        return self[f"{self.act}_{line_id}"]

    def wanted(self) -> dict[int, int]:
        """Pieces by line; an empty field is none."""
        return {line_id: self.pieces(line_id).data or 0 for line_id in self.line_ids}


class SendForm(PiecesForm):
    """Who carries a parcel, and how it is followed."""

    act = "send"
    carrier = TextField(_l("Carrier"), longest=LONGEST_CARRIER, render_kw={"autocomplete": "off", "list": "carriers"})
    tracking = TextField(_l("Tracking number"), longest=LONGEST_TRACKING, render_kw={"autocomplete": "off"})
    tracking_url = TextField(
        _l("Address where it is followed"), longest=LONGEST_ADDRESS_OF_TRACKING,
        render_kw={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"},
    )  # fmt: skip

    def validate_tracking_url(self, field: Any) -> None:
        """An address of the web, or nothing."""
        if field.data and not field.data.startswith("https://"):
            raise ValidationError(_("Enter the whole address; it begins with https://"))


class HandOverForm(Form):
    """Who fetches it says the code; what is due is paid."""

    code = TextField(_l("Pick-up code"), longest=12, render_kw={"autocomplete": "off", "spellcheck": "false"})
    reason = TextAreaField(_l("Without the code, because"), longest=LONGEST_REASON, rows=2)
    means = RadioField(_l("How it was paid"), validate_choice=False)


class ArrivedForm(Form):
    """The day on which it arrived."""

    day = DayField(_l("Arrived on"))


@admin.get("/orders/<number>")
@staff_only(Permission.MANAGE_ORDERS)
def order(number: str) -> ResponseReturnValue:
    """Everything about one order."""
    return order_page(order_of(db(), number))


@admin.get("/orders/with-id/<int:order_id>")
@staff_only(Permission.MANAGE_ORDERS)
def orders_by_id(order_id: int) -> ResponseReturnValue:
    """The same by its id: where the log leads."""
    return redirect(url_for("admin.order", number=order_with(db(), order_id).number), 303)


def pack_form(found: OrderView, *, is_shown: bool = False) -> PiecesForm:
    """What nobody has packed, all of it at first."""
    left = {line.id: line.quantity - line.packed - line.taken_out for line in found.lines}
    return _pieces_form(PiecesForm, {line_id: most for line_id, most in left.items() if most > 0}, is_shown)


def send_form(found: OrderView, *, is_shown: bool = False) -> SendForm:
    """What lies packed, all of it at first."""
    left = {line.id: line.packed - line.sent for line in found.lines if line.packed > line.sent}
    form = _pieces_form(SendForm, left, is_shown)
    assert isinstance(form, SendForm)
    return form


def _pieces_form(base: type[PiecesForm], left: dict[int, int], is_shown: bool) -> PiecesForm:
    fields: dict[str, object] = {"line_ids": tuple(left)}
    for line_id, most in left.items():
        fields[f"{base.act}_{line_id}"] = WholeNumberField(_l("Pieces"), least=0, most=most)
    kind = type(base.__name__, (base,), fields)
    known = {f"{base.act}_{line_id}": most for line_id, most in left.items()}
    form: PiecesForm = kind(formdata=None, data=known) if is_shown else kind(data=known)
    return form


def hand_over_form(*, is_shown: bool = False) -> HandOverForm:
    """Nothing is chosen at first."""
    form = HandOverForm(formdata=None) if is_shown else HandOverForm()
    form.means.choices = [SelectChoice(means.value, words) for means, words in MEANS.items()]
    return form


def order_page(found: OrderView, **forms: Form) -> str:
    """The page; `forms` are those that were sent and have to be put right."""
    stands, delivery = found.fulfilment, Delivery(found.delivery)
    allowed = {move.value for move in Move if may_make(move, stands, delivery)}
    moves, names = moves_of(db(), found.id), team(db()).names
    day = today()
    people = people_of(db(), [found.person_id], day) if found.person_id is not None else []
    return render_template(
        "admin/order.html",
        order=found,
        stands=stands,
        allowed=allowed,
        is_pickup=delivery is Delivery.PICKUP,
        discount_words=discount_words(found) if found.discount else "",
        due=found.due if found.pay_by is PayBy.PICKUP else 0,
        can_pack=any(line.quantity > line.packed + line.taken_out for line in found.lines),
        can_send=any(line.packed > line.sent for line in found.lines),
        steps=[(moved_words(move, delivery), move.at, actor_words(move, names)) for move in reversed(moves)],
        person=people[0] if people else None,
        first_rung=rung_name(ladder_on(db(), day).ladder.rungs[0].key),
        forms_by={
            "pack": pack_form(found, is_shown=True),
            "send": send_form(found, is_shown=True),
            "hand": hand_over_form(is_shown=True),
            "arrived": ArrivedForm(formdata=None, data={"day": day}),
            **forms,
        },
        sent_form=next(iter(forms.values()), None),
        elsewhere=_elsewhere(found),
        papers=papers_of(db(), found.id) if _is_open("admin.paper") else [],
        fulfilments=FULFILMENTS,
        looks=LOOKS,
        payments=PAYMENTS,
        paid_with=paid_with(found.pay_by, carried=found.carried, points=found.points),
        deliveries=DELIVERIES,
        now=datetime.now(UTC),
    )


def moved_words(move: MoveView, delivery: Delivery) -> str:
    """What happened, with its figures."""
    kind, numbers = Move(move.kind), move.numbers
    words = str(HANDED_OVER if kind is Move.SENT and delivery is Delivery.PICKUP else MOVES[kind])
    said = []
    if numbers.get("pieces"):
        said.append(_("pieces: %(count)s", count=numbers["pieces"]))
    amount = numbers.get("amount") or numbers.get("refund")
    if amount:
        said.append(money(amount))
    if numbers.get("means") in _MEANS_BY_NUMBER:
        said.append(str(_MEANS_BY_NUMBER[numbers["means"]]))
    if numbers.get("without_code"):
        said.append(_("without the code"))
    return f"{words} ({', '.join(said)})" if said else words


def actor_words(move: MoveView, names: dict[int, str]) -> str:
    """Who did it."""
    return names.get(move.by or 0) or str(ACTORS.get(move.actor, ""))


def _elsewhere(found: OrderView) -> list[tuple[str, Any]]:
    """Pages about this order that other parts of the house have."""
    pages: list[tuple[str, dict[str, Any], Any]] = [
        ("admin.return_new", {"number": found.number}, _l("Take goods back")),
        ("admin.order_money_back", {"number": found.number}, _l("Give money back without goods")),
        ("admin.packing_list", {"order": [found.number]}, _l("Packing slip as PDF")),
        ("admin.labels", {"order": [found.number]}, _l("Address label as PDF")),
        ("admin.papers", {"number": found.number}, _l("Invoices")),
    ]
    is_printed = found.contact is not None and found.state in {State.PLACED, State.DONE}
    has_it = {
        "admin.return_new": any(line.with_buyer for line in found.lines),
        "admin.order_money_back": found.settled_at is not None and bool(found.left or found.account_due),
        "admin.packing_list": is_printed,
        "admin.labels": is_printed and found.delivery == Delivery.SHIP,
    }
    there = [one for one in pages if has_it.get(one[0], True) and _is_open(one[0])]
    return [(url_for(endpoint, **parts), words) for endpoint, parts, words in there]


def _is_open(endpoint: str) -> bool:
    rule = rule_of(current_app.view_functions.get(endpoint))
    return rule is not None and rule.allows(visitor())

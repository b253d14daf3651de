"""Giving goods back, as all doors show it: the form with pieces and reason, the words for states and reasons."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from club.catalogue.rules.products import LONGEST_SKU
from club.errors import ExchangeNeedsAge
from club.returns.reading import NamedLine
from club.returns.rules import LONGEST_COMMENT, AskedBy, Reason, State, barred, most
from club.returns.service import Refunded, Swapped, Wanted
from club.returns.swaps import Swap
from web.formats import number
from web.forms import Form, Needed, OnceKeyField, TextAreaField, TextField, WholeNumberField
from web.languages import in_language

STATES: dict[str, Any] = {
    State.ASKED: _l("Waits for our answer"),
    State.APPROVED: _l("Approved: the goods can come"),
    State.REFUSED: _l("Refused"),
    State.RECEIVED: _l("The goods are here"),
    State.REFUNDED: _l("Refunded"),
    State.CLOSED: _l("Closed without a refund"),
}
MARKS: dict[str, str] = {
    State.ASKED: "warning", State.APPROVED: "info", State.REFUSED: "danger", State.RECEIVED: "info",
    State.REFUNDED: "success", State.CLOSED: "",
}  # fmt: skip
REASONS: dict[str, Any] = {
    Reason.CHANGED_MIND: _l("It is not what I want after all"),
    Reason.DAMAGED: _l("It is damaged or faulty"),
    Reason.WRONG: _l("Something else came"),
    Reason.DIFFERENT: _l("It is not as described"),
    Reason.LATE: _l("It came too late"),
    Reason.OTHER: _l("Another reason"),
    Reason.NONE: _l("No reason given"),
}
ASKED_BY: dict[str, Any] = {
    AskedBy.BUYER: _l("Asked for by the buyer"),
    AskedBy.STAFF: _l("Begun by staff"),
    AskedBy.WITHDRAWAL: _l("Withdrawal from the contract"),
}
LONGEST_AGE = 3
TO_CHOOSE = [SelectChoice(reason, words) for reason, words in REASONS.items() if reason != Reason.NONE]


class PiecesForm(Form):
    """What comes back, and why. Fields of the lines are added by `form_for`."""

    comment = TextAreaField(_l("What we should know about it"), longest=LONGEST_COMMENT)
    age = BooleanField()
    """Whether the buyer is as old as what goes out asks for; shown once it does."""
    asked_age = HiddenField()
    key = OnceKeyField()
    shown = HiddenField()
    """What the effect was worked out from; sending something else shows the effect again."""

    choosable: tuple[NamedLine, ...] = ()
    barred: tuple[NamedLine, ...] = ()
    """Lines that nobody can withdraw from."""
    asked_by: AskedBy = AskedBy.BUYER

    def tick(self, line_id: int) -> Field:
        """Whether this line comes back."""
        return self[f"line_{line_id}"]

    def units(self, line_id: int) -> Field | None:
        """How many pieces of it; none where there is only one."""
        return self._fields.get(f"units_{line_id}")

    def pieces(self) -> dict[int, int]:
        """Line id → how many come back."""
        found = {}
        for one in self.choosable:
            if self.tick(one.line.id).data:
                units = self.units(one.line.id)
                found[one.line.id] = 1 if units is None else units.data or 0
        return found

    def other(self, line_id: int) -> Field | None:
        """What goes out for it; none where nothing is offered."""
        return self._fields.get(f"instead_{line_id}")

    def article(self, line_id: int) -> Field | None:
        """The number of another article that goes out for it."""
        return self._fields.get(f"article_{line_id}")

    def instead(self, find: Callable[[str], int | None]) -> dict[int, int]:
        """Line id → variant, of the lines for which something else goes out; `find` looks an article up.

        An article that there is not is said at its field, and `errors` has it.
        """
        found: dict[int, int] = {}
        for line_id in self.pieces():
            other, article = self.other(line_id), self.article(line_id)
            if article is not None and article.data:
                variant_id = find(article.data)
                if variant_id is None:
                    article.errors = [_("The shop has no article with this number. It stands on the product’s page.")]
                else:
                    found[line_id] = variant_id
            elif other is not None and other.data:
                found[line_id] = int(other.data)
        return found

    @property
    def age_in_question(self) -> int:
        """The age that what goes out asks for; nought: none, as far as was looked."""
        asked = self.asked_age.data or ""
        return int(asked) if asked.isdecimal() and len(asked) <= LONGEST_AGE else 0

    @property
    def confirmed_age(self) -> int:
        """So many years old the buyer is said to be; nought: nobody asked, or no."""
        return self.age_in_question if self.age.data else 0

    def box_of_age(self) -> Field | None:
        """The box that confirms the age; none where nothing asks for one."""
        if not self.age_in_question:
            return None
        age = number(self.age_in_question)
        is_staff = self.asked_by is AskedBy.STAFF
        self.age.label.text = (
            _("The buyer is %(age)s years old or older.", age=age)
            if is_staff
            else _("I am %(age)s years old or older.", age=age)
        )
        return self.age

    def ask_age(self, refusal: ExchangeNeedsAge) -> None:
        """Ask for the age that something asks for which goes out."""
        self.asked_age.data, self.age.data = str(refusal.age), False
        self.refuse(refusal, self.age)

    def validate(self, extra_validators: Any = None) -> bool:
        """One line at least, and a number for each that is ticked."""
        is_right = super().validate(extra_validators)
        pieces = self.pieces()
        if not pieces and self.choosable:
            first = self.tick(self.choosable[0].line.id)
            first.errors = [*first.errors, _("Tick what you send back.")]
            return False
        for line_id, quantity in pieces.items():
            units = self.units(line_id)
            if units is not None and not quantity and not units.errors:
                units.errors = [_("Enter how many pieces come back.")]
                is_right = False
        return is_right

    def digest(self, order_id: int, who: str) -> bytes:
        """What this form is known by when it comes again from the same hands."""
        return sha256(f"{order_id}:{who}:{self.key.data}".encode()).digest()

    def wanted(self, order_id: int, who: str, instead: Mapping[int, int] = {}) -> Wanted:
        """What was typed, as a value; `who` sends it, `instead` goes out for it."""
        reason = self["reason"].data if "reason" in self else Reason.NONE
        return Wanted(
            order_id=order_id,
            pieces=self.pieces(),
            reason=Reason(reason),
            comment=self.comment.data or "",
            form_key=self.digest(order_id, who),
            instead=instead,
            confirmed_age=self.confirmed_age,
        )

    def fingerprint(self, effect: Refunded | Swapped, instead: Mapping[int, int] = {}) -> str:
        """What was shown: another choice or another effect is shown again before it is sent."""
        seen = (sorted(self.pieces().items()), sorted(instead.items()), effect)
        return sha256(repr(seen).encode()).hexdigest()[:32]


def form_for(
    lines: Sequence[NamedLine], asked_by: AskedBy, *, all_ticked: bool = False, swaps: Sequence[Swap] | None = None
) -> type[PiecesForm]:
    """The form for an order: its lines of which something can be asked for, and `swaps` to be had instead."""
    choosable = tuple(one for one in lines if most(asked_by, one.line) > 0)
    never = tuple(one for one in lines if one.line.left and barred(asked_by, one.line, Reason.NONE))
    fields: dict[str, object] = {"choosable": choosable, "barred": never, "asked_by": asked_by}
    for one in choosable:
        left = most(asked_by, one.line)
        fields[f"line_{one.line.id}"] = BooleanField(_l("Send back"), default=all_ticked)
        if left > 1:
            fields[f"units_{one.line.id}"] = WholeNumberField(_l("How many"), least=1, most=left, default=left)
        if swaps is not None:
            fields |= _instead_fields(one, swaps)
    if asked_by is not AskedBy.WITHDRAWAL:
        fields["reason"] = SelectField(
            _l("Reason"), [Needed(_l("Choose a reason."))], choices=[SelectChoice("", _l("Choose")), *TO_CHOOSE]
        )
    return type("LinesBackForm", (PiecesForm,), fields)


def _instead_fields(one: NamedLine, swaps: Sequence[Swap]) -> dict[str, object]:
    said = [
        SelectChoice(str(swap.variant_id), in_language(swap.name))
        for swap in swaps
        if swap.product_id == one.product_id
    ]
    return {
        f"instead_{one.line.id}": SelectField(
            _l("What you would like for it"),
            default="",
            choices=[SelectChoice("", _l("Money and points back")), *said],
        ),
        f"article_{one.line.id}": TextField(_l("Or another article, by its number"), longest=LONGEST_SKU),
    }

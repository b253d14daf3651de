"""What somebody fills in who wants to come: guests by name, what they need, a note; a stranger also who they are."""

import re
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from club.events.rules import LONGEST_NAME, LONGEST_NEED, Event, Party
from club.members.rules import LONGEST_NAME as LONGEST_FULL_NAME
from web.formats import number
from web.forms import EmailField, Form, Needed, TextAreaField, TextField

_GUEST = re.compile(r"guest_[1-9][0-9]?")
FEW_GUESTS = 2
"""So many rows are there from the beginning."""


class PartyForm(Form):
    """Made for one event by `party_form`: only what it asks. `agreed`: the points that were shown before the button."""

    agreed = HiddenField()
    diet: TextField | None = None
    access: TextField | None = None
    nameless: frozenset[str] = frozenset()
    """Rows of guests who are known and have no name: staff wrote down how many come, or their names are forgotten."""

    @property
    def guests(self) -> list[Any]:
        """The rows for guests."""
        return [field for field in self if _GUEST.fullmatch(field.name)]

    def party(self) -> Party:
        """Who comes and what they need; a row without a name is nobody, unless somebody without one was known there."""
        names = tuple(str(field.data or "") for field in self.guests if field.data or field.name in self.nameless)
        told = {name: self[name].data or "" for name in ("diet", "access", "note") if name in self}
        return Party(guests=names, **told)


class WhoComes(Form):
    """A stranger. `website` is seen by programs alone, that fill in whatever is there."""

    name = TextField(
        _l("Name"),
        [Needed(_l("Enter your name."))],
        longest=LONGEST_FULL_NAME,
        render_kw={"autocomplete": "name", "autocapitalize": "words"},
    )
    email = EmailField(_l("E-mail"), [Needed(_l("Enter your e-mail address."))])


class SignUpForm(WhoComes):
    """A stranger's place at an event that is open to everybody."""

    news = BooleanField(_l("Send me news by e-mail."))
    website = TextField(_l("Leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})


class TellMeForm(Form):
    """Whoever wants to hear of the next programme."""

    email = EmailField(_l("E-mail"), [Needed(_l("Enter your e-mail address."))])
    name = TextField(
        _l("Name"), [Needed(_l("Enter your name."))], longest=LONGEST_FULL_NAME, render_kw={"autocomplete": "name"}
    )
    agrees = BooleanField(
        _l("Write to me by e-mail about events and news of the club."),
        [Needed(_l("Tick the box, so that we may write to you."))],
    )
    website = TextField(_l("Leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})


def party_form(event: Event, known: Party, more: type[Form] = Form) -> PartyForm:
    """The form of one event as it stands: what was told before, or what was just sent."""
    rows = _rows(event, known)
    asked: dict[str, Any] = {
        f"guest_{row}": TextField(
            _("Guest %(number)s: name", number=number(row)), longest=LONGEST_NAME, render_kw={"autocomplete": "off"}
        )
        for row in range(1, rows + 1)
    }
    if event.asks_diet:
        asked["diet"] = TextField(_("What you or your guests do not eat"), longest=LONGEST_NEED)
    if event.asks_access:
        asked["access"] = TextField(_("What you need to get in and around"), longest=LONGEST_NEED)
    asked["note"] = TextAreaField(_("A note to the hosts"), longest=LONGEST_NEED, rows=2)
    bases = (PartyForm,) if more is Form else (more, PartyForm)
    told = {"diet": known.diet, "access": known.access, "note": known.note}
    told |= {f"guest_{row}": name for row, name in enumerate(known.guests, start=1)}
    asked["nameless"] = frozenset(f"guest_{row}" for row, name in enumerate(known.guests, start=1) if not name)
    made: PartyForm = type("EventForm", bases, asked)(data=told)
    _seat(made, brings())
    return made


def wants_another_row() -> bool:
    """Whether the button was "Add guest", or one that brings somebody of the family."""
    return request.form.get("do") == "add_guest" or bool(brings())


def brings() -> str:
    """The name on the button that was pressed to bring somebody of the family; empty: none was."""
    return request.form.get("with", "").replace("\0", "").strip()[:LONGEST_NAME]


def _seat(form: PartyForm, name: str) -> None:
    """Into the first free row, unless they are there already."""
    free = next((field for field in form.guests if not field.data and field.name not in form.nameless), None)
    if name and free is not None and all(field.data != name for field in form.guests):
        free.data = name


def _rows(event: Event, known: Party) -> int:
    sent = sum(1 for name in request.form if _GUEST.fullmatch(name))
    first = event.most_guests if event.most_guests <= FEW_GUESTS else 1
    rows = max(first, len(known.guests), sent)
    return min(rows + (1 if _wants_one_more(rows, known) else 0), event.most_guests)


def _wants_one_more(rows: int, known: Party) -> bool:
    """Whether another row was asked for, or none is free for whom is brought."""
    if not brings():
        return wants_another_row()
    taken = [bool(request.form.get(f"guest_{row}")) for row in range(1, rows + 1)]
    nameless = [row <= len(known.guests) and not known.guests[row - 1] for row in range(1, rows + 1)]
    return all(is_named or is_somebody for is_named, is_somebody in zip(taken, nameless, strict=True))

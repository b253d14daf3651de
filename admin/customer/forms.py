"""The forms of the composer: one of them is open on a customer's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin.customer.words import DIRECTIONS, KINDS, OUTCOMES, TO_DO, choices
from club.care.models import Colleague, Item
from club.care.rules import (
    LONGEST_SUMMARY,
    LONGEST_WHAT,
    Closing,
    Direction,
    Entry,
    Kind,
    NextStep,
    Outcome,
    PromiseState,
    TaskState,
    ToDo,
)
from web.formats import day_month
from web.forms import DayField, Form, Needed, OnceKeyField, TextAreaField, TextField, once
from web.programme import today

DAYS_AHEAD = (0, 1, 2, 3, 7, 14, 30, 90)
USUAL = "1"
LONGEST_LETTER = 4000
LONGEST_SUBJECT = 120


@dataclass(frozen=True)
class Tab:
    """One way to write something."""

    key: str
    words: Any


TABS = (
    Tab("call", _l("Call")),
    Tab("note", _l("Note")),
    Tab("task", _l("Task")),
    Tab("promise", _l("Promise")),
    Tab("message", _l("Message")),
)


def when_choices() -> list[SelectChoice]:
    """Today, tomorrow, then so many days ahead, each with its date."""
    first = today()
    return [SelectChoice(str(days), _when(days, first)) for days in DAYS_AHEAD]


def _when(days: int, first: date) -> str:
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    day = day_month(first + timedelta(days=days))
    return ngettext("in %(num)d day, %(day)s", "in %(num)d days, %(day)s", days, day=day)


class Composed(Form):
    """What every tab has: a key against being sent twice."""

    key = OnceKeyField()

    def cause(self, account_id: int) -> str:
        """By which the same form is recognised when it comes again."""
        return f"form:{once(self.key.data or '', account_id).hex()}"


class CallForm(Composed):
    """One dealing with the customer, what follows, and what it got done."""

    kind = SelectField(_l("How"), choices=choices({kind: words for kind, words in KINDS.items() if kind != Kind.NOTE}))
    direction = RadioField(
        _l("Who began"), [InputRequired(_l("Choose who began: the customer or us."))], choices=choices(DIRECTIONS)
    )
    outcome = SelectField(_l("Outcome"), choices=choices(OUTCOMES))
    summary = TextAreaField(_l("What was said"), [Needed(_l("Write what was said."))], longest=LONGEST_SUMMARY)
    done = SelectField(_l("This gets done"))
    next_step = TextField(_l("Next step"), longest=LONGEST_WHAT, render_kw={"autocomplete": "off"})
    when = SelectField(_l("When"), default=USUAL)
    is_promise = BooleanField(_l("We promised it to them"))

    def offer(self, items: Sequence[Item]) -> None:
        """The days ahead, and what is open for this customer."""
        self.when.choices = when_choices()
        nothing = SelectChoice("", _("Nothing of it"))
        self.done.choices = [nothing, *(SelectChoice(f"{item.what.value}-{item.id}", _item(item)) for item in items)]

    def entry(self) -> Entry:
        """What was typed, as a value."""
        return Entry(
            kind=Kind(self.kind.data),
            summary=self.summary.data or "",
            direction=Direction(self.direction.data),
            outcome=Outcome(self.outcome.data),
        )

    def then(self) -> NextStep | None:
        """What follows, where something does."""
        if not self.next_step.data:
            return None
        due_on = today() + timedelta(days=int(self.when.data))
        return NextStep(what=self.next_step.data, due_on=due_on, is_promise=self.is_promise.data)

    def closing(self) -> Closing | None:
        """What it got done."""
        if not self.done.data:
            return None
        what, _dash, item_id = self.done.data.partition("-")
        state = TaskState.DONE if ToDo(what) is ToDo.TASK else PromiseState.KEPT
        return Closing(ToDo(what), int(item_id), state)


class NoteForm(Composed):
    """What is worth knowing."""

    summary = TextAreaField(_l("Note"), [Needed(_l("Write a few words first."))], longest=LONGEST_SUMMARY)
    is_pinned = BooleanField(_l("Keep it on top of the page"))


class DueForm(Composed):
    """By when: one of the usual days, or another one."""

    when = SelectField(_l("When"), default=USUAL)
    day = DayField(_l("Or on this day"))

    def offer(self) -> None:
        """The days ahead."""
        self.when.choices = when_choices()

    @property
    def due_on(self) -> date:
        """The day that was typed, else the one that was chosen."""
        return self.day.data or today() + timedelta(days=int(self.when.data))


class TaskForm(DueForm):
    """Something to do."""

    what = TextField(
        _l("What is to be done"),
        [Needed(_l("Write what is to be done."))],
        longest=LONGEST_WHAT,
        render_kw={"autocomplete": "off"},
    )
    owner = SelectField(_l("Who does it"))

    def offer_to(self, colleagues: Sequence[Colleague], account_id: int) -> None:
        """The days ahead, and whoever works here; unless chosen, whoever asks."""
        self.offer()
        self.owner.choices = [SelectChoice(str(one.account_id), one.name) for one in colleagues]
        if not self.owner.raw_data:
            self.owner.data = str(account_id)


class PromiseForm(TaskForm):
    """What is promised to the customer."""

    what = TextField(
        _l("What we promise"),
        [Needed(_l("Write what is promised."))],
        longest=LONGEST_WHAT,
        render_kw={"autocomplete": "off"},
    )
    was_told = BooleanField(_l("The customer knows of it"), default=True)


class LetterForm(Composed):
    """A few personal words to one customer."""

    subject = TextField(_l("Subject"), [Needed(_l("Enter the subject."))], longest=LONGEST_SUBJECT)
    words = TextAreaField(_l("Your words"), [Needed(_l("Write a few words first."))], longest=LONGEST_LETTER, rows=6)


def _item(item: Item) -> str:
    return f"{TO_DO[item.what]}: {item.words}"

"""What a colleague can send from the page of a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin.customer.forms import DueForm
from club.care.models import Colleague
from club.care.rules import LONGEST_WHAT
from club.points.rules import MOST_POINTS
from club.support.reading import CaseRow
from club.support.rules import LONGEST_WORDS
from web.database import id_in
from web.forms import Form, Needed, OnceKeyField, TextAreaField, TextField, WholeNumberField

LONGEST_WHY = 300
NOBODY = ""


class ReplyForm(Form):
    """The answer. `seen`: the version of the conversation that stands above it."""

    words = TextAreaField(_l("Your answer"), [Needed(_l("Write the answer."))], longest=LONGEST_WORDS, rows=8)
    seen = HiddenField()
    key = OnceKeyField()

    @property
    def version(self) -> int:
        """What was on the screen; nothing that can be true where it was not sent."""
        return id_in(self.seen.data) or 0


class NoteForm(Form):
    """A few words among colleagues."""

    note = TextAreaField(_l("Note"), [Needed(_l("Write a few words first."))], longest=LONGEST_WORDS, rows=3)
    key = OnceKeyField()


class GiveForm(Form):
    """Who answers from now on. `seen`: who did when the page was made."""

    owner = SelectField(_l("Hand over to"))
    seen = HiddenField()

    def offer(self, colleagues: Sequence[Colleague], case: CaseRow) -> None:
        """Whoever may answer, but for who has it."""
        others = [one for one in colleagues if one.account_id != case.owner_id]
        self.owner.choices = [SelectChoice(str(one.account_id), one.name) for one in others]

    @property
    def seen_owner(self) -> int | None:
        """None: nobody had it."""
        return id_in(self.seen.data)


class GrantForm(Form):
    """A sign of goodwill."""

    points = WholeNumberField(_l("Points"), [Needed(_l("Enter how many points."))], least=1, most=MOST_POINTS)
    why = TextField(_l("Why"), [Needed(_l("Say why in a few words."))], longest=LONGEST_WHY)
    key = OnceKeyField()


class VoucherForm(Form):
    """A voucher of an offer that comes as a gift alone."""

    offer = SelectField(_l("Voucher"))
    why = TextField(_l("Why"), [Needed(_l("Say why in a few words."))], longest=LONGEST_WHY)
    key = OnceKeyField()

    def offer_these(self, vouchers: Sequence[tuple[int, str]]) -> None:
        """Id and words of each."""
        self.offer.choices = [SelectChoice(str(offer_id), words) for offer_id, words in vouchers]


class ToDoForm(DueForm):
    """What is to be done, by when."""

    what = TextField(_l("What is to be done"), [Needed(_l("Write what is to be done."))], longest=LONGEST_WHAT)


@dataclass(frozen=True)
class Forms:
    """The forms of the page; one of them may have been sent."""

    reply: ReplyForm
    note: NoteForm
    give: GiveForm
    grant: GrantForm
    voucher: VoucherForm
    task: ToDoForm

    def has_mistakes(self) -> bool:
        """Whether something has to be put right."""
        sent = (self.reply, self.note, self.give, self.grant, self.voucher, self.task)
        return any(one.mistakes() for one in sent)

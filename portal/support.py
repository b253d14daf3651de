"""Questions of a member: what others asked, a question of one's own, and the conversation about it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from club.errors import NotFound, RatedAlready, Refusal, SolvedAlready
from club.support.reading import CaseRow, Thing, cases_of, conversation, own_case, thing_of, things_of
from club.support.rules import LONGEST_WORDS, CallBack, Rating, Topic, hours_of, promised_by
from club.support.service import Question, ask, go_on, rate
from club.support.service import reopen as open_again
from club.support.service.files import file_of
from portal import portal
from portal.signin import ButtonForm
from web.access import members_only
from web.database import db
from web.forms import Form, Needed, OnceKeyField, TextAreaField, once
from web.lists import PAGE, asked, asked_for, page_of
from web.messages import words_for
from web.papers import uploads
from web.programme import programme
from web.refusing import refused
from web.security import may_repeat
from web.support_words import CALLS, MARKS, RATINGS, STATES, TOPICS, FilesField, given_out, thing_words
from web.visitors import member_id

LONGEST_NUMBER = 12


class AskForm(Form):
    """What it is about, the question, files, and whether to call back."""

    about = SelectField(_l("What it is about"))
    words = TextAreaField(_l("Your question"), [Needed(_l("Write your question."))], longest=LONGEST_WORDS, rows=6)
    files = FilesField()
    call_back = SelectField(
        _l("How to answer"), choices=[SelectChoice(key, words) for key, words in CALLS.items()], default=""
    )
    key = OnceKeyField()

    def offer(self, things: Sequence[Thing]) -> None:
        """Each kind of subject, and behind it what is this member's own."""
        self.about.choices = []
        for topic, words in TOPICS.items():
            self.about.choices.append(SelectChoice(topic, words))
            own = [one for one in things if one.topic == topic]
            self.about.choices += [SelectChoice(f"{topic}:{one.id}", f"– {thing_words(one)}") for one in own]

    def question(self, who: int) -> Question | None:
        """As a value; None where a file cannot be taken."""
        files = self.files.sent()
        if files is None:
            return None
        topic, _colon, thing_id = self.about.data.partition(":")
        return Question(
            topic=Topic(topic),
            thing_id=int(thing_id) if thing_id else None,
            words=self.words.data or "",
            call_back=CallBack(self.call_back.data),
            files=files,
            form_key=once(self.key.data or "", who),
        )


class MoreForm(Form):
    """Something to add."""

    words = TextAreaField(_l("Your words"), [Needed(_l("Write a few words first."))], longest=LONGEST_WORDS, rows=4)
    files = FilesField()
    key = OnceKeyField()


class RateForm(Form):
    """Whether it helped."""

    rating = RadioField(
        _l("Did our answer help?"), choices=[SelectChoice(key, words) for key, words in RATINGS.items()]
    )


@portal.route("/me/help", methods=["GET", "POST"], endpoint="help")
@members_only
@may_repeat("files")
def questions() -> ResponseReturnValue:
    """Answers to common questions, one's own conversations, and a new question."""
    form = AskForm()
    things = things_of(db(), member_id())
    form.offer(things)
    if not form.is_submitted():
        wanted = asked_for("about", 40)
        form.about.data = wanted if wanted in {choice.value for choice in form.about.choices} else Topic.OTHER.value
    if not form.validate_on_submit():
        return _help_page(form), 422 if form.errors else 200
    question = form.question(member_id())
    if question is None:
        return _help_page(form), 422
    try:
        made = ask(db(), uploads(), member_id(), question, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.about if isinstance(refusal, NotFound) else None)
        return refused(_help_page(form), refusal)
    flash(_("Your question has arrived."), "success")
    return redirect(url_for("portal.help_case", number=made.number), 303)


@portal.route("/me/help/<number>", methods=["GET", "POST"])
@members_only
@may_repeat("files")
def help_case(number: str) -> ResponseReturnValue:
    """One conversation, the newest word last; what is added opens it again."""
    case, form = own_case(db(), member_id(), number[:LONGEST_NUMBER]), MoreForm()
    if not form.validate_on_submit():
        return _case_page(case, form), 422 if form.errors else 200
    files = form.files.sent()
    if files is None:
        return _case_page(case, form), 422
    try:
        go_on(
            db(), uploads(), member_id(), case.number, form.words.data or "", datetime.now(UTC), files=files,
            form_key=once(form.key.data or "", member_id()),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_case_page(case, form), refusal)
    flash(_("Your words have arrived."), "success")
    return redirect(url_for("portal.help_case", number=case.number), 303)


@portal.post("/me/help/<number>/reopen")
@members_only
def help_reopen(number: str) -> ResponseReturnValue:
    """It is not solved after all."""
    if ButtonForm().validate_on_submit():
        try:
            open_again(db(), member_id(), number[:LONGEST_NUMBER], datetime.now(UTC))
            flash(_("It is open again."), "success")
        except SolvedAlready as refusal:
            flash(words_for(refusal), "warning")
    return redirect(url_for("portal.help_case", number=number), 303)


@portal.post("/me/help/<number>/rate")
@members_only
def help_rate(number: str) -> ResponseReturnValue:
    """Whether it helped: said once."""
    case, form = own_case(db(), member_id(), number[:LONGEST_NUMBER]), RateForm()
    if not form.validate_on_submit():
        form.rating.errors = [_("Choose one of the answers.")]
        return _case_page(case, MoreForm(formdata=None), form), 422
    try:
        rate(db(), member_id(), case.number, Rating(form.rating.data), datetime.now(UTC))
        flash(_("It is noted."), "success")
    except RatedAlready as refusal:
        flash(words_for(refusal), "warning")
    return redirect(url_for("portal.help_case", number=case.number), 303)


@portal.get("/me/help/<number>/files/<int:file_id>")
@members_only
def help_file(number: str, file_id: int) -> ResponseReturnValue:
    """A file that this member sent."""
    case = own_case(db(), member_id(), number[:LONGEST_NUMBER])
    return given_out(file_of(db(), uploads(), case.id, file_id), case.number, file_id)


def _help_page(form: AskForm) -> str:
    this = asked((), (), "")
    return render_template(
        "portal/help.html",
        form=form,
        promise=promised_by(datetime.now(UTC), hours_of(programme())),
        page=page_of(cases_of(db(), member_id(), PAGE + 1, this.offset), this),
        states=STATES,
        marks=MARKS,
    )


def _case_page(case: CaseRow, form: MoreForm, rate_form: RateForm | None = None) -> str:
    thing = thing_of(db(), case.topic, case.thing_id)
    return render_template(
        "portal/help_case.html",
        case=case,
        form=form,
        rate_form=rate_form or RateForm(formdata=None),
        entries=conversation(db(), case.id, with_notes=False),
        about=thing_words(thing) if thing else TOPICS[case.topic],
        states=STATES,
        marks=MARKS,
        calls=CALLS,
    )

"""One task or promise: done, moved, given to somebody else; and a new task about nobody in particular."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.customer.forms import DueForm, TaskForm, when_choices
from admin.customer.words import TO_DO, how_late, state_of
from club.care.models import Colleague, Item, colleagues_at_work, staff_names, the_item
from club.care.rules import LONGEST_WHAT, NewTask, NextStep, PromiseState, TaskState, ToDo
from club.care.service import add_task, close, give, move, reopen
from club.errors import DayInPast, DayTooFar, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import day
from web.forms import Form, TextField
from web.messages import words_for
from web.programme import today
from web.refusing import refused
from web.visitors import staff

STATES: dict[ToDo, Any] = {ToDo.TASK: TaskState, ToDo.PROMISE: PromiseState}
WHAT = "<any(task, promise):what>/<int:item_id>"


class NextForm(Form):
    """What comes after it."""

    next_step = TextField(_l("Next step"), longest=LONGEST_WHAT, render_kw={"autocomplete": "off"})
    when = SelectField(_l("When"), default="7")

    def offer(self) -> None:
        """The days ahead."""
        self.when.choices = when_choices()

    def then(self) -> NextStep | None:
        """As a value, where something follows."""
        if not self.next_step.data:
            return None
        return NextStep(what=self.next_step.data, due_on=today() + timedelta(days=int(self.when.data)))


class GiveForm(Form):
    """Who does it from now on."""

    owner = SelectField(_l("Give to"))

    def offer_to(self, colleagues: list[Colleague]) -> None:
        """Whoever works here."""
        self.owner.choices = [SelectChoice(str(one.account_id), one.name) for one in colleagues]


@admin.route("/tasks/new", methods=["GET", "POST"])
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_new() -> ResponseReturnValue:
    """A task about nobody in particular."""
    form, who = TaskForm(), staff()
    form.offer_to(colleagues_at_work(db()), who.account_id)
    if not form.validate_on_submit():
        return render_template("admin/tasks_new.html", form=form), 422 if form.errors else 200
    new = NewTask(
        what=form.what.data or "",
        due_on=form.due_on,
        owner_id=int(form.owner.data),
        cause=form.cause(who.account_id),
    )
    try:
        add_task(db(), new, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.day if isinstance(refusal, DayInPast | DayTooFar) else None)
        return refused(render_template("admin/tasks_new.html", form=form), refusal)
    flash(_("The task stands in the list."), "success")
    return redirect(url_for("admin.tasks"), 303)


@admin.get(f"/tasks/{WHAT}")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_one(what: str, item_id: int) -> ResponseReturnValue:
    """What it is, and everything that can become of it."""
    return _page(the_item(db(), ToDo(what), item_id))


@admin.post(f"/tasks/{WHAT}/end")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_end(what: str, item_id: int) -> ResponseReturnValue:
    """Done, dropped, kept or broken; with what comes next, if something was typed."""
    who, form, kind = staff(), NextForm(), ToDo(what)
    form.offer()
    wanted = request.form.get("state", "")
    item = the_item(db(), kind, item_id)
    if wanted not in set(STATES[kind]) - {"open"}:
        return redirect(url_for("admin.tasks_one", what=what, item_id=item_id), 303)
    is_with_next = "next_step" in request.form
    if is_with_next and not form.validate():
        return _page(item, next_form=form), 422
    try:
        then = form.then() if is_with_next else None
        close(db(), kind, item_id, STATES[kind](wanted), who.account_id, who.role, datetime.now(UTC), then)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
        return redirect(url_for("admin.tasks_one", what=what, item_id=item_id), 303)
    if then is not None:
        flash(_("Closed. Next on %(day)s", day=day(then.due_on)), "success")
    return _back(item, undo=f"{what}-{item_id}")


@admin.post(f"/tasks/{WHAT}/reopen")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_reopen(what: str, item_id: int) -> ResponseReturnValue:
    """It was not done after all."""
    who = staff()
    try:
        reopen(db(), ToDo(what), item_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("It is open again."), "success")
    return _back(the_item(db(), ToDo(what), item_id))


@admin.post(f"/tasks/{WHAT}/move")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_move(what: str, item_id: int) -> ResponseReturnValue:
    """To tomorrow, to next week, or to a day."""
    who, item, form = staff(), the_item(db(), ToDo(what), item_id), DueForm()
    form.offer()
    if not form.validate():
        return _page(item, due_form=form), 422
    try:
        move(db(), ToDo(what), item_id, form.due_on, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.day if isinstance(refusal, DayInPast | DayTooFar) else None)
        return refused(_page(item, due_form=form), refusal)
    flash(_("Moved to %(day)s", day=day(form.due_on)), "success")
    return _back(item)


@admin.post(f"/tasks/{WHAT}/give")
@staff_only(Permission.KEEP_CUSTOMERS)
def tasks_give(what: str, item_id: int) -> ResponseReturnValue:
    """Somebody else does it."""
    who, item, form = staff(), the_item(db(), ToDo(what), item_id), GiveForm()
    form.offer_to(colleagues_at_work(db()))
    if not form.validate():
        return _page(item, give_form=form), 422
    try:
        give(db(), ToDo(what), item_id, int(form.owner.data), who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(item, give_form=form), refusal)
    flash(_("Handed over."), "success")
    return _back(item)


def _back(item: Item, undo: str | None = None) -> ResponseReturnValue:
    """To the customer's page where the button stood there, else to the list."""
    if request.form.get("back") == "customer" and item.person_id is not None:
        return redirect(url_for("admin.customers_one", person_id=item.person_id, undo=undo), 303)
    return redirect(url_for("admin.tasks", undo=undo), 303)


def _page(
    item: Item,
    next_form: NextForm | None = None,
    due_form: DueForm | None = None,
    give_form: GiveForm | None = None,
) -> str:
    if next_form is None:
        next_form = NextForm(formdata=None)
        next_form.offer()
    if due_form is None:
        due_form = DueForm(formdata=None)
        due_form.offer()
    if give_form is None:
        give_form = GiveForm(formdata=None, owner=str(item.owner_id))
        give_form.offer_to(colleagues_at_work(db()))
    return render_template(
        "admin/tasks_one.html",
        item=item,
        next_form=next_form,
        due_form=due_form,
        give_form=give_form,
        kinds=TO_DO,
        names=staff_names(db()),
        today=today(),
        how_late=how_late,
        state_of=state_of,
    )

"""A page that says what a button does before it is pressed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from flask import redirect
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from club.errors import Refusal
from web.forms import Form
from web.refusing import refused


class ConfirmForm(Form):
    """Only the button, and which state of the thing it was shown with."""

    version = HiddenField()


Asked = TypeVar("Asked", bound=ConfirmForm)


def confirmed(
    form: Asked, version: int, act: Callable[[Asked, datetime], None], page: Callable[[Asked], str], to: str
) -> ResponseReturnValue:
    """The page until its button is pressed; then `act`, and on to the address `to`. What is refused is said there."""
    if not form.validate_on_submit():
        return page(form), 422 if form.errors else 200
    try:
        act(form, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal)
        form.version.data = str(version)  # this page shows that state, so its button is for that one
        return refused(page(form), refusal)
    return redirect(to, 303)

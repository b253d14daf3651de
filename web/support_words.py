"""Conversations with customers in words: for the member's pages and the inbox alike."""

from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage

from club.catalogue.pictures import MOST_BYTES
from club.errors import Refusal
from club.support.reading import Thing
from club.support.rules import MOST_FILES, CallBack, Rating, State, Topic
from club.support.service.files import FileView, Sent, read_sent
from web.formats import club_date, day, points_change
from web.languages import in_language
from web.messages import words_for

TOPICS: dict[str, Any] = {
    Topic.ORDER: _l("An order"),
    Topic.POINTS: _l("Points"),
    Topic.EVENT: _l("An event"),
    Topic.OTHER: _l("Something else"),
}

STATES: dict[str, Any] = {
    State.OPEN: _l("We answer"),
    State.WAITING: _l("Waiting for you"),
    State.SOLVED: _l("Solved"),
}
"""As the customer reads them."""

STAFF_STATES: dict[str, Any] = {
    State.OPEN: _l("To answer"),
    State.WAITING: _l("Waiting for the customer"),
    State.SOLVED: _l("Solved"),
}

MARKS: dict[str, str] = {State.OPEN: "info", State.WAITING: "warning", State.SOLVED: "success"}

CALLS: dict[str, Any] = {
    CallBack.NO: _l("Answer in writing"),
    CallBack.MORNING: _l("Call me in the morning"),
    CallBack.AFTERNOON: _l("Call me in the afternoon"),
}

RATINGS: dict[str, Any] = {
    Rating.YES: _l("Yes, it helped"),
    Rating.PARTLY: _l("In part"),
    Rating.NO: _l("No"),
}


class FilesField(MultipleFileField):
    """Up to three pictures or PDFs; `sent` reads them, and says at the field what cannot be taken."""

    def __init__(self, **kwargs: Any) -> None:
        look = {"accept": "image/jpeg,image/png,image/webp,application/pdf", "class": "form-control"}
        super().__init__(_l("Files"), render_kw=look, **kwargs)

    def sent(self) -> tuple[Sent, ...] | None:
        """What came, as it is kept; None if something of it cannot be."""
        given = [one for one in self.data or [] if isinstance(one, FileStorage) and one.filename]
        if len(given) > MOST_FILES:
            self.errors = [_("Send at most %(most)s files at once.", most=MOST_FILES)]
            return None
        found: list[Sent] = []
        problems: list[str] = []
        for one in given:
            try:
                found.append(read_sent(one.stream.read(MOST_BYTES + 1)))
            except Refusal as refusal:
                problems.append(words_for(refusal))
        if problems:
            self.errors = problems
            return None
        return tuple(found)


def thing_words(thing: Thing) -> str:
    """Which order, movement or event: with its day."""
    on = day(club_date(thing.at) if isinstance(thing.at, datetime) else thing.at)
    if thing.topic is Topic.ORDER:
        return _("Order %(number)s, %(day)s", number=thing.number, day=on)
    if thing.topic is Topic.POINTS:
        return _("%(points)s on %(day)s", points=points_change(thing.points), day=on)
    return f"{in_language(thing.title)}, {on}" if thing.title else on


def given_out(file: FileView, case_number: str, file_id: int) -> Response:
    """A file of a conversation: pictures were drawn by us and are shown, everything else is only saved."""
    is_picture = file.kind == "jpg"
    answer = Response(file.data, mimetype="image/jpeg" if is_picture else "application/pdf")
    if not is_picture:
        answer.headers["Content-Disposition"] = f'attachment; filename="{case_number}-{file_id}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""The floor of the pages: bare Flask, five ORM queries that load some seventy entities, 25 kB of HTML."""

import os
from typing import Any

from flask import Flask, g, render_template
from jinja2 import DictLoader
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from club.database import make_engine, sessions
from club.members.models import Person
from club.points.models import Balance, Lot, Movement
from club.purchases.models import Purchase

ROWS = 23
FILLING = "What a page says besides. " * 700
PAGE = """<!doctype html><html lang="en"><head><title>{{ person.full_name }}</title></head><body>
<h1>{{ person.full_name }}</h1><p>{{ person.email }} {{ balance.active }} {{ balance.pending }}</p>
<table>{% for one in purchases %}<tr><td>{{ one.bought_on }}</td><td>{{ one.channel }}</td><td>{{ one.reference }}</td>
<td>{{ one.net_amount }}</td><td>{{ one.net_points }}</td></tr>{% endfor %}</table>
<table>{% for one in movements %}<tr><td>{{ one.dated_on }}</td><td>{{ one.kind }}</td><td>{{ one.active }}</td>
<td>{{ one.pending }}</td></tr>{% endfor %}</table>
<table>{% for one in lots %}<tr><td>{{ one.earned_on }}</td><td>{{ one.expires_on }}</td><td>{{ one.points }}</td>
<td>{{ one.active }}</td></tr>{% endfor %}</table>
<p>{{ filling }}</p></body></html>"""


def create_app() -> Flask:
    """A page for every member, open to all."""
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"page.html": PAGE})
    make = sessions(make_engine(os.environ["CLUB_DATABASE_URL"]))

    @app.get("/<int:member_id>")
    def page(member_id: int) -> str:
        g.db = db = make()
        return render_template(
            "page.html",
            person=db.get_one(Person, member_id),
            balance=db.get_one(Balance, member_id),
            purchases=_first(db, Purchase, member_id, Purchase.bought_on.desc()),
            movements=_first(db, Movement, member_id, Movement.dated_on.desc()),
            lots=_first(db, Lot, member_id, Lot.expires_on, Lot.active > 0),
            filling=FILLING,
        )

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        g.pop("db").close()

    return app


def _first(db: Session, kind: Any, member_id: int, order: Any, *more: ColumnElement[bool]) -> list[Any]:
    """The order is that of an index, as a careful author would have it."""
    return list(db.scalars(select(kind).where(kind.member_id == member_id, *more).order_by(order).limit(ROWS)))

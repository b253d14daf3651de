"""The floor of the pages: bare Flask, five ORM queries that load some seventy entities, 25 kB of HTML."""

import os
from typing import Any

from flask import Flask, g, render_template
from jinja2 import DictLoader
from sqlalchemy import select
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
            purchases=_latest(db, Purchase, member_id),
            movements=_latest(db, Movement, member_id),
            lots=_latest(db, Lot, member_id),
            filling=FILLING,
        )

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        g.pop("db").close()

    return app


def _latest(db: Session, kind: Any, member_id: int) -> list[Any]:
    return list(db.scalars(select(kind).where(kind.member_id == member_id).order_by(kind.id.desc()).limit(ROWS)))

"""The request's database session."""

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import IntegerConverter, Map

from club.database import make_engine, sessions
from club.settings import Settings
from web.kept import kept

LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


class _Id(IntegerConverter):
    """`<int:…>` in an address: a number that no row can have is an address that leads nowhere."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


def add_database(app: Flask, settings: Settings) -> None:
    """Give every request one session, opened at the first use and closed at the end; commands make their own."""
    app.url_map.converters["int"] = _Id
    engine = make_engine(settings.database_url)
    app.extensions["club_engine"] = engine
    app.extensions["club_sessions"] = sessions(engine)
    app.teardown_appcontext(_close)


def engine_of(app: Flask) -> Engine:
    """The program's engine, for whoever must dispose of it or count its queries."""
    engine: Engine = app.extensions["club_engine"]
    return engine


def id_in(text: str | None) -> int | None:
    """The id that an address or a form names; None for what no row can have, however long it is."""
    if not text or not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
        return None
    return int(text) if int(text) <= LARGEST_ID else None


def db() -> Session:
    """The session of this request."""
    return kept("db", _open)


def _open() -> Session:
    make: sessionmaker[Session] = current_app.extensions["club_sessions"]
    return make()


def _close(error: BaseException | None) -> None:
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.close()

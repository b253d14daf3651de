"""A session for commands."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy.orm import Session


@contextmanager
def session() -> Iterator[Session]:
    """A session on the application's engine, closed afterwards."""
    with current_app.extensions["club_sessions"]() as db:
        yield db

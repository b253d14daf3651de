"""`flask --app wsgi mails bounces FILE`: what a mail server says about a mail that did not arrive."""

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import click
from flask import current_app
from sqlalchemy.exc import OperationalError

from club.database import make_engine, sessions
from club.messages.bounces import Heard
from club.messages.reports import LARGEST_MAIL
from club.settings import Settings
from club.support.service.mailing import take_in
from commands.groups import Group

mails_group = Group("mails", help="Mails that came back.")

TRY_LATER = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and calls again."""

WORDS = {
    Heard.NOTED: "One of the club's mails came back; it is noted.",
    Heard.KNOWN: "It was known already that this mail came back.",
    Heard.NOT_OURS: "A report about a mail that the club did not write; nothing is changed.",
    Heard.LETTER: "Somebody answered one of the club's mails; it stands in the inbox.",
    Heard.LATER: "One of the club's mails was answered too often this hour; give this mail again later.",
    Heard.NO_REPORT: "No report about a mail that did not arrive; nothing is changed.",
}


@mails_group.command("bounces")
@click.argument("file", type=click.File("rb"))
def bounces(file: BinaryIO) -> None:
    """Take in one mail from FILE, or from a pipe with `-`. Any mail may be given: what is no report changes nothing."""
    settings: Settings = current_app.extensions["club_settings"]
    engine = make_engine(settings.database_url)
    try:
        with sessions(engine)() as db:
            heard = take_in(db, settings.uploads_path, file.read(LARGEST_MAIL), datetime.now(UTC))
    except OperationalError:
        click.echo("The database does not answer; give this mail again later.", err=True)
        sys.exit(TRY_LATER)
    finally:
        engine.dispose()
    click.echo(WORDS[heard], err=heard is Heard.LATER)
    if heard is Heard.LATER:
        sys.exit(TRY_LATER)

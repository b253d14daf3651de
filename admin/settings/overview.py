"""The sections, each with what it is for."""

from typing import Any, NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from club.permissions import Permission
from web.access import staff_only


class Section(NamedTuple):
    """One page of settings."""

    endpoint: str
    words: Any
    what: Any


SECTIONS = (
    Section("admin.settings_club", _l("Club"), _l("Name, promise, contact, validity, language, country, time zone")),
    Section("admin.settings_points", _l("Points"), _l("What they are called and worth, when they expire")),
    Section("admin.settings_brand", _l("Brand"), _l("Logo, two colours and fonts, seen before they count")),
    Section("admin.settings_legal", _l("Legal texts"), _l("Terms, privacy notice and returns, with their versions")),
    Section("admin.settings_mail", _l("Mail sender"), _l("Who mails come from, a test, and what the domain must say")),
    Section(
        "admin.settings_contact",
        _l("Contact with customers"),
        _l("How often the club turns to one customer, and at which hours"),
    ),
    Section(
        "admin.settings_answers",
        _l("Answers to customers"),
        _l("When questions are answered, within how long, and how much goodwill one may show alone"),
    ),
    Section(
        "admin.settings_sharing",
        _l("Points and families"),
        _l("Whether members may pass points on to each other, how many, and whether they may name minors"),
    ),
    Section("admin.settings_limits", _l("Limits"), _l("From when a second person decides, and how often one may try")),
    Section("admin.settings_keeping", _l("Data keeping"), _l("How long what is kept")),
    Section("admin.settings_backups", _l("Backups"), _l("The copies of every night, and how to put one back")),
)


@admin.get("/settings")
@staff_only(Permission.EDIT_PROGRAMME)
def settings() -> ResponseReturnValue:
    """Where to change what."""
    return render_template("admin/settings.html", sections=SECTIONS)

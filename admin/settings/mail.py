"""Who mails come from, a test mail, and what the sender's domain has to say about them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from club.accounts.models import the_login
from club.errors import TooManyTries
from club.messages.testing import queue_test
from club.messages.wording import words_in_force
from club.permissions import Permission
from club.settings import Settings
from web.access import staff_only
from web.database import db
from web.forms import Form
from web.languages import language
from web.messages import words_for
from web.programme import programme
from web.visitors import staff

TESTED = "join.welcome"
"""The mail whose words the test shows."""

SAFETY = {"smtp": False, "smtp+starttls": True, "smtps": True}


@dataclass(frozen=True)
class Record:
    """One TXT record of a domain."""

    title: str
    name: str
    value: str
    why: str


@admin.get("/settings/mail")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_mail() -> ResponseReturnValue:
    """What the operator has set, without its password."""
    settings: Settings = current_app.extensions["club_settings"]
    server = urlsplit(settings.smtp_url)
    return render_template(
        "admin/settings_mail.html",
        form=Form(),
        sender=settings.mail_from,
        host=server.hostname if settings.smtp_url else None,
        port=server.port,
        is_encrypted=SAFETY.get(server.scheme, False),
        own_address=the_login(db(), staff().account_id).email,
        records=_records(settings.mail_from, server.hostname or ""),
    )


@admin.post("/settings/mail/test")
@staff_only(Permission.EDIT_PROGRAMME)
def settings_mail_test() -> ResponseReturnValue:
    """A mail to whoever asks, through the outbox like every other one."""
    who, spoken = staff(), language()
    words = words_in_force(db(), TESTED, spoken).words
    assert who.role is not None
    try:
        address = queue_test(db(), TESTED, spoken, words, {}, by=who.account_id, role=who.role, now=datetime.now(UTC))
    except TooManyTries as refusal:
        flash(words_for(refusal), "warning")
    else:
        flash(
            _("A test mail to %(address)s waits in the outbox and leaves within seconds.", address=address), "success"
        )
    return redirect(url_for("admin.settings_mail"), 303)


def _records(sender: str, host: str) -> list[Record]:
    """What to copy; the domain is that of the sender's address."""
    domain = sender.rpartition("@")[2] or "example.org"
    reports = programme().contact_email or f"postmaster@{domain}"
    return [
        Record(
            "SPF",
            domain,
            f"v=spf1 mx a:{host} -all" if host else "v=spf1 mx -all",
            _(
                "Which servers may send for the domain. A provider names its own part, as in include:provider.example:"
                " put it before -all."
            ),
        ),
        Record(
            "DKIM",
            f"club._domainkey.{domain}",
            "v=DKIM1; k=rsa; p=…",
            _(
                "The key with which your mail server signs. Server or provider shows name and key; the value here"
                " shows only the form."
            ),
        ),
        Record(
            "DMARC",
            f"_dmarc.{domain}",
            f"v=DMARC1; p=none; rua=mailto:{reports}",
            _(
                "What to do with mails that are neither. Begin with p=none, read the reports, then change"
                " to p=quarantine."
            ),
        ),
    ]

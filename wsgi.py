"""The program: `gunicorn 'wsgi:create_app()'` serves it, `flask --app wsgi GROUP COMMAND` runs its commands."""

from flask import Flask

import commands
from admin import admin
from club.settings import Settings, UnsafeSettings
from portal import portal
from shop import shop
from web.access import add_access
from web.application import Application
from web.assets import add_assets, assets
from web.browsers import add_browser_names
from web.database import add_database
from web.errors import add_error_pages
from web.formats import add_formats
from web.health import health
from web.languages import add_languages, languages
from web.pages import add_pages, pages
from web.papers import add_papers
from web.pictures import add_pictures, pictures
from web.product_words import add_product_words
from web.security import add_security
from web.theme import add_theme, theme
from web.visitors import add_visitors

DOORS = (health, pages, assets, theme, pictures, languages, portal, shop, admin)
"""Every group of addresses that is answered."""


def create_app(settings: Settings | None = None) -> Flask:
    """All that the program is made of. Opens no connection and changes nothing but its own compiled texts."""
    settings = settings or _given()
    app = Application(
        __name__, static_folder=None, template_folder=None, instance_path=str(settings.instance_path.absolute())
    )
    app.extensions["club_settings"] = settings
    add_security(app, settings)
    add_database(app, settings)
    add_visitors(app, settings)
    add_access(app)
    add_languages(app, settings)
    add_formats(app)
    add_browser_names(app)
    add_assets(app, settings)
    add_theme(app)
    add_pictures(app)
    add_papers(app)
    add_product_words(app)
    add_pages(app)
    add_error_pages(app)
    for door in DOORS:
        app.register_blueprint(door)
    commands.register(app)
    return app


def _given() -> Settings:
    """What the environment says; the process ends in words, without a traceback, where that is unsafe."""
    try:
        return Settings.from_environment()
    except UnsafeSettings as unsafe:
        raise SystemExit(str(unsafe)) from None

"""What the templates of every page can use."""

import io
from functools import lru_cache

import segno
from flask import Blueprint, Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from web import findable, navigation
from web.carts import cart_count
from web.drawn import DrawnOnce
from web.glance import member_glance
from web.languages import OWN_NAMES, in_language, language, language_links
from web.pattern import monogram_pattern, product_pattern
from web.programme import programme
from web.roles import role_name
from web.visitors import visitor

pages = Blueprint("pages", __name__, template_folder="templates")


def add_pages(app: Flask) -> None:
    """Strict templates, and the few things that all of them ask for."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(DrawnOnce)
    app.jinja_env.globals.update(
        account_links=lambda: navigation.links(navigation.ACCOUNT),
        cart_count=cart_count,
        findable=findable.head,
        club=programme,
        club_name=club_name,
        foot_links=lambda: navigation.links(navigation.FOOT),
        language=language,
        language_links=language_links,
        language_names=OWN_NAMES,
        may_do=navigation.may_do,
        menu_key=navigation.menu_key,
        member_glance=member_glance,
        member_links=lambda: navigation.links(navigation.MEMBER),
        monogram_pattern=monogram_pattern,
        product_pattern=product_pattern,
        public_links=lambda: navigation.links(navigation.PUBLIC),
        qr_code=qr_code,
        role_words=role_name,
        staff_groups=navigation.staff_groups,
        visitor=visitor,
        visitor_home=navigation.visitor_home,
    )


def club_name() -> str:
    """The club's name in the reader's language."""
    return in_language(programme().name)


@lru_cache(maxsize=512)
def qr_code(text: str) -> Markup:
    """A QR code as SVG: black on white, scalable, without style attributes."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, dark="#000", light="#fff", nl=False
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by the library from modules, it repeats no text

"""One product: what it is, what it costs this visitor and why, whether it is there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.catalogue.categories import tree
from club.catalogue.pricing import rows_for, shown
from club.catalogue.reading import Page, PricedVariant, choice_names, product_page
from club.catalogue.service.guest_wishes import ask_to_hear
from club.catalogue.service.wishes import wish
from club.errors import AlreadyThere, BadEmail, NotFound, TooManyTries
from club.members.models import the_member
from club.texts import LANGUAGES
from shop import shop
from shop.buyers import buyer_today, member_or_none, newcomer_today
from shop.cards import StockWords, address_of, stock_words
from shop.sending import home, sending_to
from shop.tags import Tag, rung_name, tag_of
from web.access import open_to_all
from web.database import db
from web.findable import about
from web.formats import money
from web.forms import EmailField, Form, Needed
from web.languages import in_language, language
from web.messages import words_for
from web.programme import programme, today
from web.refusing import refused
from web.visitors import asking


class WishForm(Form):
    """Where to write when it is back; members are known."""

    email = EmailField(_l("Your e-mail address"), [Needed(_l("Enter your e-mail address."))])


@dataclass(frozen=True)
class Choice:
    """One of several things that the product can be: bottle, case, magnum."""

    words: str
    note: str
    address: str
    is_chosen: bool


@shop.get("/shop/<slug>")
@open_to_all
def product(slug: str) -> ResponseReturnValue:
    """The product, at its address in the reader's language."""
    page = _page_of(slug)
    if page is None:
        return _missing()
    variant = _chosen(page)
    if in_language(page.slugs) != slug:
        is_asked = "variant" in request.args
        return redirect(address_of(page.slugs, variant.choice.id if variant and is_asked else None), 303)
    return _shown(page, variant, WishForm(formdata=None))


@shop.post("/shop/<slug>/tell")
@open_to_all
def product_tell(slug: str) -> ResponseReturnValue:
    """Write to this visitor once, when it is back. Guests say yes in the mail that comes first."""
    page = _page_of(slug)
    variant = None if page is None else _chosen(page)
    if page is None or variant is None:
        return _missing()
    form = WishForm()
    known = _own_email()
    if known is None and not form.validate_on_submit():
        return _shown(page, variant, form)
    try:
        flash(_ask(variant.choice.id, known, form), "success")
    except AlreadyThere:
        flash(_("It is back already."), "success")
    except BadEmail as refusal:
        form.refuse(refusal, form.email)
        return _shown(page, variant, form)
    except TooManyTries as refusal:
        if known is not None:
            flash(words_for(refusal), "danger")
            return redirect(address_of(page.slugs, variant.choice.id), 303)
        form.refuse(refusal, form.email)
        return refused(_drawn(page, variant, form), refusal)
    return redirect(address_of(page.slugs, variant.choice.id), 303)


def _ask(variant_id: int, known: str | None, form: WishForm) -> str:
    """Note the wish of a member, or mail a guest a link; what happens next, in words."""
    now = datetime.now(UTC)
    if known is not None:
        wish(db(), variant_id, known, language(), now, member_or_none())
        return _("Noted. You get one e-mail on the day it is back.")
    ask_to_hear(db(), variant_id, form.email.data or "", language(), asking(), now)
    return _("One step is left: open the e-mail that we sent you, and press its button. The link works for 24 hours.")


def _page_of(slug: str) -> Page | None:
    """What this visitor may see; None for all else, as if it were not there."""
    try:
        return product_page(db(), slug, buyer_today(), today())
    except NotFound:
        return None


def _missing() -> ResponseReturnValue:
    return render_template("shop/missing.html", is_member=member_or_none() is not None, tree=tree(db())), 404


def _shown(page: Page, variant: PricedVariant | None, form: WishForm) -> ResponseReturnValue:
    return _drawn(page, variant, form), 422 if form.errors else 200


def _drawn(page: Page, variant: PricedVariant | None, form: WishForm) -> str:
    stock = _stock(variant)
    if page.rung_key is None:
        _tell_search_engines(page)
    return render_template(
        "shop/product.html",
        is_member=member_or_none() is not None,
        product=page,
        variant=variant,
        tag=_tag(page, variant),
        members_pay=_members_pay(page, variant),
        takes_points=tree(db()).takes_points(page.category_id),
        choices=_choices(page, variant),
        stock=stock,
        facts=_facts(page, variant),
        crumbs=_crumbs(page),
        only_for=rung_name(page.rung_key),
        own_email=_own_email() if stock.is_gone else None,
        sending=None if variant is None else sending_to(home(), variant.choice.weight_grams, _amount(variant)),
        images=[image for image in page.images if image.sizes],
        form=form,
        once_key=token_hex(16),
    )


def _tell_search_engines(page: Page) -> None:
    """What everybody may know of it."""
    picture = next((image for image in page.images if image.sizes), None)
    main = programme().main_language
    addresses = {code: url_for("shop.product", slug=page.slugs.into(code, main)) for code in LANGUAGES}
    about(in_language(page.short), addresses=addresses, picture=picture, kind="product")


def _amount(variant: PricedVariant) -> int:
    """What one of it costs this visitor."""
    return variant.price.amount if variant.price else 0


def _stock(variant: PricedVariant | None) -> StockWords:
    if variant is None:
        return StockWords("", "", is_gone=True)
    return stock_words(variant.choice.level.availability, variant.choice.level.left)


def _own_email() -> str | None:
    """Where a member is written to."""
    who = member_or_none()
    return None if who is None else the_member(db(), who).email


def _chosen(page: Page) -> PricedVariant | None:
    """The variant that the address names, else the first that can be had, else the first."""
    offered = [variant for variant in page.variants if variant.price is not None]
    asked = request.args.get("variant", type=int)
    named = [variant for variant in offered if variant.choice.id == asked]
    there = [variant for variant in offered if not _stock(variant).is_gone]
    return next(iter([*named, *there, *offered]), None)


def _tag(page: Page, variant: PricedVariant | None) -> Tag | None:
    if variant is None or variant.price is None:
        return None
    return tag_of(variant.price, variant.unit_price, page.category_id)


def _members_pay(page: Page, variant: PricedVariant | None) -> int | None:
    """What a guest would pay as a member, where that is less."""
    if variant is None or variant.price is None or member_or_none() is not None:
        return None
    joined = newcomer_today()
    rows = rows_for(db(), [page.id], joined, today())[page.id]
    price = shown(rows, variant.choice.id, joined, today(), takes_tier_discount=page.takes_tier_discount)
    return price.amount if price is not None and price.amount < variant.price.amount else None


def _choices(page: Page, chosen: PricedVariant | None) -> list[Choice]:
    return [
        Choice(
            words=_named(page, variant),
            note=money(variant.price.amount),
            address=address_of(page.slugs, variant.choice.id),
            is_chosen=variant == chosen,
        )
        for variant in page.variants
        if variant.price is not None
    ]


def _named(page: Page, variant: PricedVariant) -> str:
    """What is chosen, in words: "Magnum, 2019"."""
    return ", ".join(in_language(name) for _option, name in choice_names(page.options, dict(variant.choice.choices)))


def _facts(page: Page, variant: PricedVariant | None) -> list[tuple[str, str]]:
    """What the goods are, the article number last."""
    facts = [
        (in_language(fact.name), "\u00a0".join(part for part in (in_language(fact.value), fact.unit) if part))
        for fact in page.facts
    ]
    return [*facts, (_("Article number"), variant.choice.sku)] if variant else facts


def _crumbs(page: Page) -> list[tuple[str, str]]:
    """The shop, and the categories above the product."""
    above = tree(db()).path(page.category_id)
    ways = [(in_language(node.name), url_for("shop.catalogue", category=in_language(node.slugs))) for node in above]
    return [(_("Shop"), url_for("shop.catalogue")), *ways]

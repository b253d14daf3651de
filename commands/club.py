"""`flask --app wsgi club init`: the club's one row."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from club.accrual.rules import BaseRate, Bonus
from club.accrual.service import default_rules
from club.accrual.written import check
from club.clock import club_day
from club.delivery.service import set_up_pickup
from club.errors import Refusal
from club.programme import service
from club.programme.logo import keep_logo
from club.programme.rules import PLURAL_FORMS, Club
from club.texts import LANGUAGES, Texts
from commands.database import session
from commands.groups import Group
from commands.settings import settings

club_group = Group("club", help="The club itself.")


def _texts(values: tuple[str, str, str], default: Texts) -> Texts:
    given = {language: value for language, value in zip(LANGUAGES, values, strict=True) if value}
    return Texts(given) if given else default


def _word(given: tuple[str, ...], default: dict[str, list[str]]) -> dict[str, list[str]]:
    words = dict(default)
    for text in given:
        language, _, forms = text.partition("=")
        if language not in PLURAL_FORMS:
            raise click.BadParameter(f"{text!r}: begin with en=, es= or ru=")
        words[language] = [form.strip() for form in forms.split(",")]
    return words


def _points_and_cents(given: str, option: str) -> tuple[int, int]:
    points, _, cents = given.partition("=")
    if not (points.strip().isdecimal() and cents.strip().isdecimal()):
        raise click.BadParameter(f"{given!r}: give points=cents, such as 100=100", param_hint=option)
    return int(points), int(cents)


@club_group.command("init")
@click.option("--name", default="", help="Name in English; also the fallback.")
@click.option("--name-es", default="", help="Name in Spanish.")
@click.option("--name-ru", default="", help="Name in Russian.")
@click.option("--promise", default="", help="One line that says what the club is for, in English.")
@click.option("--promise-es", default="")
@click.option("--promise-ru", default="")
@click.option("--language", "main_language", default="en", show_default=True, type=click.Choice(LANGUAGES))
@click.option("--time-zone", default="Europe/Madrid", show_default=True)
@click.option("--currency", default="EUR", show_default=True)
@click.option("--country", default="ES", show_default=True)
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day of the programme; today unless given.")
@click.option("--valid-to", type=click.DateTime(["%Y-%m-%d"]), help="Last day; none unless given.")
@click.option("--point-value", default="100=100", show_default=True, help="So many points = so many cents.")
@click.option("--spend-step", default=100, show_default=True, help="Points are spent in steps of this many.")
@click.option("--points-word", multiple=True, help="en=point,points  es=punto,puntos  ru=балл,балла,баллов")
@click.option("--expiry-months", default=24, show_default=True, help="0: points never expire.")
@click.option("--earn", default="1=100", show_default=True, help="So many points per so many cents; 0: none for now.")
@click.option("--join-bonus", default=0, show_default=True, help="Points for joining.")
@click.option("--brand-color", default=service.DEFAULTS.brand_color, show_default=True)
@click.option("--accent-color", default=service.DEFAULTS.accent_color, show_default=True)
@click.option(
    "--fonts", "font_pair", default="serif", show_default=True, type=click.Choice(["serif", "sans", "system"])
)
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PNG, JPEG or WebP.")
@click.option("--contact-email", default="")
@click.option("--contact-phone", default="")
@click.option("--contact-address", default="")
def init(  # noqa: PLR0913 - one parameter an option
    name: str, name_es: str, name_ru: str, promise: str, promise_es: str, promise_ru: str, main_language: str,
    time_zone: str, currency: str, country: str, valid_from: datetime | None, valid_to: datetime | None,
    point_value: str, spend_step: int, points_word: tuple[str, ...], expiry_months: int, earn: str, join_bonus: int,
    brand_color: str, accent_color: str, font_pair: str, logo: Path | None,
    contact_email: str, contact_phone: str, contact_address: str,
) -> None:  # fmt: skip
    """Set the club up. Everything can be changed later."""
    now = datetime.now(UTC)
    points, minor = _points_and_cents(point_value, "--point-value")
    start = _first_day(valid_from, time_zone, now)
    default = service.defaults(start)
    club = replace(
        default,
        name=_texts((name, name_es, name_ru), default.name),
        promise=_texts((promise, promise_es, promise_ru), default.promise),
        valid_to=valid_to.date() if valid_to else None,
        main_language=main_language,
        time_zone=time_zone,
        currency=currency.upper(),
        country=country.upper(),
        point_value_points=points,
        point_value_minor=minor,
        spend_step=spend_step,
        points_word=_word(points_word, default.points_word),
        expiry_months=expiry_months,
        brand_color=brand_color,
        accent_color=accent_color,
        font_pair=font_pair,
        contact_email=contact_email,
        contact_phone=contact_phone,
        contact_address=contact_address,
    )
    _set_up(_with_logo(club, logo), earn, join_bonus, start, now)
    click.echo(f"{club.name.into(main_language)} is set up.")


def _first_day(given: datetime | None, time_zone: str, now: datetime) -> date:
    try:
        return given.date() if given else club_day(now, time_zone)
    except (KeyError, ValueError) as unknown:
        raise click.BadParameter(f"{time_zone!r} is no time zone", param_hint="--time-zone") from unknown


def _with_logo(club: Club, logo: Path | None) -> Club:
    if logo is None:
        return club
    try:
        return replace(club, logo_file=keep_logo(logo, settings().uploads_path))
    except Refusal as refusal:
        raise click.BadParameter(refusal.plain(), param_hint="--logo") from refusal


def _set_up(club: Club, earn: str, join_bonus: int, start: date, now: datetime) -> None:
    """The club, how it earns and where goods are picked up."""
    earned, per_amount = (0, 1) if earn.strip() == "0" else _points_and_cents(earn, "--earn")
    base = BaseRate(points=earned, per_amount=per_amount, starts_on=start)
    try:
        check(base)
        check(Bonus(act="join", points=join_bonus, starts_on=start))
    except Refusal as refusal:
        raise click.BadParameter(refusal.plain(), param_hint="--earn, --join-bonus") from refusal
    with session() as db:
        try:
            service.set_up(db, club, now)
            default_rules(db, base if earned else None, join_bonus, start, now)
            set_up_pickup(db, now)
        except Refusal as refusal:
            raise click.ClickException(refusal.plain()) from refusal

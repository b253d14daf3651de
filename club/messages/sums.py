"""The lines and sums of an order as a mail lists them, in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Any

from babel import Locale

from club.messages import words
from club.texts import Texts

Row = tuple[str, str]


def item_rows(data: Mapping[str, Any], language: str, main_language: str, locale: Locale) -> list[Row]:
    """So many of what, and what they cost; nothing for a mail that is about no order."""
    if "items" not in data:
        return []
    currency = data["currency"]
    return [
        (
            f"{words.number(item['quantity'], locale)} × {Texts(item['name']).into(language, main_language)}",
            words.money(item["amount"], currency, locale),
        )
        for item in data["items"]
    ]


def sum_rows(
    data: Mapping[str, Any], language: str, main_language: str, locale: Locale, in_points: Callable[[int], str]
) -> list[Row]:
    """What the order comes to; what is nothing is left out, delivery and total are always said."""
    if "goods" not in data:
        return []
    gettext = words.translations(language).gettext

    def money(amount: int) -> str:
        return words.money(amount, data["currency"], locale)

    rows = [(gettext("Goods"), money(data["goods"]))] if data["goods"] != data["total"] else []
    offers = data.get("offers", ())
    if data["discount"] and sum(offer["saves"] for offer in offers) == data["discount"]:
        titles = [Texts(offer["title"]).into(language, main_language) for offer in offers]
        rows += [
            (gettext("Offer “%(offer)s”") % {"offer": title}, money(-offer["saves"]))
            for title, offer in zip(titles, offers, strict=True)
        ]
    elif data["discount"]:
        rows.append((gettext("Discount"), money(-data["discount"])))
    if data["spent"]:
        rows.append((in_points(data["spent"]), money(-data["spent_value"])))
    way = Texts(data["way"]).into(language, main_language)
    rows.append((f"{gettext('Delivery')}: {way}", money(data["delivery_price"])))
    return [*rows, (gettext("Total"), money(data["total"]))]


def turnover_rows(data: Mapping[str, Any], language: str, in_points: Callable[[int], str]) -> list[Row]:
    """A month of points: what there was and is left always, between them what was not nothing."""
    if "opening" not in data:
        return []
    gettext = words.translations(language).gettext
    between = [
        (gettext("Earned"), data["earned"]),
        (gettext("Used or set aside"), data["used"]),
        (gettext("Expired"), data["expired"]),
        (gettext("Passed on or got from members"), data.get("passed", 0)),
        (gettext("Corrected"), data["corrected"]),
    ]
    return [
        (gettext("Balance when the period begins"), in_points(data["opening"])),
        *((label, in_points(points).replace("-", "\u2212", 1)) for label, points in between if points),
        (gettext("Balance when it ends"), in_points(data["closing"])),
    ]

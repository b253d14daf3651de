"""What can be wrong with a product, a category or a price; the words for each are in `web/product_words.py`."""

from enum import StrEnum


class Fault(StrEnum):
    """One thing that does not hold together."""

    NO_NAME = "no_name"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    TWICE = "twice"
    UNKNOWN = "unknown"
    BAD_SLUG = "bad_slug"
    BAD_KEY = "bad_key"
    BAD_SKU = "bad_sku"
    OUT_OF_RANGE = "out_of_range"
    DAYS_REVERSED = "days_reversed"
    NO_VARIANT = "no_variant"
    CHOICES = "choices"
    CONTENT_UNIT = "content_unit"
    NOT_A_NUMBER = "not_a_number"
    AMOUNT_OR_PERCENT = "amount_or_percent"
    BASE_SHAPE = "base_shape"
    SALE_NEEDS_END = "sale_needs_end"
    TIER_NAMED = "tier_named"
    IN_THE_PAST = "in_the_past"
    NEEDED = "needed"
    NOT_A_DAY = "not_a_day"
    NOT_WHOLE = "not_whole"
    NOT_AN_AMOUNT = "not_an_amount"
    CAN_BE = "can_be"
    SKU_TAKEN = "sku_taken"
    NOT_READY = "not_ready"
    SEVERAL = "several"


class Place(StrEnum):
    """Where it stands."""

    NAME = "name"
    SHORT = "short"
    DESCRIPTION = "description"
    SLUG = "slug"
    DAYS = "days"
    LIMIT = "limit_per_member"
    AGE = "min_age"
    TAX_ABROAD = "tax_abroad"
    TIER = "rung_key"
    CATEGORIES = "categories"
    OPTIONS = "options"
    VARIANTS = "variants"
    ATTRIBUTES = "attributes"
    SKU = "sku"
    CONTENT = "content"
    WEIGHT = "weight_grams"
    SOLD_IN = "sold_in"
    PRICE = "price"
    PERCENT = "percent"
    QUANTITY = "quantity"
    ALT = "alt"


PLAIN: dict[Fault, str] = {
    Fault.NO_NAME: "write a name in at least one language",
    Fault.TOO_LONG: "at most {detail} letters",
    Fault.TOO_MANY: "at most {detail}",
    Fault.TWICE: "{detail} stands here twice",
    Fault.UNKNOWN: "there is no {detail}",
    Fault.BAD_SLUG: "{detail}: small letters a to z, digits and single hyphens between them",
    Fault.BAD_KEY: "{detail}: small letters a to z, digits and low lines",
    Fault.BAD_SKU: "{detail}: letters a to z, digits and . _ / -",
    Fault.OUT_OF_RANGE: "a number in the range {detail}",
    Fault.DAYS_REVERSED: "the last day comes before the first",
    Fault.NO_VARIANT: "at least one variant with its SKU",
    Fault.CHOICES: "{detail} needs one value of each option",
    Fault.CONTENT_UNIT: "{detail}: contents and unit belong together",
    Fault.NOT_A_NUMBER: "{detail}: a number with at most three decimals",
    Fault.AMOUNT_OR_PERCENT: "an amount or a percentage, not both",
    Fault.BASE_SHAPE: "the usual price is an amount without a last day",
    Fault.SALE_NEEDS_END: "a sale needs a last day, at most a year after the first",
    Fault.TIER_NAMED: "the price of a tier names its tier, and no other price does",
    Fault.IN_THE_PAST: "prices are set from today on",
    Fault.NEEDED: "this cell is needed",
    Fault.NOT_A_DAY: "a day, such as 2026-03-31",
    Fault.NOT_WHOLE: "a whole number in plain digits",
    Fault.NOT_AN_AMOUNT: "an amount, such as {detail}",
    Fault.CAN_BE: "it can be {detail}",
    Fault.SKU_TAKEN: "this SKU stands in row {detail} already",
    Fault.NOT_READY: "a product goes live with a price",
    Fault.SEVERAL: "several rows of one product say different things; see row {detail}",
}
"""For operators at the command line."""


def plain(fault: str, detail: str) -> str:
    """A fault in English."""
    return PLAIN[Fault(fault)].format(detail=detail)

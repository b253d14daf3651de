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


class Place(StrEnum):
    """Where it stands."""

    NAME = "name"
    SHORT = "short"
    DESCRIPTION = "description"
    SLUG = "slug"
    DAYS = "days"
    LIMIT = "limit_per_member"
    AGE = "min_age"
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

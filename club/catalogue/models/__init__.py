"""The tables of the catalogue. What is read from them stands in `club.catalogue.listing`, `reading` and `buying`."""

from club.catalogue.models.prices import MemberPrice, Price
from club.catalogue.models.products import (
    Attribute,
    Category,
    CategorySlug,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductImage,
    ProductSlug,
    Variant,
)
from club.catalogue.models.stock import ProductTaken, Stock, StockMovement, StockReservation, StockWish
from club.catalogue.models.words import NearWord, ProductName, ProductWord

__all__ = [
    "Attribute",
    "Category",
    "CategorySlug",
    "MemberPrice",
    "NearWord",
    "Price",
    "Product",
    "ProductAttribute",
    "ProductCategory",
    "ProductImage",
    "ProductName",
    "ProductSlug",
    "ProductTaken",
    "ProductWord",
    "Stock",
    "StockMovement",
    "StockReservation",
    "StockWish",
    "Variant",
]

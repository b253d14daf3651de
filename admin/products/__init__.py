"""The shop's goods as staff keep them: products with their parts, categories, stock."""

from admin.products import categories, costs, edit, facts, listing, pictures, prices, stock, stock_one, tables, variants

__all__ = [
    "categories",
    "costs",
    "edit",
    "facts",
    "listing",
    "pictures",
    "prices",
    "stock",
    "stock_one",
    "tables",
    "variants",
]

"""Papers of the shop: the journal, one of them, who sells, packing lists and labels."""

from admin.papers import journal, one, packing, seller

__all__ = ["journal", "one", "packing", "seller"]

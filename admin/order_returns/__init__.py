"""Goods of orders that come back: the list by what is to be done next, one case, a return that staff begin."""

from admin.order_returns import case, listed, money_back, new, photos

__all__ = ["case", "listed", "money_back", "new", "photos"]

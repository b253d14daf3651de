"""Friends brought by members: what is to be looked at, the list, one of them with its evidence, the terms."""

from admin.referrals import listed, one, terms

__all__ = ["listed", "one", "terms"]

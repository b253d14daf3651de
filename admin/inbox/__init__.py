"""The inbox: what customers ask, by the moment at which an answer is promised, and answers kept for reuse."""

from admin.inbox import listing, one, saved, suggestions

__all__ = ["listing", "one", "saved", "suggestions"]

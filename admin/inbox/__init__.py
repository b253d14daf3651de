"""The inbox: what customers ask, by the moment at which an answer is promised, and answers kept for reuse."""

from admin.inbox import goodwill, listing, one, saved, suggestions

__all__ = ["goodwill", "listing", "one", "saved", "suggestions"]

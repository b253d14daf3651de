"""One customer: everything on one page, what staff write there, the preferences card."""

from admin.customer import entries, page, preferences, writing

__all__ = ["entries", "page", "preferences", "writing"]

"""Who changed what: the log in words, filtered, and taken along as a table."""

from admin.audit import listing

__all__ = ["listing"]

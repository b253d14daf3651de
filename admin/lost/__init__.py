"""The register of lost customers: the list, one case, and the rule for who counts as late."""

from admin.lost import case, listed, rule

__all__ = ["case", "listed", "rule"]

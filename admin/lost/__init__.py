"""The register of lost customers: the list, one case, and the rules for who is late or slipping away."""

from admin.lost import case, listed, rule, watch

__all__ = ["case", "listed", "rule", "watch"]

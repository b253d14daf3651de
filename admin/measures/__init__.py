"""Corrective actions: what the club changes because of the customers it lost, and whether it helped."""

from admin.measures import listed, new, one

__all__ = ["listed", "new", "one"]

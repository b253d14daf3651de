"""Gifts: the rules by which the club gives by itself, their editor with a preview, benefits to hand over."""

from admin.gifts import edit, listed

__all__ = ["edit", "listed"]

"""The magazine: the list, the editor with its preview, publishing, withdrawing, comments."""

from admin.content import acts, comments, edit, listed

__all__ = ["acts", "comments", "edit", "listed"]

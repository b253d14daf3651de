"""The magazine: the list, the editor with its preview, publishing, withdrawing."""

from admin.content import acts, edit, listed

__all__ = ["acts", "edit", "listed"]

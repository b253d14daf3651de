"""Events: the list, the editor, invitations, answers, the door, and what is left afterwards."""

from admin.events import acts, after, answer, answers, door, edit, invitations, listed, pictures, walk_in

__all__ = ["acts", "after", "answer", "answers", "door", "edit", "invitations", "listed", "pictures", "walk_in"]

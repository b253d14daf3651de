"""What is to be done and was promised: the list, one of it, handing over."""

from admin.tasks import handing_over, listing, one, pack

__all__ = ["handing_over", "listing", "one", "pack"]

"""The ways to become a member: by oneself, at the counter, or by claiming a place that the club keeps."""

from club.joining.service.at_the_counter import Enrolled, enrol_at_counter
from club.joining.service.by_oneself import Waiting, ask_again, ask_to_join, ask_with_old_link, confirm, is_same_browser
from club.joining.service.claiming import claim, invite_all, invite_to_claim
from club.joining.service.welcoming import Joined

__all__ = [
    "Enrolled",
    "Joined",
    "Waiting",
    "ask_again",
    "ask_to_join",
    "ask_with_old_link",
    "claim",
    "confirm",
    "enrol_at_counter",
    "invite_all",
    "invite_to_claim",
    "is_same_browser",
]

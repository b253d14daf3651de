"""Use cases of events. Locks: the event first, then the member's balance and lots."""

from club.events.service.answering import answer, answer_mailed, decline, offer_out_of_turn
from club.events.service.door import AtDoor, check_in, check_in_person, one_more_guest, undo_check_in, walk_in
from club.events.service.editing import add_event, cancel_event, change_event, copy_event, publish
from club.events.service.ending import follow, night
from club.events.service.seats import Answered
from club.events.service.waves import KeptView, add_wave, cancel_wave, remind, test_mail, write_waves

__all__ = [
    "Answered",
    "AtDoor",
    "KeptView",
    "add_event",
    "add_wave",
    "answer",
    "answer_mailed",
    "cancel_event",
    "cancel_wave",
    "change_event",
    "check_in",
    "check_in_person",
    "copy_event",
    "decline",
    "follow",
    "night",
    "offer_out_of_turn",
    "one_more_guest",
    "publish",
    "remind",
    "test_mail",
    "undo_check_in",
    "walk_in",
    "write_waves",
]

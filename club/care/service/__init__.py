"""Use cases of care: writing about a customer, what is to be done and was promised, who looks after whom."""

from club.care.service.calling import call_who_has_no_mailbox
from club.care.service.carers import announce_absence, assign, end_absence
from club.care.service.entries import edit_entry, log, may_edit, pin_entry
from club.care.service.letters import write_letter
from club.care.service.own_card import add_own, change_own, end_own
from club.care.service.preferences import add_preference, end_preference, set_objection, set_wish
from club.care.service.to_do import (
    add_promise,
    add_promise_in,
    add_task,
    add_task_in,
    close,
    close_in,
    give,
    move,
    note_export,
    reopen,
)

__all__ = [
    "add_own",
    "add_preference",
    "add_promise",
    "add_promise_in",
    "add_task",
    "add_task_in",
    "announce_absence",
    "assign",
    "call_who_has_no_mailbox",
    "change_own",
    "close",
    "close_in",
    "edit_entry",
    "end_absence",
    "end_own",
    "end_preference",
    "give",
    "log",
    "may_edit",
    "move",
    "note_export",
    "pin_entry",
    "reopen",
    "set_objection",
    "set_wish",
    "write_letter",
]

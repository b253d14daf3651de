"""Use cases of support: asking, answering, reading mails, saved answers."""

from club.support.service.answering import Answer, add_note, give, make_task, reply, solve
from club.support.service.asking import Asked, Question, ask, go_on, rate, reopen
from club.support.service.forgetting import night
from club.support.service.goodwill import Told, give_voucher, grant, note_return

__all__ = [
    "Answer",
    "Asked",
    "Question",
    "Told",
    "add_note",
    "ask",
    "give",
    "give_voucher",
    "go_on",
    "grant",
    "make_task",
    "night",
    "note_return",
    "rate",
    "reopen",
    "reply",
    "solve",
]

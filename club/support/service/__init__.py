"""Use cases of support: asking, answering, reading mails, saved answers."""

from club.support.service.answering import Answer, add_note, give, grant, make_task, reply, solve
from club.support.service.asking import Asked, Question, ask, go_on, rate, reopen
from club.support.service.forgetting import night

__all__ = [
    "Answer",
    "Asked",
    "Question",
    "add_note",
    "ask",
    "give",
    "go_on",
    "grant",
    "make_task",
    "night",
    "rate",
    "reopen",
    "reply",
    "solve",
]

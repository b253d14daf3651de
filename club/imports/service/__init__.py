"""Use cases: what staff do with an import, and what the worker does with it."""

from club.imports.service.arriving import upload
from club.imports.service.steps import choose, go_on, start, stop, undo
from club.imports.service.work import Hands, forget_old, take_up

__all__ = ["Hands", "choose", "forget_old", "go_on", "start", "stop", "take_up", "undo", "upload"]

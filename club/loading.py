"""Large libraries that few pages need: loaded by whoever uses them first, not by every process at its start."""

from importlib import import_module
from typing import Any


class OnFirstUse:
    """Stands for a module until something of it is asked for. Beside it, for type checkers only, the real import."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self._name), name)
        setattr(self, name, found)
        return found

"""Undo and redo of one user's own steps in a shared document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pycrdt import UndoManager
from pycrdt._base import BaseType


class History:
    """The steps one user made, as pycrdt's undo manager keeps them.

    Parameters
    ----------
    scopes
        The shared types whose changes count.
    origin
        The origin of this user's transactions; changes of any other origin are never undone.
    """

    def __init__(self, scopes: Sequence[BaseType], origin: Any) -> None:
        self._scopes = scopes
        self._origin = origin
        self._manager = self._make([])
        self.is_open = False
        self.label = ""
        self._before = 0

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Mark the block as one step, which inner blocks join."""
        self.is_open, self.label = True, label
        self._before = len(self._manager.undo_stack)
        try:
            yield
        finally:
            self.is_open = False

    def take_back(self) -> None:
        """Undo the step that was just committed, if it wrote anything, so that neither undo nor redo ever shows it."""
        if len(self._manager.undo_stack) == self._before:
            return
        self._manager.undo()
        self._manager = self._make(self._manager.undo_stack)

    def undo(self) -> bool:
        """Undo the last step that still has an effect."""
        while self._manager.can_undo():
            if self._manager.undo():
                return True
        return False

    def redo(self) -> bool:
        """Redo the last step undone that still has an effect."""
        while self._manager.can_redo():
            if self._manager.redo():
                return True
        return False

    def _make(self, steps: list[Any]) -> UndoManager:
        manager = UndoManager(scopes=list(self._scopes), capture_timeout_millis=0, undo_stack=steps)
        manager.include_origin(self._origin)
        return manager

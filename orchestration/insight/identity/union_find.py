"""Union-find that knows when to refuse: persons grow link by link as long as no rule is broken."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

UNLIMITED = np.iinfo(np.int32).max


class Forest:
    """Persons under construction: joined link by link as long as no rule is broken."""

    def __init__(self, *, kind: Array, unit: Array, most: Array, is_unique: Array) -> None:
        """Begin with every node on its own.

        Args:
            kind: Per node: what kind of identifier it is.
            unit: Per node: a number shared by those of a kind that count as one.
            most: Per kind: how many units a person may have.
            is_unique: Per node: whether it belongs to one person only, and so makes a person.
        """
        self._kind = kind
        self._unit = unit
        self._most = most
        self._is_unique = is_unique
        self._parent: dict[int, int] = {}
        self._size: dict[int, int] = {}
        self._is_person: dict[int, bool] = {}
        # per root and limited kind: the units held
        self._held: dict[int, dict[int, set[int]]] = {}
        # per root: the nodes that must not join it
        self._foes: dict[int, set[int]] = {}

    def keep_apart(self, ones: list[int], others: list[int]) -> None:
        """Let pairs of nodes never be one person; before the first link."""
        for one, other in zip(ones, others, strict=True):
            if one != other:
                self._foes.setdefault(one, set()).add(other)
                self._foes.setdefault(other, set()).add(one)

    def root(self, node: int) -> int:
        """Return the node that stands for the person."""
        if node not in self._parent:
            self._plant(node)
        top = node
        while self._parent[top] != top:
            top = self._parent[top]
        while self._parent[node] != top:
            self._parent[node], node = top, self._parent[node]
        return top

    def _plant(self, node: int) -> None:
        kind = int(self._kind[node])
        is_limited = self._most[kind] < UNLIMITED
        self._parent[node] = node
        self._size[node] = 1
        self._held[node] = {kind: {int(self._unit[node])}} if is_limited else {}
        self._is_person[node] = bool(self._is_unique[node])

    def link(self, one: int, other: int, *, binds: bool) -> None:
        """Join the persons of two nodes, unless that breaks a rule."""
        into, gone = self.root(one), self.root(other)
        if into == gone or (not binds and self._is_person[into] and self._is_person[gone]):
            return
        if self._size[into] < self._size[gone]:
            into, gone = gone, into
        mine, theirs = self._held[into], self._held[gone]
        if any(
            len(mine[kind] | units) > self._most[kind]
            for kind, units in theirs.items()
            if kind in mine
        ):
            return
        if self._are_foes(into, gone):
            return
        for kind, units in theirs.items():
            mine.setdefault(kind, set()).update(units)
        self._parent[gone] = into
        self._size[into] += self._size[gone]
        self._is_person[into] |= self._is_person[gone]
        del self._held[gone]
        if foes := self._foes.pop(gone, None):
            self._foes.setdefault(into, set()).update(foes)

    def _are_foes(self, one: int, other: int) -> bool:
        # who is whose foe is mutual: the shorter list tells
        if len(self._foes.get(one, ())) > len(self._foes.get(other, ())):
            one, other = other, one
        return any(self.root(foe) == other for foe in self._foes.get(one, ()))

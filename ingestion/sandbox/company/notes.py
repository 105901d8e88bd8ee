"""What the systems show about identities: identifiers, their owners, and records that name two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.sandbox.company.draws import Array

    Kind = tuple[str, str]

# the kinds that several systems know; they come first among all kinds
DEVICE, USER, EMAIL, PHONE, CONTACT, VISITOR = range(6)


class Notes:
    """Collects who shows which identifier, and which records name two of them.

    A kind of identifier is a number from above, or the (type, namespace) of a system's own.
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = kinds
        self.nodes: list[tuple[int, Array, Array, bool]] = []
        self.links: list[tuple[Any, ...]] = []

    def node(self, kind: int | Kind, value: Array, person: Array, *, shared: bool = False) -> None:
        """Note that an identifier is somebody's."""
        self.nodes.append((self._number(kind), value, person, shared))

    def link(
        self,
        left: tuple[int | Kind, Array],
        right: tuple[int | Kind, Array],
        person: Array,
        source: str,
        since_ms: Array,
    ) -> None:
        """Note that a record of a system names both."""
        sides: list[int | Array] = []
        for kind, value in (left, right):
            self.node(kind, value, person)
            sides += [self._number(kind), value]
        self.links.append((*sides, person, source, since_ms))

    def _number(self, kind: int | Kind) -> int:
        return kind if isinstance(kind, int) else self._kinds.index(kind)


def normal(email: Array) -> Array:
    """Write addresses as Kette does: small letters, nothing around them."""
    return np.char.strip(np.char.lower(email)) if len(email) else email


def is_role(email: Array) -> Array:
    """Tell which addresses are an office's rather than a person's."""
    local = np.array([text.partition("@")[0] for text in email.tolist()], dtype="U90")
    return np.isin(local, names.ROLE_MAILBOXES)

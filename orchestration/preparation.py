"""What models need before they are built: the tables of every source, and what people decided."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingestion.control import decisions, locks
from ingestion.loading import run, warehouse
from orchestration.figure_history import persons
from orchestration.host import mode

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def prepared() -> Iterator[None]:
    """Hold the warehouse's lock, with everything in it that models read.

    Raises:
        KetteError: The warehouse is of the other mode, in use or damaged.
    """
    mode.claim_warehouse()
    run.prepare_warehouse()
    with locks.warehouse_lock():
        with warehouse.connect() as connection:
            decisions.hand_over(connection)
        persons.hand_over()
        yield

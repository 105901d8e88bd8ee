"""A program that ends with whoever started it: ``python -m orchestration.tied PROGRAM ARGUMENT …``.

For programs that a library starts for us. The kernel remembers the wish while the program takes this
process over.
"""

from __future__ import annotations

import os
import signal
import sys

from orchestration import processes


def command(*program: str) -> list[str]:
    """Return the command that runs a program in this way."""
    return [sys.executable, "-m", "orchestration.tied", *program]


def main() -> None:
    """Become the given program."""
    # at once: what dbt or DuckDB leave half done, the next run takes back
    processes.end_with_parent(signal.SIGKILL)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - a program of this environment


if __name__ == "__main__":
    main()

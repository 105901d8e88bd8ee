"""A program that ends with whoever started it: ``python -m orchestration.host.tied PARENT PROGRAM ARGUMENT …``.

For dbt, whoever starts it. The kernel remembers the wish while the program takes this process over.
"""

from __future__ import annotations

import os
import signal
import sys

from orchestration.host import processes


def command(*program: str) -> list[str]:
    """Return the command by which this process runs a program in this way."""
    return [sys.executable, "-m", "orchestration.host.tied", str(os.getpid()), *program]


def main() -> None:
    """Become the given program."""
    # at once: what dbt or DuckDB leave half done, the next run takes back
    processes.end_with_parent(signal.SIGKILL, parent=int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - a program of this environment


if __name__ == "__main__":
    main()

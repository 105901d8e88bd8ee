"""Runs a program that ends with its parent.

``python -m orchestration.host.tied PARENT PROGRAM ARGUMENT …`` is used for dbt. It asks the kernel to
end the process with PARENT, and the request still holds when the program replaces this process.
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

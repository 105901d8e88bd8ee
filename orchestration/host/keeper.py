"""Ends whole process groups when the process that started them is gone, even by kill -9.

``python -m orchestration.host.keeper`` reads the groups' numbers from its input, one per line. When the
input ends, it ends the groups. A service's own children would otherwise continue to run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from ingestion.settings import CHECKOUT


class Keeper:
    """The process that watches over this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.host.keeper"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            text=True,
            # Ctrl-C is not meant for it
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Have a group end with this process.

        Args:
            group: Its number, which is that of the process that leads it.
        """
        if self._process.stdin is not None:
            print(group, file=self._process.stdin, flush=True)

    def dismiss(self) -> None:
        """Let the groups be: they have been ended in order."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Read groups until nobody is left to name any, then end them."""
    groups = [int(line) for line in sys.stdin]
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()

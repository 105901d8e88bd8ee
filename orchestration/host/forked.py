"""Ends the server that forks the loads with the process that started it.

The server imports this module before anything else. It would end by itself, but only after all its
imports.
"""

import signal

from orchestration.host import processes

processes.end_with_parent(signal.SIGKILL)

"""Imported by the server that forks the loads, before anything else: it ends with whoever started it.

It would notice by itself, but only after all its imports.
"""

import signal

from orchestration.host import processes

processes.end_with_parent(signal.SIGKILL)

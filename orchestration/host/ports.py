"""Ports of the loopback address: checks whether one is taken, and finds a free one."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def is_taken(port: int) -> bool:
    """Return whether something listens on a port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def free() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

"""The receiver of vendors' webhooks: verify, store durably, acknowledge.

What is stored waits in the control store's inbox until the source it belongs to drains it. The
parts: `verifiers` (whose signature looks how), `signatures` (senders that the settings describe),
`bodies` (JSON and nested forms), `inbox` (the durable store), `writer` (many messages in one
commit), `app` (the HTTP surface), `server` (running it).
"""

from __future__ import annotations


def serve(*, host: str, port: int) -> None:
    """Receive webhooks until the process is asked to end (SIGINT or SIGTERM).

    Args:
        host: Address to listen on.
        port: Port to listen on; the caller has seen that it is free.

    Raises:
        KetteError: The control store cannot be written.
    """
    # a source that drains its inbox imports this package and needs no web server
    from ingestion.webhooks.server import run

    run(host, port)

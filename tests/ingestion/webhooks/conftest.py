"""A receiver in this process, and a client of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ingestion.webhooks import app

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Client:
    """A client of a receiver in this process."""

    runner: asyncio.Runner
    session: httpx.AsyncClient

    def get(self, path: str) -> httpx.Response:
        """Get a page."""
        return self.runner.run(self.session.get(path))

    def post(self, path: str, content: bytes, headers: Any = None) -> httpx.Response:
        """Post a body."""
        return self.runner.run(self.session.post(path, content=content, headers=headers))


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client of a running receiver."""
    receiving = app.make_app()
    transport = httpx.ASGITransport(app=receiving)
    with asyncio.Runner() as runner:
        life = receiving.router.lifespan_context(receiving)
        runner.run(life.__aenter__())
        yield Client(runner, httpx.AsyncClient(transport=transport, base_url="http://receiver"))
        runner.run(life.__aexit__(None, None, None))

"""Ways to sign a request. They hold a secret, and never show it: not in repr, not in a message."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from requests.auth import AuthBase

from ingestion.settings import secret_text

if TYPE_CHECKING:
    from typing import Any

    from requests import PreparedRequest

HIDDEN = "…"


class SecretAuth(ABC, AuthBase):
    """Base of the ways: knows what must not be shown."""

    def __init__(self, *secrets: Any) -> None:
        self._secrets = tuple(text for secret in secrets if (text := secret_text(secret)))

    @abstractmethod
    def header(self) -> str:
        """Return the value of the Authorization header."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = self.header()
        return request

    def hide(self, text: str) -> str:
        """Return a text in which no secret can be read."""
        for secret in (*self._secrets, self.header().split(" ", 1)[-1]):
            text = text.replace(secret, HIDDEN)
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({HIDDEN})"


class BasicAuth(SecretAuth):
    """User name and password; many vendors take an API key as user name and no password."""

    def __init__(self, username: Any, password: Any = "") -> None:
        # where there is no password, the user name is the secret
        super().__init__(password or username)
        self._pair = f"{secret_text(username)}:{secret_text(password)}"

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return "Basic " + base64.b64encode(self._pair.encode()).decode()


class BearerAuth(SecretAuth):
    """A token."""

    def __init__(self, token: Any) -> None:
        super().__init__(token)
        self._token = secret_text(token)

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self._token}"

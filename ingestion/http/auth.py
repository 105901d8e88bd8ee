"""Ways to sign a request. Each registers its secret, so that it is hidden in every output."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from requests.auth import AuthBase

from ingestion.hiding import HIDDEN, learn
from ingestion.settings import secret_text

if TYPE_CHECKING:
    from typing import Any

    from requests import PreparedRequest


class SecretAuth(ABC, AuthBase):
    """Base of the ways: what it signs with is hidden from now on."""

    def __init__(self, *secrets: Any) -> None:
        learn(*secrets)

    @abstractmethod
    def header(self) -> str:
        """Return the value of the Authorization header."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["Authorization"] = self.header()
        return request

    def __repr__(self) -> str:
        return f"{type(self).__name__}({HIDDEN})"


class BasicAuth(SecretAuth):
    """User name and password; many vendors take an API key as user name and no password."""

    def __init__(self, username: Any, password: Any = "") -> None:
        self._pair = f"{secret_text(username)}:{secret_text(password)}"
        # where there is no password, the user name is the secret; the pair is one as it is sent
        super().__init__(password or username, self._packed())

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Basic {self._packed()}"

    def _packed(self) -> str:
        return base64.b64encode(self._pair.encode()).decode()


class BearerAuth(SecretAuth):
    """A token."""

    def __init__(self, token: Any) -> None:
        super().__init__(token)
        self._token = secret_text(token)

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self._token}"

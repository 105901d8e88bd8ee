"""Settings of Google Analytics 4, and the Data API's client: who asks, and how often it may."""

from __future__ import annotations

import json
import time
from datetime import date  # noqa: TC003 - dlt reads the annotations
from typing import Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt reads the annotations
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ingestion.errors import CredentialsError, KetteError
from ingestion.hiding import learn
from ingestion.http.auth import SecretAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.settings import secret_text
from ingestion.toolkit.source import SourceSettings

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_HOST = "https://oauth2.googleapis.com"  # noqa: S105 - an address
HOUR = 3600
# a token is asked for anew so long before its end
MARGIN = 60
# a property's tokens allow for far more; ten at once are refused
PER_MINUTE = 120


@configspec
class Ga4Settings(SourceSettings):
    """Settings of Google Analytics 4; see .dlt/config.toml and .env.example."""

    # where the shards events_YYYYMMDD of the BigQuery export are copied to
    export_folder: str | None = None
    base_url: str = ""
    token_url: str = f"{TOKEN_HOST}/token"
    property_id: int | None = None
    # the JSON key of a service account, or an access token
    api_credentials: TSecretStrValue | None = None
    start_date: date | None = None
    lookback_days: int = 4
    report_lookback_days: int = 30

    def check(self) -> None:
        """Refuse values of the wrong form."""
        for name in ("lookback_days", "report_lookback_days"):
            if getattr(self, name) < 1:
                raise KetteError(
                    "it cannot be less than 1",
                    where=f"SOURCES__GA4__{name.upper()}",
                    fix="Set e.g. 4",
                )
        if bool(self.property_id) != bool(secret_text(self.api_credentials).strip()):
            raise KetteError(
                "the Data API needs both a property and credentials",
                where="SOURCES__GA4__PROPERTY_ID and …__API_CREDENTIALS",
                fix="Set both, or none of them to read the export alone",
            )
        text = secret_text(self.api_credentials).strip()
        if text.startswith("{"):
            _service_account(text)


def connect(settings: Ga4Settings) -> Client:
    """Return the Data API's client of a run."""
    return Client(
        "ga4",
        settings.base_url,
        GoogleAuth(settings.api_credentials, settings.token_url),
        budgets=(Budget(PER_MINUTE, 60, f"ga4/{settings.property_id}/minute"),),
    )


class GoogleAuth(SecretAuth):
    """An access token as it is, or one that a service account's key is exchanged for."""

    def __init__(self, credentials: Any, token_url: str) -> None:
        text = secret_text(credentials).strip()
        super().__init__(text)
        self._text, self._token_url = text, token_url
        self._key = _service_account(text) if text.startswith("{") else None
        self._token, self._until = ("", 0.0) if self._key else (text, float("inf"))

    def header(self) -> str:
        """Return the value of the Authorization header."""
        if self._key and time.time() > self._until - MARGIN:
            self._token, self._until = self._exchanged(self._key)
        return f"Bearer {self._token}"

    def _exchanged(self, key: dict[str, str]) -> tuple[str, float]:
        now = int(time.time())
        claims = {
            "iss": key["client_email"],
            "scope": SCOPE,
            "aud": self._token_url,
            "iat": now,
            "exp": now + HOUR,
        }
        try:
            signed = jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(key["private_key"]))
        except (JoseError, ValueError):
            raise _unusable("the service account's private key cannot be used") from None
        learn(signed)
        client = Client("ga4", self._token_url)
        try:
            answer = client.post(
                self._token_url, data={"grant_type": GRANT, "assertion": signed}, accept=(400,)
            )
        finally:
            client.close()
        found = answer.json()
        if answer.status != 200 or "access_token" not in found:  # noqa: PLR2004
            raise _unusable("the service account's key is refused")
        learn(found["access_token"])
        return str(found["access_token"]), now + float(found.get("expires_in", HOUR))


def _service_account(text: str) -> dict[str, str]:
    try:
        key = json.loads(text)
        return {name: str(key[name]) for name in ("client_email", "private_key")}
    except (ValueError, KeyError, TypeError):
        raise _unusable("it is neither a token nor the key of a service account") from None


def _unusable(what: str) -> CredentialsError:
    return CredentialsError(
        what,
        where="SOURCES__GA4__API_CREDENTIALS",
        fix="Set the whole JSON of the key file, in one line, or an access token",
    )

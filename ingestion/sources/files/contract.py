"""What a mapping may say and what a row must contain: the kinds, their columns and their words."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

from ingestion.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

# contract columns by kind: those that a mapping must give, and all with their data types
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "touchpoints": ("occurred_at", "identifier_value", "channel", "touchpoint"),
    "orders": ("order_id", "ordered_at", "identifier_value", "order_amount"),
    "surveys": ("survey_id", "answered_at", "question_kind", "identifier_value"),
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "touchpoints": {
        "occurred_at": "timestamp",
        "identifier_value": "text",
        "channel": "text",
        "touchpoint": "text",
        "direction": "text",
        "session_hint": "text",
        "campaign": "text",
        "content": "text",
        "value_amount": "decimal",
        "currency_code": "text",
    },
    "orders": {
        "order_id": "text",
        "ordered_at": "timestamp",
        "identifier_value": "text",
        "quantity": "decimal",
        "order_amount": "decimal",
        "currency_code": "text",
    },
    "surveys": {
        "survey_id": "text",
        "survey_name": "text",
        "response_id": "text",
        "question_id": "text",
        "question_kind": "text",
        "answered_at": "timestamp",
        "identifier_value": "text",
        "score": "decimal",
        "scale_min": "decimal",
        "scale_max": "decimal",
        "wording_version": "text",
        "moment": "text",
        "channel": "text",
        "invitation_id": "text",
        "invited_at": "timestamp",
        "language": "text",
        "comment": "text",
        "publication_consent": "text",
    },
}
# the amount that needs a currency
AMOUNTS = {"touchpoints": "value_amount", "orders": "order_amount"}
# the number that may stand beside its words, as in "10 - Extremely likely"
SCORE = "score"
IDENTIFIER_TYPES = (
    *("device_id", "cookie_id", "user_id", "email", "phone", "crm_contact_id"),
    *("chat_visitor_id", "survey_respondent_id", "shop_customer_id"),
    *("domain", "crm_company_id", "billing_customer_id"),
)
GLOBAL_TYPES = ("email", "phone", "domain")
WORKBOOK, PARQUET, CSV, JSON = "workbook", "parquet", "csv", "json"
# what a file's name ends with, or what the key `format` says, and how such a file is read
FORMATS: Mapping[str, str] = {
    **dict.fromkeys(("csv", "tsv", "txt"), CSV),
    **dict.fromkeys(("jsonl", "ndjson", "json"), JSON),
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods"), WORKBOOK),
    "parquet": PARQUET,
}


def raw_columns(kind: str) -> dict[str, str]:
    """Return the columns of a kind's raw table with their data types, in order."""
    own = ("row_id", "mapping", "file", "source", "identifier_type", "identifier_namespace")
    return {**dict.fromkeys(own, "text"), **COLUMNS[kind], "properties": "json"}


@cache
def words() -> Mapping[str, tuple[str, ...]]:
    """Return the columns that hold one of few words, with these words."""
    with (CHECKOUT / "seeds" / "channels.csv").open(encoding="utf-8", newline="") as content:
        channels = tuple(row["channel"] for row in csv.DictReader(content))
    return {
        "channel": channels,
        "direction": ("inbound", "outbound"),
        "question_kind": ("nps", "csat", "ces", "star", "text", "review"),
    }

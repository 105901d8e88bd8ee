"""Checks of raw assets. dbt's tests become asset checks by themselves, beside their models."""

import dagster as dg

from ingestion.load import StreamResult
from orchestration.translators import LEDGER_CHECK


def ledger_result(source: str, stream: str, result: StreamResult | None) -> dg.AssetCheckResult:
    """Return whether every record a stream saw is accounted for.

    Args:
        source: Name of the source.
        stream: Name of the stream.
        result: What the load reported; None when the source is off.
    """
    seen = result.seen if result else 0
    accounted = (
        result.loaded + result.deduped + result.quarantined + result.suppressed if result else 0
    )
    return dg.AssetCheckResult(
        check_name=LEDGER_CHECK,
        asset_key=[source, stream],
        passed=seen == accounted,
        metadata={"seen": seen, "accounted_for": accounted},
    )

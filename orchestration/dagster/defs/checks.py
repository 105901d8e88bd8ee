"""Checks of raw assets. dbt's tests become asset checks by themselves, beside their models."""

import dagster as dg

from ingestion.control import outcomes
from ingestion.toolkit.source import StreamResult
from orchestration.dagster.translators import LEDGER_CHECK
from orchestration.monitoring import held


def ledger_result(source: str, stream: str, result: StreamResult | None) -> dg.AssetCheckResult:
    """Return whether every record a stream saw is accounted for, and nothing is held back.

    What is held back is a warning: the old rows are good, and may be published.

    Args:
        source: Name of the source.
        stream: Name of the stream.
        result: What the load reported; None when the source is off.
    """
    seen = result.seen if result else 0
    missing = outcomes.unaccounted(vars(result)) if result else 0
    balances, is_held = not missing, bool(result and result.status == outcomes.HELD)
    return dg.AssetCheckResult(
        check_name=LEDGER_CHECK,
        asset_key=[source, stream],
        passed=balances and not is_held,
        severity=dg.AssetCheckSeverity.WARN if balances else dg.AssetCheckSeverity.ERROR,
        description=" ".join(held.warnings(source)) if is_held else None,
        metadata={"seen": seen, "accounted_for": seen - missing},
    )

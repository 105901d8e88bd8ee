"""Where values come from: what records say about a person or an account, and what is derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards import warehouse

# evidence remembers an address that no record states now
REMEMBERED = "identity"
# two spellings that differ in capitals alone are one opinion, as in fct_attribute_quality
_STATEMENTS = """
    select
        attribute, attribute_value, source, record, record_id, load_id, stated_at,
        value_count, is_doubtful, is_chosen, is_derived,
        -- each system numbers in its own way, and an earlier answer is another one: that is no disagreement
        not is_derived and attribute != 'crm_company_id' and lower(trim(attribute_value)) != lower(trim(first_value(attribute_value) over (
            partition by attribute order by survivorship_rank
        ))) as is_other
"""


@dataclass(frozen=True)
class Origin:
    """What is stated of one attribute, the value that counts first."""

    attribute: str
    statements: tuple[dict[str, Any], ...]

    @property
    def chosen(self) -> dict[str, Any]:
        """Return the statement whose value counts."""
        return self.statements[0]

    @property
    def is_derived(self) -> bool:
        """Return whether the value follows from records instead of being stated by them."""
        return bool(self.chosen["is_derived"])

    @property
    def contradicting(self) -> list[str]:
        """Return the sources whose records say something else, and nowhere what counts."""
        agreeing = {row["source"] for row in self.statements if not row["is_other"]}
        others = {row["source"] for row in self.statements if not row["is_doubtful"]}
        return sorted(others - agreeing - {REMEMBERED})


@warehouse.cached
def of_customer(path: str, customer_id: str) -> list[Origin]:
    """Return the statements about a person by attribute."""
    return _grouped(
        warehouse.rows(
            path,
            f"""
            {_STATEMENTS}
            from marts.bridge_customer_values
            -- what follows of the account is told with the account
            where
                customer_id = $customer_id
                and not (is_derived and starts_with(attribute, 'account_'))
            order by attribute, survivorship_rank
            """,
            {"customer_id": customer_id},
        )
    )


@warehouse.cached
def of_account(path: str, account_id: str) -> list[Origin]:
    """Return the statements about an account by attribute."""
    return _grouped(
        warehouse.rows(
            path,
            f"""
            {_STATEMENTS}
            from marts.bridge_account_values
            where account_id = $account_id
            order by attribute, survivorship_rank
            """,
            {"account_id": account_id},
        )
    )


def _grouped(rows: list[dict[str, Any]]) -> list[Origin]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["attribute"], []).append(row)
    return [Origin(attribute, tuple(found)) for attribute, found in grouped.items()]

"""ChartMogul's records as JSON text, written by DuckDB once per state of the world.

A page of records is then only joined text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.sandbox.common import parquet
from ingestion.sandbox.company.contracts import CURRENCY

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

COUNTRIES = {
    "DE": "Germany", "AT": "Austria", "CH": "Switzerland", "FR": "France", "NL": "Netherlands",
    "DK": "Denmark", "SE": "Sweden", "PL": "Poland", "IT": "Italy", "ES": "Spain",
    "GB": "United Kingdom", "US": "United States", "BE": "Belgium", "CZ": "Czechia",
    "FI": "Finland", "LU": "Luxembourg", "LI": "Liechtenstein", "NO": "Norway",
}  # fmt: skip

_MACROS = (
    "create macro iso(s) as strftime(to_timestamp(s), '%Y-%m-%dT%H:%M:%S+00:00')",
    "create macro iso_z(s) as strftime(to_timestamp(s), '%Y-%m-%dT%H:%M:%S.000Z')",
    f"create macro currency() as '{CURRENCY}'",
)
# the vendor's records, written once per world as JSON text
_TABLES = (
    """
    create table data_sources as
    with uuids as (
        select distinct unnest(data_source_uuids_json::json::varchar[]) as uuid
        from raw_customers
    )
    select uuid, to_json({
        'uuid': uuid, 'name': 'Billing', 'system': 'Import API',
        'created_at': '2020-01-01T00:00:00.000Z', 'status': 'idle'
    })::varchar as record
    from uuids
    """,
    """
    create table customers as
    select
        uuid, external_id, email, status, created_ms as sort_key, id::varchar as sort_id,
        data_source_uuids_json->>0 as data_source_uuid,
        to_json({
            'id': id, 'uuid': uuid, 'external_id': external_id, 'name': name,
            'email': coalesce(email, ''), 'status': status,
            'customer-since': iso(customer_since_s),
            'attributes': {
                'tags': tags_json::json, 'stripe': '{}'::json, 'clearbit': '{}'::json,
                'custom': custom_json::json
            },
            'data_source_uuid': data_source_uuids_json->>0,
            'data_source_uuids': data_source_uuids_json::json,
            'external_ids': external_ids_json::json,
            'company': coalesce(company, ''), 'country': country, 'state': null, 'city': city,
            'zip': zip,
            'lead_created_at': iso_z(lead_created_s),
            'free_trial_started_at': iso_z(free_trial_started_s),
            'address': {
                'country': country_name(country), 'state': null, 'city': city, 'address_zip': zip
            },
            'mrr': mrr_cents, 'arr': mrr_cents * 12, 'billing-system-url': null,
            'chartmogul-url': 'https://app.chartmogul.com/#/customers/' || id || '-'
                || coalesce(company, name, ''),
            'billing-system-type': 'Import API', 'currency': currency(), 'currency-sign': '€',
            'owner': null, 'website_url': website_url
        })::varchar as record
    from raw_customers
    """,
    """
    create table plans as
    select
        uuid, external_id, created_ms as sort_key, uuid as sort_id,
        (select min(uuid) from data_sources) as data_source_uuid,
        to_json({
            'uuid': uuid, 'data_source_uuid': (select min(uuid) from data_sources), 'name': name,
            'interval_count': interval_count, 'interval_unit': interval_unit,
            'external_id': external_id
        })::varchar as record
    from raw_plans
    """,
    """
    create table subscriptions as
    select
        uuid, customer_uuid, start_s as sort_key,
        to_json({
            'id': id, 'uuid': uuid, 'external_id': external_id,
            'subscription_set_external_id': null, 'quantity': quantity, 'mrr': mrr_cents,
            'arr': mrr_cents * 12, 'status': status, 'plan': plan_name,
            'billing-cycle': billing_cycle, 'billing-cycle-count': billing_cycle_count,
            'start-date': iso(start_s), 'end-date': iso(end_s),
            'currency': currency(), 'currency-sign': '€'
        })::varchar as record
    from raw_subscriptions
    """,
    """
    create table activities as
    select
        uuid, customer_uuid, type, date_s as sort_key,
        to_json({
            'description': description, 'activity-mrr-movement': movement_cents,
            'activity-mrr': mrr_after_cents, 'activity-arr': mrr_after_cents * 12,
            'date': iso(date_s), 'type': type, 'currency': currency(),
            'subscription-external-id': subscription_external_id,
            'subscription-set-external-id': null, 'plan-external-id': plan_external_id,
            'customer-name': customer_name, 'customer-uuid': customer_uuid,
            'customer-external-id': customer_external_id, 'billing-connector-uuid': null,
            'uuid': uuid
        })::varchar as record,
        to_json({
            'id': (hash(uuid) % 1000000000)::bigint, 'description': description, 'type': type,
            'date': iso(date_s), 'activity-mrr-movement': movement_cents,
            'activity-mrr': mrr_after_cents, 'activity-arr': mrr_after_cents * 12,
            'currency': currency(), 'currency-sign': '€',
            'subscription-external-id': subscription_external_id
        })::varchar as customer_record
    from raw_activities
    """,
    """
    create table invoices as
    with lines as (
        select invoice_uuid, list({
            'uuid': uuid, 'external_id': external_id, 'type': type,
            'subscription_uuid': subscription_uuid,
            'subscription_external_id': subscription_external_id, 'plan_uuid': plan_uuid,
            'prorated': prorated, 'proration_type': null,
            'service_period_start': iso_z(service_period_start_s),
            'service_period_end': iso_z(service_period_end_s),
            'amount_in_cents': amount_cents, 'quantity': quantity, 'discount_code': '',
            'discount_amount_in_cents': discount_cents, 'tax_amount_in_cents': tax_cents,
            'transaction_fees_in_cents': 0, 'account_code': null, 'event_order': null,
            'balance_transfer': false
        } order by uuid) as items
        from raw_line_items group by invoice_uuid
    ),
    payments as (
        select invoice_uuid, list({
            'uuid': uuid, 'external_id': external_id, 'type': type,
            'date': iso_z(date_s), 'result': result, 'amount_in_cents': amount_cents
        } order by date_s, uuid) as items
        from raw_transactions group by invoice_uuid
    )
    select
        invoice.uuid, invoice.external_id, invoice.customer_uuid,
        (select min(uuid) from data_sources) as data_source_uuid,
        invoice.created_ms as sort_key, invoice.uuid as sort_id,
        to_json({
            'uuid': invoice.uuid, 'external_id': invoice.external_id,
            'date': iso_z(invoice.date_s), 'due_date': iso_z(invoice.due_s),
            'currency': invoice.currency, 'customer_uuid': invoice.customer_uuid,
            'errors': '{}'::json, 'line_items': coalesce(lines.items, []),
            'transactions': coalesce(payments.items, [])
        })::varchar as record
    from raw_invoices as invoice
    left join lines on lines.invoice_uuid = invoice.uuid
    left join payments on payments.invoice_uuid = invoice.uuid
    """,
    "create table contracts as select * from raw_contracts",
)


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load ChartMogul's tables and write the records."""
    database.create_function("country_name", lambda code: COUNTRIES.get(code, code), [str], str)
    for table in (
        "plans", "customers", "subscriptions", "contracts", "activities", "invoices",
        "line_items", "transactions",
    ):  # fmt: skip
        path = folder / "chartmogul" / f"{table}.parquet"
        database.execute(f"create view raw_{table} as select * from {parquet(path)}")  # noqa: S608
    for statement in (*_MACROS, *_TABLES):
        database.execute(statement)

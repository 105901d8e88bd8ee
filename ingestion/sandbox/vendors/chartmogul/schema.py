"""ChartMogul's tables: plans, customers, what they agreed to, and what they were billed and paid."""

from __future__ import annotations

from ingestion.sandbox.company.tables import BOOL, INT, TEXT

TABLES = {
    "chartmogul/plans": {
        "uuid": TEXT,  # pl_…
        "external_id": TEXT,
        "name": TEXT,
        "interval_unit": TEXT,  # month, year
        "interval_count": INT,
        "created_ms": INT,
    },
    "chartmogul/customers": {
        "uuid": TEXT,  # cus_…
        "id": INT,
        "external_id": TEXT,  # the product's billing account id
        "external_ids_json": TEXT,  # its own and those merged into it
        "data_source_uuids_json": TEXT,  # aligned with external_ids
        "name": TEXT,
        "email": TEXT,  # the billing e-mail; null for a few
        "company": TEXT,
        "country": TEXT,  # ISO code
        "city": TEXT,
        "zip": TEXT,
        "website_url": TEXT,
        "status": TEXT,  # Active, Cancelled, Past Due, New Lead
        "created_ms": INT,  # since when it is listed; the listing's order
        "lead_created_s": INT,
        "free_trial_started_s": INT,
        "customer_since_s": INT,  # null for leads
        "mrr_cents": INT,  # now
        "custom_json": TEXT,  # attributes.custom: {"hubspot_company_id": "…", …} on a share
        "tags_json": TEXT,
    },
    "chartmogul/subscriptions": {
        "uuid": TEXT,  # sub_…
        "id": INT,
        "external_id": TEXT,
        "customer_uuid": TEXT,
        "plan_uuid": TEXT,
        "plan_name": TEXT,
        "quantity": INT,
        "mrr_cents": INT,  # 0 once ended
        "status": TEXT,  # active, inactive
        "start_s": INT,
        "end_s": INT,  # null: runs on; may be ahead: a cancellation that is scheduled
        "billing_cycle": TEXT,  # month, year
        "billing_cycle_count": INT,
    },
    # What was agreed, without gaps or overlaps per subscription: the MRR at a moment t is the sum
    # of mrr_cents where from_s <= t < to_s. The metrics endpoints are computed from this table
    # alone, never from activities. Rows begin before now; to_s is null or may be ahead.
    "chartmogul/contracts": {
        "subscription_uuid": TEXT,
        "customer_uuid": TEXT,  # who owns it now
        "plan_uuid": TEXT,
        "plan_external_id": TEXT,
        "country": TEXT,
        "quantity": INT,
        "from_s": INT,
        "to_s": INT,
        "mrr_cents": INT,
    },
    # State of now: one that vanished is absent, one that was recreated has another uuid than
    # before, one of a merged customer carries the surviving customer. Scheduled ones lie ahead.
    "chartmogul/activities": {
        "uuid": TEXT,
        "date_s": INT,
        "created_ms": INT,  # since when it is listed under this uuid
        "type": TEXT,  # new_biz, expansion, contraction, churn, reactivation
        "movement_cents": INT,  # signed
        "mrr_after_cents": INT,  # the customer's MRR after it
        "description": TEXT,
        "customer_uuid": TEXT,
        "customer_external_id": TEXT,
        "customer_name": TEXT,
        "subscription_external_id": TEXT,
        "plan_external_id": TEXT,
    },
    "chartmogul/invoices": {
        "uuid": TEXT,  # inv_…
        "external_id": TEXT,
        "customer_uuid": TEXT,
        "created_ms": INT,
        "date_s": INT,
        "due_s": INT,
        "currency": TEXT,
    },
    "chartmogul/line_items": {
        "invoice_uuid": TEXT,
        "uuid": TEXT,  # li_…
        "external_id": TEXT,
        "type": TEXT,  # subscription, one_time
        "subscription_uuid": TEXT,  # null for one_time
        "subscription_external_id": TEXT,
        "plan_uuid": TEXT,
        "prorated": BOOL,
        "service_period_start_s": INT,
        "service_period_end_s": INT,
        "amount_cents": INT,  # after discounts, tax included
        "quantity": INT,
        "discount_cents": INT,
        "tax_cents": INT,
    },
    "chartmogul/transactions": {
        "invoice_uuid": TEXT,
        "uuid": TEXT,  # tr_…
        "external_id": TEXT,
        "type": TEXT,  # payment, refund
        "date_s": INT,
        "result": TEXT,  # successful, failed
        "amount_cents": INT,
    },
}

"""WooCommerce's table: orders of a small shop for display stands, stickers and trainings."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    "woocommerce/orders": {
        "id": INT,
        # pending, processing, on-hold, completed, cancelled, refunded, failed, trash
        "status": TEXT,
        "currency": TEXT,
        "total": TEXT,  # as the shop writes it: 49.00
        "customer_id": INT,  # 0: a guest
        "first_name": TEXT,
        "last_name": TEXT,
        "company": TEXT,
        "email": TEXT,  # as it was typed
        "phone": TEXT,  # as it was typed; empty: not given
        "city": TEXT,
        "country": TEXT,
        "items_json": TEXT,
        "refunded": TEXT,  # what was paid back, 0.00 for most
        "created_ms": INT,
        "modified_ms": INT,
        "person_id": TEXT,  # shown by nothing
    },
}

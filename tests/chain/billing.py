"""Records as ChartMogul sends them, of companies that a test writes down in a line each."""

from __future__ import annotations

from typing import Any

ACCOUNT = {"id": "acc_1", "name": "Lindenhof", "currency": "EUR", "time_zone": "Europe/Berlin"}
FIVE = ("new-business", "expansion", "contraction", "churn", "reactivation")


class Billing:
    """The raw tables of a small billing account, filled call by call.

    Args:
        settings: Of the account, beside its currency and time zone.
    """

    def __init__(self, **settings: Any) -> None:
        self.raw: dict[str, list[dict[str, Any]]] = {
            f"chartmogul.{name}": []
            for name in (
                "account",
                "customers",
                "activities",
                "invoices",
                "metrics_mrr",
                "metrics_customer_count",
            )
        }
        self.raw["hubspot.companies"] = []
        account = {**ACCOUNT, **settings}
        self.raw["chartmogul.account"].append({"id": account["id"], "payload": account})

    def customer(self, uuid: str, company: str | None = None, **fields: Any) -> Billing:
        """Add a billing customer; those with one company are one account."""
        company = company or uuid
        self.raw["chartmogul.customers"].append(
            {
                "uuid": uuid,
                "external_id": f"ext-{uuid}",
                "payload": {
                    "uuid": uuid,
                    "name": company,
                    "status": "Active",
                    "attributes": {"custom": {"hubspot_company_id": company}},
                    **fields,
                },
            }
        )
        if company not in {row["id"] for row in self.raw["hubspot.companies"]}:
            self.raw["hubspot.companies"].append(
                {
                    "id": company,
                    "created_at": "2017-01-01 08:00:00+00:00",
                    "updated_at": "2017-01-01 08:00:00+00:00",
                    "archived": False,
                    "properties": {"name": company, "domain": f"{company}.example"},
                }
            )
        return self

    def moves(
        self, uuid: str, *movements: tuple[str, str, float, float], currency: str = "EUR"
    ) -> Billing:
        """Add movements of a billing customer: day or moment, type, change and MRR after it."""
        rows = self.raw["chartmogul.activities"]
        for when, kind, change, after in movements:
            moment = when if "T" in when else f"{when}T09:00:00+00:00"
            rows.append(
                {
                    "uuid": f"act-{len(rows):03}",
                    "occurred_at": moment,
                    "activity_month": moment[:7],
                    "customer_uuid": uuid,
                    "payload": {
                        "date": moment,
                        "type": kind,
                        "activity-mrr-movement": round(change * 100),
                        "activity-mrr": round(after * 100),
                        "currency": currency,
                        "customer-uuid": uuid,
                        "customer-external-id": f"ext-{uuid}",
                        "subscription-external-id": f"sub-{uuid}",
                    },
                }
            )
        return self

    def invoice(
        self, uuid: str, day: str, gross: float, currency: str = "EUR", **other: float
    ) -> Billing:
        """Add an invoice; ``tax`` is what of the amount is tax, ``paid`` what was paid."""
        rows = self.raw["chartmogul.invoices"]
        number = f"inv-{len(rows)}"
        moment = f"{day}T09:00:00.000Z"
        paid = other.get("paid", gross)
        line = {
            "uuid": f"li-{number}",
            "type": "subscription",
            "amount_in_cents": round(gross * 100),
            "tax_amount_in_cents": round(other.get("tax", 0) * 100),
            "quantity": 1,
            "service_period_start": moment,
        }
        payment = {
            "uuid": f"tr-{number}",
            "type": "payment",
            "date": moment,
            "result": "successful",
            "amount_in_cents": round(paid * 100),
        }
        rows.append(
            {
                "uuid": number,
                "customer_uuid": uuid,
                "invoiced_at": moment,
                "payload": {
                    "uuid": number,
                    "date": moment,
                    "currency": currency,
                    "line_items": [line],
                    "transactions": [payment] if paid else [],
                },
            }
        )
        return self

    def told(self, **months: tuple[float, ...]) -> Billing:
        """Add the vendor's MRR by month (``m_2026_02_28``), and of the five what is given."""
        for name, (mrr, *five) in months.items():
            day = name.removeprefix("m_").replace("_", "-")
            amounts = {
                f"mrr-{movement}": round(amount * 100)
                for movement, amount in zip(FIVE, five, strict=False)
            }
            self.raw["chartmogul.metrics_mrr"].append(
                {"period_end": day, "payload": {"date": day, "mrr": round(mrr * 100), **amounts}}
            )
        return self

    def counted(self, **months: int) -> Billing:
        """Add the vendor's number of customers by month (``m_2026_02_28``)."""
        for name, count in months.items():
            day = name.removeprefix("m_").replace("_", "-")
            self.raw["chartmogul.metrics_customer_count"].append(
                {"period_end": day, "payload": {"date": day, "customers": count}}
            )
        return self

"""The pages of the dashboards: the only list of them. Each has an exposure of the same name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page; its title and help are the texts ``page.<name>`` and ``page.<name>.help``."""

    name: str
    script: str
    icon: str
    section: str
    needs_publication: bool = True

    @property
    def url_path(self) -> str:
        """Return the page's part of the address: the script's name with hyphens."""
        return self.script.removesuffix(".py").replace("_", "-")


PAGES = (
    Page("overview", "company_overview.py", ":material/monitoring:", "insight"),
    Page("journey", "journey_phases.py", ":material/conversion_path:", "insight"),
    Page("retention", "revenue_retention.py", ":material/group_add:", "insight"),
    Page("service", "service_quality.py", ":material/support_agent:", "insight"),
    Page("feedback", "customer_feedback.py", ":material/rate_review:", "insight"),
    Page("metrics", "metric_explorer.py", ":material/query_stats:", "insight"),
    Page("steps", "channel_steps.py", ":material/grid_on:", "insight"),
    Page("marketing", "marketing_channels.py", ":material/campaign:", "insight"),
    Page("explore", "journey_explorer.py", ":material/explore:", "insight"),
    Page("known", "figures_known.py", ":material/history:", "insight"),
    Page("accounts", "account_list.py", ":material/domain:", "people"),
    Page("customer", "customer_profile.py", ":material/person_search:", "people"),
    Page("identity", "identity_map.py", ":material/hub:", "people"),
    Page(
        "data_health",
        "data_health.py",
        ":material/health_and_safety:",
        "operations",
        needs_publication=False,
    ),
)

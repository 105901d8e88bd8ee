"""The credentials that the sandbox accepts. They open only the simulated company."""

from __future__ import annotations

MIXPANEL_PROJECT_ID = 10042
MIXPANEL_USERNAME = "kette.sandbox"
MIXPANEL_SECRET = "sandbox-mixpanel-secret"  # noqa: S105
CHARTMOGUL_API_KEY = "sandbox-chartmogul-key"
TAWK_API_KEY = "sandbox-tawk-key"
TAWK_PROPERTY_ID = "5c659c297f688621d571cbb8"
TAWK_WEBHOOK_SECRET = "sandbox-tawk-webhook-secret"  # noqa: S105
HUBSPOT_ACCESS_TOKEN = "sandbox-hubspot-token"  # noqa: S105
CALENDLY_ACCESS_TOKEN = "sandbox-calendly-token"  # noqa: S105
CALENDLY_WEBHOOK_SECRET = "sandbox-calendly-signing-key"  # noqa: S105
TRUSTMARY_API_KEY = "sandbox-trustmary-key"
TRUSTMARY_WEBHOOK_SECRET = "sandbox-trustmary-webhook-secret"  # noqa: S105
TYPEFORM_ACCESS_TOKEN = "sandbox-typeform-token"  # noqa: S105
DELIGHTED_API_KEY = "sandbox-delighted-key"
SALESFORCE_CLIENT_ID = "3MVG9.sandbox.salesforce"
SALESFORCE_CLIENT_SECRET = "sandbox-salesforce-secret"  # noqa: S105
SALESFORCE_REFRESH_TOKEN = "5Aep861.sandbox.refresh"  # noqa: S105
ACTIVECAMPAIGN_API_TOKEN = "sandbox-activecampaign-token"  # noqa: S105
ACTIVECAMPAIGN_WEBHOOK_SECRET = "sandbox-activecampaign-address"  # noqa: S105
GA4_PROPERTY_ID = 987654321
GA4_ACCESS_TOKEN = "sandbox-ga4-token"  # noqa: S105
META_ADS_ACCESS_TOKEN = "sandbox-meta-ads-token"  # noqa: S105
META_ADS_ACCOUNT_ID = "1029384756"
GOOGLE_ADS_DEVELOPER_TOKEN = "sandbox-google-ads-developer"  # noqa: S105
GOOGLE_ADS_CLIENT_ID = "sandbox-client.apps.example"
GOOGLE_ADS_CLIENT_SECRET = "sandbox-google-ads-secret"  # noqa: S105
GOOGLE_ADS_REFRESH_TOKEN = "sandbox-google-ads-refresh"  # noqa: S105
GOOGLE_ADS_CUSTOMER_ID = "4815162342"
GOOGLE_ADS_LOGIN_CUSTOMER_ID = "1600700800"
LINKEDIN_PAGES_ACCESS_TOKEN = "sandbox-linkedin-token"  # noqa: S105
LINKEDIN_PAGES_ORGANIZATION_ID = "71442108"
WOOCOMMERCE_CONSUMER_KEY = "ck_sandbox_woocommerce"
WOOCOMMERCE_CONSUMER_SECRET = "cs_sandbox_woocommerce"  # noqa: S105
WORDPRESS_USERNAME = "kette"
WORDPRESS_APPLICATION_PASSWORD = "sand boxw ordp ress pass word"  # noqa: S105

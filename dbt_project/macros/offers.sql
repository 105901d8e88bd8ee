{# What each source offers to the models that are for all sources: the only place that knows. A contract
   is a set of columns. A source that offers `touchpoints` brings the model `int_<source>__touchpoints`
   with them, and the union of all reads it. `casts` names the source's staging models that end with
   unread_values, `phones` the columns in which a staging model has telephone numbers as somebody
   wrote them. What is no system of its own stands at the end. #}
{% macro offers() -%}
    {{ return({
        'mixpanel': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'identity_nodes', 'customer_values', 'bookings',
                'device_users', 'user_ids', 'browsers', 'origins', 'touchpoint_names',
            ],
            'casts': ['events', 'profiles'],
            'phones': [('profiles', 'phone')],
        },
        'chartmogul': {
            'contracts': [
                'touchpoints', 'identity_nodes', 'account_evidence', 'control_totals',
            ],
            'casts': [
                'activities', 'customers', 'invoice_line_items', 'invoices',
                'metrics_customer_count', 'metrics_mrr', 'plans', 'subscriptions', 'transactions',
            ],
        },
        'tawk': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'customer_values', 'conversations', 'messages',
            ],
            'casts': ['messages', 'tickets'],
            'phones': [('chats', 'visitor_phone')],
        },
        'hubspot': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'identity_nodes', 'account_evidence',
                'customer_values', 'companies', 'company_contacts', 'deals', 'conversations',
            ],
            'casts': ['companies', 'deals', 'tickets'],
            'phones': [('contacts', 'phone'), ('contacts', 'mobile_phone')],
        },
        'salesforce': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'identity_nodes', 'account_evidence',
                'customer_values', 'companies', 'company_contacts', 'deals', 'conversations',
                'consents',
            ],
            'casts': ['accounts', 'cases', 'events', 'leads', 'opportunities', 'tasks'],
            'phones': [
                ('contacts', 'phone'), ('contacts', 'mobile_phone'),
                ('leads', 'phone'), ('leads', 'mobile_phone'),
            ],
        },
        'activecampaign': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'customer_values', 'bookings', 'consents',
            ],
            'casts': [
                'campaign_reports', 'campaigns', 'contact_automations', 'contacts', 'deals',
                'link_data', 'links',
            ],
            'phones': [('contacts', 'phone'), ('webhook_events', 'contact_phone')],
        },
        'calendly': {
            'contracts': ['touchpoints', 'identity_evidence', 'customer_values', 'bookings'],
            'casts': ['event_types', 'invitees', 'scheduled_events'],
            'phones': [('invitees', 'phone')],
        },
        'files': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'survey_answers', 'orders', 'origins',
            ],
            'casts': ['orders', 'surveys', 'touchpoints'],
        },
        'trustmary': {
            'contracts': [
                'identity_evidence', 'customer_values', 'survey_answers', 'survey_invitations',
                'asked_questions',
            ],
            'casts': ['answers', 'contacts', 'reviews', 'surveys'],
        },
        'typeform': {
            'contracts': ['identity_evidence', 'survey_answers', 'asked_questions'],
            'casts': ['responses'],
        },
        'delighted': {
            'contracts': [
                'identity_evidence', 'customer_values', 'survey_answers', 'asked_questions',
            ],
            'casts': ['survey_responses'],
        },
        'ga4': {
            'contracts': [
                'touchpoints', 'identity_evidence', 'bookings', 'device_users', 'user_ids',
                'origins', 'consents',
            ],
            'casts': ['events', 'report_days'],
        },
        'woocommerce': {
            'contracts': ['touchpoints', 'identity_evidence', 'customer_values', 'orders'],
            'casts': ['order_states', 'orders'],
            'phones': [('orders', 'phone')],
        },
        'wordpress': {'contracts': ['touchpoints']},
        'meta_ads': {'contracts': ['marketing_days'], 'casts': ['insights']},
        'google_ads': {'contracts': ['marketing_days'], 'casts': ['campaign_days']},
        'linkedin_pages': {
            'contracts': ['marketing_days'],
            'casts': ['follower_statistics', 'network_sizes', 'share_statistics'],
        },
        'hooks': {'contracts': []},
        'surveys': {'contracts': ['touchpoints', 'consents']},
        'domains': {'contracts': ['account_evidence']},
        'manual': {'contracts': ['identity_evidence', 'account_evidence']},
    }) }}
{%- endmacro %}

{# The sources that offer a contract. #}
{% macro offering(contract) -%}
    {%- set found = [] -%}
    {%- for source, offered in offers().items() if contract in offered['contracts'] -%}
        {%- do found.append(source) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# What a source offers beside contracts, of all sources: pairs of the source and each entry. #}
{% macro offered_besides(kind) -%}
    {%- set found = [] -%}
    {%- for source, offered in offers().items() -%}
        {%- for entry in offered.get(kind, []) -%}
            {%- do found.append((source, entry)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# A contract of all sources that offer it, as a CTE body. `is_named` writes the source beside the rows of
   models that do not tell it. #}
{% macro union_of(contract, is_named=false) -%}
    {%- for source in offering(contract) %}
    select
        {% if is_named %}
        '{{ source }}' as source,
        {% endif %}
        *,
    from {{ ref('int_' ~ source ~ '__' ~ contract) }}
    {% if not loop.last %}
    union all by name
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# A staging model of the system whose subscriptions and invoices count. #}
{% macro billing(entities) -%}
    {{ return(ref('stg_' ~ var('billing_source') ~ '__' ~ entities)) }}
{%- endmacro %}

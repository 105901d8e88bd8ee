with collected as (
    select phone as phone_text from {{ ref('stg_hubspot__contacts') }}
    union
    select mobile_phone as phone_text from {{ ref('stg_hubspot__contacts') }}
    union
    {% for record in ['contacts', 'leads'] %}
    select phone as phone_text from {{ ref('stg_salesforce__' ~ record) }}
    union
    select mobile_phone as phone_text from {{ ref('stg_salesforce__' ~ record) }}
    union
    {% endfor %}
    select phone as phone_text from {{ ref('stg_mixpanel__profiles') }}
    union
    select phone as phone_text from {{ ref('stg_activecampaign__contacts') }}
    union
    select contact_phone as phone_text
    from {{ ref('stg_activecampaign__webhook_events') }}
    union
    select visitor_phone as phone_text from {{ ref('stg_tawk__chats') }}
    union
    select phone as phone_text from {{ ref('stg_calendly__invitees') }}
    union
    select phone as phone_text from {{ ref('stg_woocommerce__orders') }}
    union
    select identifier_value as phone_text from {{ ref('int_files__touchpoints') }}
    where identifier_type = 'phone'
)

select * from collected
where phone_text is not null

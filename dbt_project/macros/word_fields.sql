{# Fields in which a vendor, or the person who set it up, uses words of their own; what a word means
   is a line of seeds/vendor_words.csv. Each tells where its words are read and when they were used,
   what one may mean, and what counts for a word that nobody has mapped: int_words_unmapped counts
   those. Fields whose words the vendor documents completely are no matter of this list. #}
{% macro word_fields() -%}
    {%- set channels = [
        'website', 'app', 'email', 'chat', 'phone', 'social', 'ads', 'in_person', 'billing',
        'survey', 'review',
    ] -%}
    {{ return([
        {
            'source': 'woocommerce', 'field': 'order_status',
            'model': 'stg_woocommerce__orders', 'word': 'status', 'at': 'ordered_at',
            'meanings': ['placed', 'awaited', 'failed', 'cancelled'], 'otherwise': 'placed',
        },
        {
            'source': 'meta_ads', 'field': 'action_type',
            'model': 'stg_meta_ads__actions', 'word': 'action_type',
            'at': start_of_day('reported_date'),
            'meanings': ['purchase', 'registration', 'lead', 'none'], 'otherwise': 'none',
        },
        {
            'source': 'hubspot', 'field': 'ticket_source',
            'model': 'stg_hubspot__tickets', 'word': 'source_type', 'at': 'created_at',
            'meanings': channels, 'otherwise': 'email',
        },
        {
            'source': 'salesforce', 'field': 'case_origin',
            'model': 'stg_salesforce__cases', 'word': 'origin', 'at': 'created_at',
            'meanings': channels, 'otherwise': 'email',
        },
        {
            'source': 'wordpress', 'field': 'comment_type',
            'model': 'stg_wordpress__comments', 'word': 'comment_type', 'at': 'created_at',
            'meanings': ['comment', 'review', 'none'], 'otherwise': 'none',
        },
        {
            'source': 'ga4', 'field': 'event_name',
            'model': 'stg_ga4__events', 'word': 'event_name', 'at': 'occurred_at',
            'meanings': ['form', 'booked', 'cancelled', 'none'], 'otherwise': 'none',
        },
        {
            'source': 'ga4', 'field': 'booking_channel',
            'model': 'stg_ga4__events', 'word': 'booking_channel', 'at': 'occurred_at',
            'meanings': channels, 'otherwise': 'website',
        },
        {
            'source': 'files', 'field': 'publication_consent',
            'model': 'stg_files__surveys', 'word': 'unread_publication_consent',
            'at': 'answered_at', 'meanings': ['true', 'false', 'unknown'],
            'otherwise': 'unknown',
        },
    ]) }}
{%- endmacro %}

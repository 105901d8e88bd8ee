-- identities and catalogues join on keys: a key met twice would multiply money
-- and counts. Every mart that joins stands here: what it measures, and the same
-- measured where it comes from. A row blocks the table that it names as its model.
{% set measures = [
    ('fct_touchpoints', 'count(*)', 'int_touchpoints_unioned', 'count(*)', 'true'),
    ('fct_touchpoints', 'sum(value_amount)',
        'int_touchpoints_unioned', 'sum(value_amount)', 'true'),
    ('fct_sessions', 'sum(touchpoint_count)',
        'int_touchpoints_sessionized', 'count(*)', 'session_id is not null'),
    ('fct_conversations', 'count(*)', 'int_conversations_unioned', 'count(*)', 'true'),
    ('fct_messages', 'count(*)', 'int_messages_classified', 'count(*)',
        'chat_id not in (select chat_id from ' ~ ref('stg_tawk__chats')
        ~ ' where is_deleted) and chat_id in (select chat_id from '
        ~ ref('int_messages_classified') ~ " where sender_kind = 'customer')"),
    ('fct_bookings', 'count(*)', 'int_bookings_unioned', 'count(*)', 'true'),
    ('fct_orders', 'count(*)', 'int_orders_unioned', 'count(*)', 'true'),
    ('fct_orders', 'sum(order_amount)', 'int_orders_unioned', 'sum(order_amount)', 'true'),
    ('fct_invoices', 'sum(total_amount)',
        'stg_chartmogul__invoices', 'sum(total_amount)',
        'not is_deleted and invoiced_at < ' ~ as_of()),
    ('fct_mrr_movements', 'sum(vendor_mrr_change_amount)',
        'stg_chartmogul__activities', 'sum(mrr_change_amount)', 'true'),
    ('fct_mrr_monthly', 'sum(mrr_end_amount - mrr_start_amount)',
        'fct_mrr_movements', 'sum(mrr_change_amount)',
        'not is_scheduled and period_start is not null and not is_in_other_currency'),
    ('fct_mrr_other_currencies', 'sum(movement_count)',
        'int_mrr_movements_classified', 'count(*)',
        'is_in_other_currency and not is_scheduled and period_start is not null'),
    ('fct_retention_cohorts', 'sum(retained_mrr_amount)',
        'fct_mrr_monthly', 'sum(mrr_end_amount)',
        'account_id not in (select account_id from ' ~ ref('fct_mrr_movements')
        ~ " where movement_type = 'opening')"),
    ('fct_texts', 'count(*)', 'int_texts_unioned', 'count(*)', 'true'),
    ('dim_topics', 'sum(text_count)', 'fct_texts', 'count(*)', 'topic is not null'),
    ('fct_deals', 'count(*)', 'int_deals_unioned', 'count(*)', 'true'),
    ('fct_survey_answers', 'count(*)', 'int_survey_answers_unioned', 'count(*)', 'true'),
    ('fct_survey_answers', 'sum(cast(score as decimal(38, 15)))',
        'int_survey_answers_unioned', 'sum(cast(score as decimal(38, 15)))', 'true'),
    ('fct_account_signals', 'count(*)', 'dim_accounts', 'count(*)', 'not is_internal'),
    ('fct_low_scores', 'count(*)', 'fct_survey_answers', 'count(*)',
        "nps_group = 'detractor' or (question_kind in ('csat', 'ces', 'review') "
        ~ 'and score_100 < 50)'),
    ('fct_step_feedback', 'count(text_id)', 'fct_texts', 'count(*)', 'true'),
    ('fct_step_feedback', 'count(score_100)', 'fct_survey_answers', 'count(score_100)',
        "question_kind in ('nps', 'csat', 'ces')"),
    ('fct_survey_invitations', 'count(*)',
        'int_survey_invitations_unioned', 'count(*)', 'true'),
    ('fct_marketing_daily', 'sum(spend_amount)',
        'int_marketing_days_unioned', 'sum(spend_amount)', 'true'),
    ('fct_journey_transitions', 'count(*)', 'int_journey_steps_ordered', 'count(*)', 'true'),
    ('dim_touchpoints', 'sum(touchpoint_count)', 'fct_touchpoints', 'count(*)', 'true'),
    ('fct_touchpoint_coverage', 'sum(touchpoint_count)',
        'fct_touchpoints', 'count(*) * 4', 'true'),
    ('dim_customers', 'count(*)', 'int_customers_described', 'count(*)', 'true'),
    ('dim_customers', 'sum(touchpoint_count)',
        'fct_touchpoints', 'count(*)', 'customer_id is not null and is_interaction'),
    ('dim_customers', 'sum(session_count)',
        'fct_sessions', 'count(*)', 'customer_id is not null'),
    ('dim_customers', 'sum(conversation_count)',
        'fct_conversations', 'count(*)', 'customer_id is not null'),
    ('dim_customers', 'sum(order_count)',
        'fct_orders', 'count(*)', 'customer_id is not null'),
    ('dim_accounts', 'count(*)', 'int_accounts_described', 'count(*)', 'true'),
    ('dim_accounts', 'sum(person_count)', 'int_customer_accounts', 'count(*)', 'true'),
    ('bridge_customer_identifiers', 'count(*)', 'int_identity_clusters', 'count(*)',
        "refusal_reason is distinct from 'blocked_value'"),
    ('bridge_account_identifiers', 'count(*)', 'int_account_clusters', 'count(*)',
        "refusal_reason is distinct from 'blocked_value'"),
    ('bridge_identity_evidence', 'count(*)', 'int_identity_evidence', 'count(*)',
        'evidence_id not in (select evidence_id from '
        ~ ref('int_identity_refused_links') ~ ')'),
    ('bridge_identity_links', 'count(*)', 'int_identity_links_weighed', 'count(*)', 'true'),
    ('bridge_identity_suspects', 'count(*)',
        'int_identity_junk_suspected', 'count(*)', 'true'),
] %}

with measures as (
    {% for mart, measure, origin, origin_measure, condition in measures %}
    select
        '{{ mart }}' as model,
        '{{ mart }}: {{ measure | replace("'", "''") }}' as measure,
        (select {{ measure }} from {{ ref(mart) }}) as found,
        (
            select {{ origin_measure }} from {{ ref(origin) }}
            where {{ condition }}
        ) as expected,
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from measures
where coalesce(found, 0) != coalesce(expected, 0)

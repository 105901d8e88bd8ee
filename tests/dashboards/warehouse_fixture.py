"""Publishes a warehouse made of written-out rows, so that what a page shows can be told by hand.

The tables have the columns that the dashboards read; names and the catalogue come from the seeds.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from ingestion.settings import CHECKOUT, settings
from orchestration import tables
from tests.dashboards import worked_drivers
from tests.dashboards.feedback_tables import FEEDBACK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Rows = dict[str, list[dict[str, Any]]]

METRIC = """
    metric varchar, period_start date, grain varchar, channel varchar, journey_step varchar,
    journey_phase varchar, persona varchar, numerator double, denominator double,
    sum_of_squares double, sample_size bigint
"""
RIPE = f"{METRIC}, ripe_from date"
STATEMENT = """
    attribute varchar, attribute_value varchar, source varchar, record varchar,
    record_id varchar, load_id varchar, stated_at timestamptz, value_count bigint,
    is_doubtful boolean, survivorship_rank bigint, is_chosen boolean, is_derived boolean
"""
TABLES = {
    **FEEDBACK,
    "marts.dim_customers": """
        customer_id varchar, account_id varchar, full_name varchar, email varchar, phone varchar,
        country_code varchar, city varchar, company_name varchar,
        owner_name varchar, is_identified boolean, is_internal boolean, journey_phase varchar,
        persona varchar, language varchar, job_title varchar, last_nps_score double,
        acquisition_channel varchar, first_seen_at timestamptz, last_seen_at timestamptz,
        touchpoint_count bigint, session_count bigint, conversation_count bigint,
        open_conversation_count bigint, chat_count bigint, answered_chat_count bigint,
        chat_first_response_seconds_median double, ticket_count bigint,
        answered_ticket_count bigint, ticket_first_response_seconds_median double,
        account_plan_name varchar, account_mrr_amount decimal(18, 2),
        account_paid_amount decimal(18, 2), account_paid_currency_code varchar,
        account_currency_code varchar,
        account_customer_since timestamptz
    """,
    "marts.dim_accounts": """
        account_id varchar, account_name varchar, domain varchar, industry varchar,
        country_code varchar, city varchar, is_internal boolean, employee_count bigint,
        person_count bigint,
        identified_person_count bigint, owner_name varchar, customer_since timestamptz,
        churned_at timestamptz, currency_code varchar, paid_currency_code varchar,
        mrr_amount decimal(18, 2), is_paying boolean, plan_name varchar, renews_at timestamptz,
        usage_score double, support_score double, feedback_score double, payment_score double,
        health_score double, health_status varchar
    """,
    "marts.dim_touchpoints": """
        source varchar, touchpoint varchar, label_en varchar, label_de varchar,
        touchpoint_count bigint
    """,
    "marts.fct_unmapped_words": """
        source varchar, field varchar, word varchar, row_count bigint, last_seen_at timestamptz,
        counts_as varchar, may_mean varchar, seed_file varchar, seed_line varchar
    """,
    "marts.fct_touchpoint_coverage": """
        source varchar, channel varchar, touchpoint_count bigint, step_count bigint,
        reasoned_count bigint, unexplained_count bigint, person_count bigint,
        identified_count bigint, persona_count bigint
    """,
    "marts.fct_unread_values": """
        source varchar, record varchar, field varchar, value_count bigint, example varchar
    """,
    "marts.dim_channels": """
        channel varchar, channel_order integer, label_en varchar, label_de varchar
    """,
    "marts.dim_journey_steps": """
        journey_step varchar, step_order integer, journey_phase varchar, phase_order integer,
        phase_before_purchase varchar, phase_after_leaving varchar,
        label_en varchar, label_de varchar, phase_label_en varchar, phase_label_de varchar
    """,
    "marts.bridge_customer_identifiers": """
        customer_id varchar, identifier_type varchar, identifier_namespace varchar,
        identifier_value varchar, is_shared boolean, first_seen_at timestamptz
    """,
    "marts.bridge_customer_aliases": "alias_id varchar, customer_id varchar",
    "marts.bridge_customer_values": f"customer_id varchar, {STATEMENT}",
    "marts.bridge_account_values": f"account_id varchar, {STATEMENT}",
    "marts.fct_customer_states": """
        customer_id varchar, valid_from date, valid_to date, is_current boolean,
        journey_phase varchar, touchpoint_count bigint, conversation_count bigint,
        open_conversation_count bigint, order_count bigint, last_nps_score double,
        last_csat_score double, last_ces_score double, active_days_28 bigint,
        product_last_used_at timestamptz, has_email_marketing_consent boolean,
        has_analytics_consent boolean, has_publication_consent boolean
    """,
    "marts.fct_account_states": """
        account_id varchar, valid_from date, valid_to date, is_current boolean,
        customer_since timestamptz, is_paying boolean, churned_at timestamptz,
        mrr_amount decimal(18, 2), plan_name varchar, paid_amount decimal(18, 2),
        person_count bigint, active_person_count_28 bigint, seat_count bigint,
        renews_at timestamptz, health_score double, health_status varchar
    """,
    "marts.fct_attribute_quality": """
        entity varchar, attribute varchar, source varchar, entity_count bigint,
        valued_count bigint, comparable_count bigint, disagreeing_count bigint,
        coverage_rate double, disagreement_rate double
    """,
    "marts.fct_label_effects": """
        internal_label varchar, measure varchar, before_count bigint, labelled_count bigint,
        after_count bigint
    """,
    "marts.bridge_identity_evidence": """
        customer_id varchar, left_type varchar, left_namespace varchar, left_value varchar,
        right_type varchar, right_namespace varchar, right_value varchar, source varchar,
        kind varchar, first_seen_at timestamptz, last_seen_at timestamptz, evidence_count bigint
    """,
    "marts.bridge_identity_links": """
        customer_id varchar, left_type varchar, left_namespace varchar, left_value varchar,
        right_type varchar, right_namespace varchar, right_value varchar, strength_rank bigint,
        is_backbone boolean, is_bridge boolean, split_size bigint
    """,
    "marts.bridge_identity_refused_links": """
        evidence_id varchar, left_customer_id varchar, right_customer_id varchar,
        left_type varchar, left_namespace varchar, left_value varchar, right_type varchar,
        right_namespace varchar, right_value varchar, source varchar, kind varchar,
        first_seen_at timestamptz, last_seen_at timestamptz, evidence_count bigint,
        refusal_reason varchar
    """,
    "marts.bridge_identity_decisions": """
        decision_id bigint, action varchar, left_type varchar, left_namespace varchar,
        left_value varchar, right_type varchar, right_namespace varchar, right_value varchar,
        why varchar, decided_by varchar, decided_at timestamptz
    """,
    "marts.bridge_identity_suspects": """
        customer_id varchar, identifier_type varchar, identifier_namespace varchar,
        identifier_value varchar, link_count bigint, person_count bigint, usual_link_count double,
        usual_person_count double, expected_count double
    """,
    "marts.fct_identity_labels": """
        label_id varchar, customer_id varchar, left_type varchar, left_namespace varchar,
        left_value varchar, right_type varchar, right_namespace varchar, right_value varchar,
        kind varchar, source varchar, labelled_at timestamptz, map_as_of timestamptz,
        is_repeated boolean, verdict varchar
    """,
    "marts.bridge_account_identifiers": """
        account_id varchar, identifier_type varchar, identifier_namespace varchar,
        identifier_value varchar
    """,
    "marts.fct_touchpoints": """
        touchpoint_id varchar, customer_id varchar, account_id varchar, source varchar,
        occurred_at timestamptz, channel varchar, touchpoint varchar, journey_step varchar,
        journey_phase varchar, campaign varchar, content varchar, value_amount decimal(18, 4),
        currency_code varchar, is_interaction boolean, direction varchar, session_id varchar
    """,
    "marts.fct_journeys": """
        journey_id varchar, customer_id varchar, journey_type varchar, started_at timestamptz,
        ended_at timestamptz, outcome varchar, touchpoint_count bigint, duration_seconds bigint,
        first_channel varchar
    """,
    "marts.fct_phase_entries": """
        customer_id varchar, journey_phase varchar, phase_order integer, entered_at timestamptz,
        channel varchar
    """,
    "marts.fct_conversations": """
        conversation_id varchar, customer_id varchar, account_id varchar, source varchar,
        channel varchar, subject varchar, status varchar, is_missed boolean, started_at timestamptz,
        resolved_at timestamptz, first_response_seconds bigint, resolution_seconds bigint,
        first_response_business_seconds bigint, resolution_business_seconds bigint,
        is_first_response_in_target boolean, is_resolution_in_target boolean,
        is_followed_up boolean, contact_cost_amount decimal(18, 4), currency_code varchar,
        message_count bigint, sentiment varchar, topic varchar
    """,
    "marts.fct_messages": """
        message_id varchar, conversation_id varchar, customer_id varchar, occurred_at timestamptz,
        sender_type varchar, agent_name varchar, is_automated boolean, message_index bigint,
        text varchar
    """,
    "marts.fct_mrr_movements": """
        movement_id varchar, account_id varchar, occurred_at timestamptz, movement_type varchar,
        mrr_change_amount decimal(18, 2), mrr_after_amount decimal(18, 2), currency_code varchar,
        plan_name varchar, is_scheduled boolean
    """,
    "marts.fct_mrr_monthly": """
        account_id varchar, period_start date, mrr_end_amount decimal(18, 2),
        currency_code varchar
    """,
    "marts.fct_invoices": """
        invoice_id varchar, account_id varchar, occurred_at timestamptz,
        net_amount decimal(18, 2), tax_amount decimal(18, 2), total_amount decimal(18, 2),
        paid_amount decimal(18, 2), refunded_amount decimal(18, 2), due_amount decimal(18, 2),
        currency_code varchar
    """,
    "marts.fct_deals": """
        deal_id varchar, account_id varchar, created_at timestamptz, deal_name varchar,
        deal_stage varchar, deal_amount decimal(18, 2), currency_code varchar, owner_name varchar
    """,
    "marts.fct_orders": """
        order_id varchar, source_order_id varchar, customer_id varchar, occurred_at timestamptz,
        quantity decimal(18, 4), order_amount decimal(18, 4), currency_code varchar
    """,
    "marts.fct_retention_cohorts": """
        cohort_month date, months_since integer, cohort_size bigint, retained_count bigint,
        cohort_mrr_amount decimal(18, 2), retained_mrr_amount decimal(18, 2), is_complete boolean
    """,
    "marts.fct_control_totals": """
        control_total_id varchar, source varchar, metric varchar, period_start date,
        our_value decimal(18, 2), their_value decimal(18, 2), difference_value decimal(18, 2),
        exchange_rate_value decimal(18, 2), history_value decimal(18, 2),
        setting_value decimal(18, 2), unexplained_value decimal(18, 2), is_explained boolean,
        currency_code varchar
    """,
    "marts.fct_control_total_records": """
        control_total_id varchar, cause varchar, record_id varchar, account_id varchar,
        amount decimal(18, 2)
    """,
    "marts.fct_mrr_other_currencies": """
        source varchar, period_start date, record_id varchar, account_id varchar,
        currency_code varchar, mrr_amount decimal(18, 2), movement_count bigint,
        reported_mrr_amount decimal(18, 4), exchange_rate_amount decimal(18, 4)
    """,
    "marts.fct_metric_warnings": """
        metric varchar, period_start date, source varchar, warning varchar,
        amount decimal(18, 2), currency_code varchar
    """,
    "metrics.mtr_revenue_monthly": RIPE,
    "metrics.mtr_support_monthly": f"{RIPE}, population_size bigint",
    "metrics.mtr_feedback_monthly": f"{RIPE}, population_size bigint",
    "metrics.mtr_steps_monthly": f"{RIPE}, population_size bigint",
    "metrics.mtr_contact_reasons_monthly": """
        period_start date, topic varchar, conversation_count bigint, judged_count bigint,
        negative_count bigint, solved_count bigint, known_count bigint, followed_up_count bigint
    """,
    "metrics.mtr_backlog_ages_monthly": """
        period_start date, age_band varchar, conversation_count bigint
    """,
    "metrics.mtr_journey_monthly": RIPE,
    "metrics.mtr_retention_monthly": RIPE,
    "metrics.mtr_journey_outcomes_monthly": """
        period_start date, journey_type varchar, channel varchar, outcome varchar,
        duration_seconds bigint, journey_count bigint
    """,
    "metrics.mtr_journey_flows_monthly": """
        period_start date, journey_type varchar, channel varchar, step_index bigint,
        journey_step varchar, next_step varchar, outcome varchar, journey_count bigint
    """,
    "metrics.mtr_journey_drop_offs_monthly": """
        period_start date, journey_type varchar, channel varchar, journey_step varchar,
        reached_count bigint, dropped_count bigint
    """,
    "metrics.mtr_phase_entries_monthly": """
        period_start date, journey_phase varchar, channel varchar, entry_count bigint
    """,
    "marts.dim_attribution_models": """
        attribution_model varchar, model_order integer, is_default boolean, label_en varchar,
        label_de varchar, definition_en varchar, definition_de varchar
    """,
    "marts.fct_lifetime_checks": """
        subject_kind varchar, bucket varchar, held_out_months bigint, expected_count double,
        actual_count bigint
    """,
    "metrics.mtr_attribution_monthly": """
        period_start date, conversion_kind varchar, attribution_model varchar, channel varchar,
        credited_count decimal(38, 12), credited_amount decimal(38, 4), conversion_count bigint,
        spend_amount decimal(38, 6)
    """,
    "metrics.mtr_attribution_stability": """
        conversion_kind varchar, channel varchar, setting_count bigint, credit_share_low double,
        credit_share_high double, rank_best bigint, rank_worst bigint
    """,
    "metrics.mtr_lifetime_values": """
        subject_kind varchar, channel varchar, subject_count bigint, valued_count bigint,
        expected_amount decimal(38, 2), expected_amount_low decimal(38, 2),
        expected_amount_high decimal(38, 2), horizon_months bigint, reason varchar,
        missing_count bigint
    """,
    "metrics.mtr_marketing_monthly": RIPE,
    "metrics.mtr_web_monthly": RIPE,
    "metrics.mtr_identity_verdicts": """
        kind varchar, source varchar, is_repeated boolean, map_as_of timestamptz,
        confirmed_count bigint, contradicted_count bigint, missed_count bigint,
        not_known_before_count bigint
    """,
}
# what publishing adds about the publications before
HISTORY = {
    "history.publications": """
        version varchar, published_at timestamptz, as_of date, compared_with varchar
    """,
    "history.figures_as_known": """
        metric varchar, period_start date, journey_phase varchar, known_from varchar,
        known_until varchar, numerator double, denominator double, sample_size bigint,
        published_at timestamptz, as_of date, replaced_at timestamptz, value double,
        is_closed boolean
    """,
    "history.closed_figures": """
        metric varchar, period_start date, journey_phase varchar, closed_version varchar,
        closed_at timestamptz, value_at_close double, value double, changed_version varchar,
        changed_at timestamptz, change_count bigint
    """,
    "history.figure_causes": """
        metric varchar, period_start date, change_id varchar, version varchar,
        published_at timestamptz, model varchar, rows_month date, change varchar,
        columns varchar, row_count bigint, measures varchar, rows varchar
    """,
    "history.definition_changes": "version varchar, source_model varchar, definition varchar",
}
SEEDS = CHECKOUT / "seeds"
# what these tables have of the seeds
DIMENSIONS = {
    "marts.dim_channels": "channel, channel_order, label_en, label_de",
    "marts.dim_attribution_models": "* exclude (method, first_weight, middle_weight, last_weight),"
    " attribution_model = 'last_non_direct' as is_default",
    "marts.dim_journey_steps": "*",
    "marts.dim_topics": "topic, label_en, label_de",
    "marts.dim_touchpoints": "source, touchpoint, label_en, label_de",
}


def publish(
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    as_of: date,
    mode: str = "demo",
    published_at: datetime | None = None,
) -> Path:
    """Write a published file under the test's data folder and make it the current one.

    Args:
        rows: Rows by table name (``schema.table``); columns left out are null.
        as_of: The day the figures stand for.
        mode: ``demo`` or ``real``.
        published_at: When it was published; the present by default.
    """
    folder = settings().serving
    folder.mkdir(parents=True, exist_ok=True)
    version = f"{len(list(folder.glob('warehouse-*.duckdb'))):04}"
    path = folder / f"warehouse-{version}.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.begin()
        for schema in ("marts", "metrics", "catalogue", "history"):
            connection.execute(f"create schema {schema}")
        for table, columns in (TABLES | HISTORY | worked_drivers.TABLES).items():
            connection.execute(f"create table {table} ({columns})")
            if given := rows.get(table):
                names = dict.fromkeys(name for row in given for name in row)
                frame = pa.table({name: [row.get(name) for row in given] for name in names})
                connection.register("frame", frame)
                connection.execute(f"insert into {table} by name from frame")
        tables.assemble(connection)
        for name in ("metrics", "identity_rules", "survey_moments", "driver_candidates"):
            connection.execute(
                f"create table catalogue.{name} as from read_csv($file)",
                {"file": str(SEEDS / f"{name}.csv")},
            )
        for table, columns in DIMENSIONS.items():
            connection.execute(
                f"insert into {table} by name select {columns} from read_csv($file)",
                {"file": str(SEEDS / f"{table.removeprefix('marts.dim_')}.csv")},
            )
        connection.execute(
            """
            create table catalogue.about as
            select
                $version::varchar as version, $published_at::timestamptz as published_at,
                $as_of::date as as_of, $mode::varchar as mode,
                'Europe/Berlin' as business_time_zone
            """,
            {
                "version": version,
                "published_at": published_at or datetime.now(UTC),
                "as_of": as_of,
                "mode": mode,
            },
        )
        connection.commit()
    link = folder / "current.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(path.name)
    return path

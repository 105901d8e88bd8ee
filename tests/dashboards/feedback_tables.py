"""The columns that pages read of what customers answer, write and do next; types as in the contracts."""

FEEDBACK = {
    "marts.fct_account_signals": """
        account_id varchar, health_change double, last_seen_at timestamptz,
        last_talk_at timestamptz, open_conversation_count bigint, open_score_count bigint,
        last_nps_score double, last_nps_at timestamptz
    """,
    "marts.fct_survey_answers": """
        answer_id varchar, customer_id varchar, account_id varchar, answered_at timestamptz,
        question_kind varchar, score double, scale_max double, score_100 double,
        nps_group varchar, moment varchar, comment varchar
    """,
    "marts.fct_survey_invitations": "customer_id varchar, invited_at timestamptz",
    "marts.fct_low_scores": "answer_id varchar, followed_up_at timestamptz, is_open boolean",
    "marts.fct_texts": """
        text_id varchar, text_kind varchar, message_id varchar, answer_id varchar,
        topic varchar, sentiment varchar
    """,
    "marts.dim_topics": "topic varchar, label_en varchar, label_de varchar, text_count bigint",
    "marts.fct_step_feedback": """
        step_feedback_id varchar, feedback_kind varchar, customer_id varchar,
        occurred_at timestamptz, answer_id varchar, text_id varchar, conversation_id varchar,
        channel varchar, journey_step varchar, sentiment varchar
    """,
    "marts.fct_journey_transitions": """
        transition_id varchar, journey_type varchar, customer_id varchar,
        occurred_at timestamptz, from_step varchar, to_step varchar, from_channel varchar,
        touchpoint_count bigint, seconds_between bigint
    """,
}

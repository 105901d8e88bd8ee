with versions as (
    select
        *,
        (nps is not null)::integer
        + coalesce(len(json_keys(custom_answers)), 0)
        + (feedback is not null)::integer
        + (public_comment is not null)::integer
        + (respondent_name is not null)::integer
        + (typed_email is not null)::integer
        + (company_name is not null)::integer
        + (has_publication_consent is not null)::integer as given_count,
        bool_or(is_deleted) over (partition by response_id) as is_any_deleted,
    from {{ ref('base_trustmary__answer_versions') }}
),

-- the fullest version counts, whichever came first; of equals what is listed
fullest as (
    select * from versions
    qualify row_number() over (
        partition by response_id
        order by
            given_count desc, is_listed desc, seen_at desc, version_id asc
    ) = 1
),

renamed as (
    select
        response_id,
        survey_id,
        survey_name,
        nps,
        custom_answers,
        feedback,
        public_comment,
        respondent_name,
        typed_email,
        company_name,
        has_publication_consent,
        contact_id,
        contact_email,
        answered_at,
        is_any_deleted as is_deleted,
        payload,
        unread_values,
        _dlt_load_id,
        _dlt_id,
    from fullest
)

select * from renamed

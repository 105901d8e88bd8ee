with words as (
    select * from {{ ref('int_words_unmapped') }}
),

final as (
    select
        word_id,
        source,
        field,
        word,
        row_count,
        first_seen_at,
        last_seen_at,
        counts_as,
        may_mean,
        seed_file,
        seed_line,
    from words
)

select * from final

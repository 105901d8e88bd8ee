{# The candidates of each person that follow one another without overlap, the earliest first, numbered.

   It reads a CTE `candidates` with `person` and writes the CTEs `followed`, `found` and `counted`, the
   last with all columns of the candidates; the CTE's list has to be recursive.
   begins, ends: columns with the place of a candidate's first and last moment.
   number: what the place in the order is called, from 1. #}
{% macro one_after_the_other(begins, ends, number) -%}
-- what begins when all before it are over counts, whichever of them did: from there on the others are
-- followed, so that few steps are taken one after the other
followed as (
    select
        candidates.*,
        later.{{ begins }} as next_begins,
        coalesce(
            max(candidates.{{ ends }}) over (
                partition by candidates.person
                order by candidates.{{ begins }}
                rows between unbounded preceding and 1 preceding
            ) < candidates.{{ begins }},
            true
        ) as is_free,
    from candidates
    asof left join candidates as later
        on candidates.person = later.person
        and candidates.{{ ends }} < later.{{ begins }}
),

found as (
    select * from followed
    where is_free
    union all
    select followed.*
    from found
    inner join followed
        on found.person = followed.person
        and found.next_begins = followed.{{ begins }}
    where not followed.is_free
),

counted as (
    select
        *,
        row_number() over (partition by person order by {{ begins }}) as {{ number }},
    from found
),
{%- endmacro %}

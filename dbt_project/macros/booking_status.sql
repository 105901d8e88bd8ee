{# What has become of a booking by now. Moved wins over cancelled, since moving cancels the booking
   that it replaces; a session is held when it has ended, and nobody called it off or was missing. #}
{% macro booking_status(is_moved, is_cancelled, is_no_show, starts_at, ends_at) -%}
    case
        when {{ is_moved }} then 'moved'
        when {{ is_cancelled }} then 'cancelled'
        when {{ is_no_show }} then 'no_show'
        when coalesce({{ ends_at }}, {{ starts_at }}) < {{ as_of() }} then 'held'
        else 'booked'
    end
{%- endmacro %}

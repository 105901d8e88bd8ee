{# Which of Salesforce's objects an id belongs to, told by its first three characters; null for others.
   The links of activities (WhoId, WhatId) may lead to any of them. #}
{% macro salesforce_object(record_id) -%}
    case left({{ record_id }}, 3)
        when '001' then 'account'
        when '003' then 'contact'
        when '00Q' then 'lead'
        when '006' then 'opportunity'
        when '500' then 'case'
    end
{%- endmacro %}

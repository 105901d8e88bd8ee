{# A truth value from the words that vendors, and people in English, German, French, Italian, Spanish,
   Portuguese and Dutch, use for it; null for any other word. #}
{% macro to_flag(text) -%}
    case
        when lower(trim({{ text }})) in (
            'true', 'yes', 'y', 't', '1', '1.0', 'on', 'x', '✓', '✔', 'checked',
            'ja', 'j', 'wahr', 'oui', 'vrai', 'si', 'sì', 'sí', 'vero',
            'verdadero', 'sim', 'verdadeiro', 'waar'
        ) then true
        when lower(trim({{ text }})) in (
            'false', 'no', 'n', 'f', '0', '0.0', 'off', '✗', '✘', 'unchecked',
            'nein', 'falsch', 'non', 'faux', 'falso', 'não', 'nao', 'nee', 'onwaar'
        ) then false
    end
{%- endmacro %}

with source as (
    select * from {{ source('hubspot', 'contacts') }}
),

renamed as (
    select
        id as contact_id,
        {{ to_email(json_text('properties', 'email')) }} as email,
        {{ json_list('properties', 'hs_additional_emails') }} as additional_emails,
        {{ json_text('properties', 'phone') }} as phone,
        {{ json_text('properties', 'mobilephone') }} as mobile_phone,
        {{ json_text('properties', 'firstname') }} as first_name,
        {{ json_text('properties', 'lastname') }} as last_name,
        {{ json_text('properties', 'company') }} as company_name,
        {{ json_text('properties', 'associatedcompanyid') }} as company_id,
        {{ json_text('properties', 'lifecyclestage') }} as lifecycle_stage,
        {{ json_text('properties', 'hubspot_owner_id') }} as owner_id,
        {{ json_text('properties', 'city') }} as city,
        {{ json_text('properties', 'country') }} as country,
        {{ json_text('properties', var('crm_user_id_property')) }} as user_id,
        -- whose records were merged into this one: ids, and vid:moment pairs
        list_sort(
            list_distinct(
                list_concat(
                    {{ json_list('properties', 'hs_merged_object_ids') }},
                    list_transform(
                        {{ json_list('properties', 'hs_calculated_merged_vids') }},
                        lambda pair: split_part(pair, ':', 1)
                    )
                )
            )
        ) as merged_contact_ids,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        coalesce(archived, false) as is_archived,
        {{ is_gone('hubspot', 'contacts') }} as is_deleted,
        try_cast(properties as json) as properties,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed

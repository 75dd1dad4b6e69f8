select id
{{#if exclude_bots}}
  , is_bott
{{/if}}
from {{ref "stg_users"}}

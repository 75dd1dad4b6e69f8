{{!-- Which rows of fact_message and fact_reaction count as activity: {{> counted row="m"}}, where m is the table's alias. --}}
not {{row}}.is_deleted{{#if exclude_bots}} and not {{row}}.is_bot{{/if~}}

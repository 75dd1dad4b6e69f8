select day, sqrt(messages - 10) as root from {{ref "daily"}}

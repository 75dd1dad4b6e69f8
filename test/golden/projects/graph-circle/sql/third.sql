select *
from
  {{ref "second"}}

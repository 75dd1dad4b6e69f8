select *
from {{delta "a_view"}}

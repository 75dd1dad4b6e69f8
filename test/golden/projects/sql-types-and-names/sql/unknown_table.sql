select id
from stg_mesages

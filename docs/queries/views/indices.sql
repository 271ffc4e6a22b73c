select index_code, index_symbol, name, role, members_confirmed_to
from indices
order by role, index_code

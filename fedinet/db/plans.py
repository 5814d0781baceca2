"""How PostgreSQL plans what a transaction asks: once for all parameters, where that serves.

Left to itself it plans a statement anew each time when a plan for these very parameters looks
cheaper, as it does for an array with one id. For the widest ones that takes longer than they run.
Only for transactions that ask by ids: what reads pages needs to know where a page begins.

Source: https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE
"""

from typing import Final

ONE_PLAN: Final = "set_config('plan_cache_mode', 'force_generic_plan', true)"
"""SQL expression: from the next statement on, until the transaction ends."""

"""How PostgreSQL plans what a transaction asks: once for all parameters, where that serves.

Left to itself it plans a statement anew each time when a plan for these very parameters looks
cheaper, as it does for an array with one id. For the widest ones that takes longer than they run.
``ONE_PLAN`` says so for a transaction that asks by ids. A statement that stands alone says it by
``unseen``: a plan for these very ids then looks no cheaper, so that the one for any is kept.

Source: https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE
"""

from typing import Final

ONE_PLAN: Final = "set_config('plan_cache_mode', 'force_generic_plan', true)"
"""SQL expression: from the next statement on, until the transaction ends."""


def unseen(parameter: str, kind: str) -> str:
    """SQL expression: a parameter whose value the planner does not see.

    For the length of an array, and for what makes a condition fall away. ``kind``: e.g.
    ``bigint[]``. It is written twice, since ``ANY`` of a bare subquery asks for its rows.
    """
    return f"(SELECT {parameter}::{kind})::{kind}"

"""Keys by which a request that comes twice publishes once. Pure.

Apps send them as a header, the page for writing as a hidden field.
"""

from datetime import timedelta
from typing import Final

from fedinet.kernel.errors import Unprocessable

MAX_KEY: Final = 200
KEPT_FOR: Final = timedelta(days=1)
"""Nobody repeats a request later than that; Mastodon forgets after an hour."""


def read_key(raw: str | None, *, public: str) -> str | None:
    """Read a key; None where there is none.

    Raises:
        Unprocessable: nothing that an app or a page of ours makes; it says ``public``.
    """
    if not raw:
        return None
    if len(raw) > MAX_KEY or not raw.isprintable():
        raise Unprocessable("idempotency key", public=public)
    return raw

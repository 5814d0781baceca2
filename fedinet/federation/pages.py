"""Every page of this slice: one line for each file of pages."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from fedinet.federation import web as public
from fedinet.federation import (
    web_allies,
    web_appeals,
    web_desk,
    web_floods,
    web_held,
    web_lists,
    web_rules,
)

FEDERATION_PAGES: Final[tuple[Sequence[web.AbstractRouteDef], ...]] = (
    web_desk.routes,
    web_rules.routes,
    web_lists.routes,
    web_held.routes,
    web_floods.routes,
    web_allies.routes,
    web_appeals.routes,
    public.routes,
)

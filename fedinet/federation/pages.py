"""Every address of this slice: one line for each file of pages, and for the admin API."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from fedinet.federation import (
    api_admin,
    api_figures,
    api_public,
    web_allies,
    web_appeals,
    web_audit,
    web_desk,
    web_drafts,
    web_floods,
    web_held,
    web_lists,
    web_log,
    web_publish,
    web_rules,
    web_servers,
    web_simulate,
    web_subscriptions,
)
from fedinet.federation import web as public

FEDERATION_PAGES: Final[tuple[Sequence[web.AbstractRouteDef], ...]] = (
    web_desk.routes,
    web_rules.routes,
    web_lists.routes,
    web_drafts.routes,
    web_subscriptions.routes,
    web_publish.routes,
    web_held.routes,
    web_servers.routes,
    web_log.routes,
    web_simulate.routes,
    web_floods.routes,
    web_allies.routes,
    web_appeals.routes,
    web_audit.routes,
    public.routes,
    api_admin.routes,
    api_figures.routes,
    api_public.routes,
)

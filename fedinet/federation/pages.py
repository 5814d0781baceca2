"""Every address of this slice: one line for each file of pages, and for the admin API."""

from collections.abc import Sequence
from typing import Final

from aiohttp.web import AbstractRouteDef

from fedinet.federation import (
    web,
    web_allies,
    web_appeals,
    web_audit,
    web_deliveries,
    web_desk,
    web_explain,
    web_floods,
    web_held,
    web_log,
    web_publish,
    web_servers,
    web_simulate,
)
from fedinet.federation.apps import api, api_figures, api_public
from fedinet.federation.lists import web as web_lists
from fedinet.federation.lists import web_drafts, web_edit, web_import
from fedinet.federation.rules import web as web_rules

FEDERATION_PAGES: Final[tuple[Sequence[AbstractRouteDef], ...]] = (
    web_desk.routes,
    web_rules.routes,
    web_import.routes,
    web_drafts.routes,
    web_edit.routes,
    web_lists.routes,
    web_publish.routes,
    web_held.routes,
    web_servers.routes,
    web_deliveries.routes,
    web_log.routes,
    web_explain.routes,
    web_simulate.routes,
    web_floods.routes,
    web_allies.routes,
    web_appeals.routes,
    web_audit.routes,
    web.routes,
    api.routes,
    api_figures.routes,
    api_public.routes,
)

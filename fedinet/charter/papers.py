"""The imprint and the privacy page, made from what the node really does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from fedinet.charter import imprint_store, store
from fedinet.charter.law_model import Imprint, Paper
from fedinet.charter.model import Kind
from fedinet.charter.publishing import publish
from fedinet.charter.retention import Kept, retention
from fedinet.db.query import Conn, Pool, Tx
from fedinet.http.context import PAGES, POOL, SETTINGS
from fedinet.http.i18n import languages
from fedinet.mail.server import find_mail_host
from fedinet.settings import Settings


@dataclass(frozen=True, slots=True)
class Facts:
    """What the templates of both papers say."""

    imprint: Imprint
    settings: Settings
    mail_host: str | None

    @property
    def kept(self) -> tuple[Kept, ...]:
        return retention(self.settings)

    @property
    def media_store(self) -> str | None:
        return self.settings.media_store

    @property
    def makes_backups(self) -> bool:
        return self.settings.nightly_backups


async def facts_of(request: web.Request) -> Facts:
    return await _facts(request, request.app[POOL])


async def publish_papers(request: web.Request, tx: Tx) -> None:
    """Publish the imprint and the privacy page where they say anything new."""
    today = datetime.now(UTC).date()
    facts = await _facts(request, tx)
    text = await store.find_text(tx, Kind.PRIVACY, on=today)
    said = {"facts": facts, "own": "" if text is None else text.html}
    for paper in (Paper.IMPRINT, Paper.PRIVACY):
        html = {code: _html(request, paper, code, said) for code in languages()}
        html[""] = html["en"]
        await publish(tx, paper, html, in_force_on=today, today=today)


async def _facts(request: web.Request, conn: Conn | Pool) -> Facts:
    settings = request.app[SETTINGS]
    imprint = await imprint_store.find_imprint(conn)
    return Facts(imprint, settings, await find_mail_host(conn, settings))


def _html(request: web.Request, paper: Paper, language: str, said: Mapping[str, object]) -> str:
    template = f"charter/_{paper}.html"
    return request.app[PAGES].html(language, template, said).strip()

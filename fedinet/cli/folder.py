"""The database of a data folder, whoever runs it: attach to the one that runs, or start it.

The right to start it is the folder's ``OwnerLock``, so two commands never start
two servers, and a command beside ``serve`` uses the one of ``serve``.
"""

import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep
from typing import Final

from fedinet.actors.keys import ensure_node_actor
from fedinet.backups.passphrase import ensure_passphrase
from fedinet.cli.terms import Refused
from fedinet.db.embedded import Postgres
from fedinet.db.migrate import migrate
from fedinet.db.ownership import OwnerLock
from fedinet.db.pool import open_pool, transaction
from fedinet.node.secrets import open_box
from fedinet.node.store import Node, pin_node
from fedinet.settings import Settings

_PATIENCE_S: Final = 90.0
CONFIGURATION: Final = "fedinet.toml"


@contextmanager
def database(settings: Settings, *, create: bool = False) -> Generator[Settings]:
    """Yield the settings with a ``database_url`` that answers while the block runs.

    Raises:
        Refused: there is no node in the folder and ``create`` is false.
        NoPostgres: it cannot be started.
    """
    if settings.database_url is not None:
        yield settings
        return
    if not create and not (settings.data / "pg").is_dir():
        raise Refused(f"There is no node in {settings.data}. Start one with `fedinet serve`.")
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock, postgres = OwnerLock(settings.data), Postgres(settings.data)
    owned = _own_or_attach(lock, postgres)
    try:
        if owned:
            postgres.start()
        yield replace(settings, database_url=postgres.url, direct_database_url=None)
    finally:
        if owned:
            postgres.stop()
            lock.release()


async def prepare(settings: Settings) -> tuple[Node, tuple[str, ...]]:
    """Make a node ready to serve: schema, pinned origin, keys, a passphrase. Repeatable.

    Returns the node and the migrations that were applied now.

    Raises:
        AnotherNode: the data belongs to another origin.
    """
    assert settings.database_url is not None  # noqa: S101  # callers come from `database`
    url = settings.direct_database_url or settings.database_url
    applied = await migrate(url)
    box = open_box(settings.data)
    ensure_passphrase(settings.data)
    async with open_pool(url, size=2, name="fedinet prepare") as pool:
        async with transaction(pool) as tx:
            node = await pin_node(tx, settings)
        await ensure_node_actor(pool, settings, box)
    return node, applied


def remember(settings: Settings) -> None:
    """Write ``fedinet.toml`` at the first start, so that later commands need only the folder.

    Secrets and database addresses are not written; what is there is not touched.
    """
    path = settings.data / CONFIGURATION
    if path.exists():
        return
    text = configuration(settings)
    tomllib.loads(text)
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.rename(path)


def configuration(settings: Settings) -> str:
    """The settings that belong to the node rather than to a machine, as ``fedinet.toml``."""
    lines = [
        "# Written at the first start. Flags and FEDINET_* variables win over this file.",
        f"origin = {_quoted(str(settings.origin))}",
        f"account_domain = {_quoted(settings.account_domain)}",
        f"listen = {_quoted(f'{settings.listen_host}:{settings.listen_port}')}",
    ]
    for name, networks in (
        ("allow_private_networks", settings.allow_private_networks),
        ("trusted_proxies", settings.trusted_proxies),
    ):
        if networks:
            lines.append(f"{name} = [{', '.join(_quoted(str(network)) for network in networks)}]")
    if settings.intranet:
        lines.append("intranet = true")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Quote for TOML. Origins, domains and networks contain nothing that needs escaping."""
    return f'"{text}"'


def _own_or_attach(lock: OwnerLock, postgres: Postgres) -> bool:
    """Take the folder, or wait until ``serve`` has its server up. True: it is ours to stop."""
    deadline = monotonic() + _PATIENCE_S
    while monotonic() < deadline:
        if lock.try_acquire("command"):
            return True
        owner = lock.owner()
        if owner is not None and owner.role == "serve" and postgres.answers():
            return False
        sleep(0.05)
    raise Refused("Another command holds this data folder and does not finish. Try again later.")

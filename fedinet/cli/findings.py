"""What ``fedinet check`` looks at: this machine, the database, and the node from outside."""

import asyncio
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import aiohttp
import asyncpg

from fedinet.actors.keys import Signer
from fedinet.backups.packing import LAST_BACKUP
from fedinet.cli.findings_names import ask_for_our_names
from fedinet.db.binaries import OLDEST
from fedinet.db.migrate import pending
from fedinet.db.pool import open_pool
from fedinet.db.query import Conn
from fedinet.http.admission import free_bytes
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.mail.model import Trouble
from fedinet.mail.records import Found, Record, look_at_records
from fedinet.mail.server import mail_settings, way_of
from fedinet.mail.server_store import read_proof
from fedinet.mail.smtp import ServerTrouble, Smtp
from fedinet.mail.transports import open_transport
from fedinet.mail.words import TROUBLES
from fedinet.media.files import check_writable, open_files
from fedinet.node.backlog import read_backlog
from fedinet.node.secrets import KEY_FILE, open_box
from fedinet.node.store import get_node
from fedinet.services import POOL_SIZE
from fedinet.settings import Settings, is_local_name

_BACKUP_EVERY: Final = timedelta(days=2)
_SKEW: Final = timedelta(seconds=5)
_LATE_S: Final = 600
_ASK_S: Final = 5.0


class Level(StrEnum):
    """PROBLEM: the doors stay closed until it is mended."""

    PROBLEM = "problem"
    WARNING = "warning"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, and what to do about it."""

    level: Level
    subject: str
    text: str
    todo: str = ""


def look_at_machine(settings: Settings) -> list[Finding]:
    """Settings, files and disk; needs no database."""
    return [
        *_origin(settings),
        *_doors(settings),
        *_files(settings),
        *_disk(settings),
        *_backup(settings),
        *_user(),
    ]


async def look_at_database(settings: Settings) -> list[Finding]:
    """The server, the schema, the keys, and what waits."""
    assert settings.database_url is not None  # noqa: S101  # callers come from `database`
    found: list[Finding] = []
    async with open_pool(settings.database_url, size=1, name="fedinet check") as pool:
        async with pool.acquire() as conn:
            found += await _server(conn, settings)
            missing = await pending(conn)
            if missing:
                text = f"{len(missing)} migrations are not applied."
                return [*found, _problem("schema", text, "Run `fedinet migrate`.")]
            found.append(Finding(Level.FINE, "schema", "as this release wants it"))
            found += await _node(conn)
            found += await _work(conn)
        try:
            await Signer(pool, settings.uris, open_box(settings.data, create=False)).node_key()
        except FedinetError as error:
            todo = f"Copy {KEY_FILE} from the first machine, or from a backup."
            found.append(_problem("keys", str(error), todo))
        else:
            found.append(Finding(Level.FINE, "keys", f"{KEY_FILE} opens them"))
    return [*found, *await _listening(settings)]


async def look_at_media(settings: Settings) -> list[Finding]:
    """Write, read and delete a small file where pictures and films lie."""
    place = settings.media_store or str(settings.media)
    try:
        await check_writable(open_files(settings))
    except FedinetError as error:
        todo = "Look at the address, the keys and the rights of the store or folder."
        return [_problem("media", f"{place} cannot be used: {error}", todo)]
    return [Finding(Level.FINE, "media", f"{place} can be written")]


async def look_at_mail(settings: Settings) -> list[Finding]:
    """Whether the server that sends mail answers, is who it says, and lets us in."""
    assert settings.database_url is not None  # noqa: S101  # callers come from `database`
    async with open_pool(settings.database_url, size=1, name="fedinet check") as pool:
        try:
            box = open_box(settings.data, create=False)
            present = await mail_settings(pool, box, settings)
            proof = await read_proof(pool, way_of(present), now=datetime.now(UTC))
        except asyncpg.UndefinedTableError:
            return []  # said above: migrations are missing
        except FedinetError as error:
            return [_problem("mail", str(error), "Enter the server at /admin/mail again.")]
    transport = open_transport(present)
    if not isinstance(transport, Smtp):
        text = f"No server sends it: messages to members go to {transport.place}."
        return [_warning("mail", text, "Enter one at /admin/mail; see docs/mail.md.")]
    records = [] if settings.is_development else await look_at_records(present)
    known = [_record(record) for record in records]
    try:
        await transport.check()
    except FedinetError as error:
        trouble = error.trouble if isinstance(error, ServerTrouble) else Trouble.OTHER
        return [_problem("mail", str(error), TROUBLES[trouble]), *known]
    found = [Finding(Level.FINE, "mail", f"{transport.place} answers"), *known]
    if proof.proven_at is None:
        todo = "Have a code sent at /admin/mail, or by `fedinet admin mail prove ADDRESS`."
        found.append(_warning("mail", "It was never proven that mail arrives.", todo))
    return found


def _record(record: Record) -> Finding:
    level = Level.FINE if record.found is Found.FINE else Level.WARNING
    return Finding(level, record.name, record.text, record.todo)


async def look_from_outside(settings: Settings) -> list[Finding]:
    """Ask the node by its public address, as other servers will."""
    url = f"{settings.origin}/.well-known/nodeinfo"
    try:
        timeout = aiohttp.ClientTimeout(total=_ASK_S)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, OSError) as error:
        todo = "Is it running? Look at DNS, the firewall and the reverse proxy."
        return [
            _warning(
                "address", f"{url} does not answer: {str(error) or type(error).__name__}", todo
            )
        ]
    if status != 200:
        todo = "The reverse proxy must pass every path, and the Host header, to fedinet."
        return [_warning("address", f"{url} answers {status}", todo)]
    return [Finding(Level.FINE, "address", f"{settings.origin} answers")]


async def look_at_names(settings: Settings) -> list[Finding]:
    """Where names end in another domain, ask there whether it leads here."""
    if settings.account_domain == settings.origin.domain:
        return []
    seen = await ask_for_our_names(settings)
    if seen is None:
        return [Finding(Level.FINE, "names", f"@{settings.account_domain} leads here")]
    todo = (
        f"Nobody elsewhere finds @name@{settings.account_domain}. Its web server needs the two "
        "redirects that docs/running-a-node.md shows under “Names on another domain”."
    )
    return [_problem("names", seen, todo)]


def _origin(settings: Settings) -> Iterable[Finding]:
    if settings.is_development:
        todo = "For a real community start in a new folder with --origin https://…"
        yield _warning("origin", f"{settings.origin} is for development: no TLS.", todo)
    else:
        yield Finding(Level.FINE, "origin", str(settings.origin))
    if settings.allow_private_networks:
        text = "Federation may reach private networks."
        yield _warning("networks", text, "Remove allow_private_networks outside development.")


def _doors(settings: Settings) -> Iterable[Finding]:
    behind_proxy = not settings.is_development and is_local_name(settings.listen_host)
    if behind_proxy and not settings.trusted_proxies:
        text = "Everybody seems to come from the reverse proxy, so limits hit everybody at once."
        yield _problem("proxy", text, "Set trusted_proxies, for instance to 127.0.0.1/32.")
    if not settings.is_development and not is_local_name(settings.listen_host):
        text = f"Listens on {settings.listen_host} without TLS of its own."
        yield _warning("listen", text, "Let only the reverse proxy reach this port.")
    address = settings.metrics_listen
    if address is not None and not is_local_name(address.rpartition(":")[0]):
        todo = "Listen on 127.0.0.1, or close the port to everybody but Prometheus."
        yield _warning("metrics", f"Whoever reaches {address} reads the metrics.", todo)


def _files(settings: Settings) -> Iterable[Finding]:
    for path in (settings.data, settings.data / KEY_FILE):
        if not path.exists():
            yield _problem("files", f"{path} does not exist.", "Run `fedinet serve` or `migrate`.")
        elif stat.S_IMODE(path.stat().st_mode) & 0o044:
            yield _problem("files", f"Others may read {path}.", f"chmod go-rwx {path}")


def _disk(settings: Settings) -> Iterable[Finding]:
    if not settings.data.exists():
        return
    free = free_bytes(settings.data)
    text = f"{free / 1e9:.1f} GB free in {settings.data}"
    if free < settings.min_free_bytes:
        yield _problem("disk", f"{text}: nothing new is accepted.", "Make room.")
    elif free < 8 * settings.min_free_bytes:
        yield _warning("disk", text, f"Below {settings.min_free_bytes / 1e6:.0f} MB it closes.")
    else:
        yield Finding(Level.FINE, "disk", text)


def _backup(settings: Settings) -> Iterable[Finding]:
    todo = "Run `fedinet backup now`, and look at /admin/backups why none is made each night."
    try:
        made = datetime.fromtimestamp((settings.data / LAST_BACKUP).stat().st_mtime, UTC)
    except OSError:
        yield _warning("backup", "There was never a backup.", todo)
        return
    age = datetime.now(UTC) - made
    if age > _BACKUP_EVERY:
        yield _warning("backup", f"The last backup is {age.days} days old.", todo)
    else:
        yield Finding(Level.FINE, "backup", f"made {made:%Y-%m-%d %H:%M} UTC")


def _user() -> Iterable[Finding]:
    if os.geteuid() == 0:
        todo = "Make an ordinary user for it; deploy/fedinet.service does."
        yield _warning("user", "This is root.", todo)


async def _server(conn: Conn, settings: Settings) -> list[Finding]:
    version = conn.get_server_version()
    before = datetime.now(UTC)
    row = await conn.fetchrow(
        "SELECT clock_timestamp() AS now, current_setting('server_encoding') AS encoding, "
        "current_setting('max_connections')::int "
        "- current_setting('superuser_reserved_connections')::int AS places"
    )
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    found = [Finding(Level.FINE, "PostgreSQL", f"{version.major}.{version.minor}")]
    if version.major < OLDEST:
        found[0] = _problem("PostgreSQL", f"is {version.major}", f"Use {OLDEST} or newer.")
    if row["encoding"] != "UTF8":
        todo = "Make the database with ENCODING 'UTF8' TEMPLATE template0."
        found.append(_problem("PostgreSQL", f"stores {row['encoding']}", todo))
    if abs(row["now"] - before) > _SKEW:
        text = f"Its clock differs by {abs(row['now'] - before).total_seconds():.0f} s from here."
        found.append(_problem("clock", text, "Let both machines set their clocks by NTP."))
    web, workers = POOL_SIZE["web"] + 1, POOL_SIZE["worker"] + 2
    wanted = settings.web * web + settings.workers * workers
    text = f"{wanted} wanted at most by this machine, {row['places']} allowed"
    if wanted > row["places"]:
        found.append(_problem("connections", text, "Raise max_connections, or use a pooler."))
    else:
        found.append(Finding(Level.FINE, "connections", text))
    return found


async def _node(conn: Conn) -> list[Finding]:
    try:
        node = await get_node(conn)
    except NotFound:
        return [_problem("node", "was never started.", "Run `fedinet migrate` or `serve`.")]
    found: list[Finding] = []
    if not node.is_set_up:
        todo = "Open the link of `fedinet admin setup-link`."
        found.append(_problem("set-up", "has not been done: visitors find it closed.", todo))
    if node.paused:
        todo = "When the old copy is gone for good: `fedinet resume`."
        found.append(_problem("paused", "after a restore: nothing goes in or out.", todo))
    return found


async def _work(conn: Conn) -> list[Finding]:
    backlog = await read_backlog(conn)
    found: list[Finding] = []
    if backlog.inbound_age_s > _LATE_S:
        text = f"The oldest activity waits {backlog.inbound_age_s / 60:.0f} minutes."
        found.append(_problem("worker", text, "Is a worker running? See its log."))
    given_up = backlog.dead_letters + backlog.jobs_failed + backlog.signals_failed
    if given_up:
        todo = "See `fedinet queue status`; try again with `fedinet queue retry`."
        found.append(_warning("queue", f"{given_up} things were given up.", todo))
    return found


async def _listening(settings: Settings) -> list[Finding]:
    """LISTEN and session locks work on the direct connection, which a pooler may prevent."""
    url = settings.direct_database_url or settings.database_url
    heard = asyncio.Event()

    def hear(*_: object) -> None:
        heard.set()

    try:
        listener = await asyncpg.connect(url, timeout=_ASK_S)
        teller = await asyncpg.connect(url, timeout=_ASK_S)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return [_problem("direct connection", repr(error), "Mend FEDINET_DIRECT_DATABASE_URL.")]
    try:
        await listener.add_listener("fedinet_check", hear)
        await teller.execute("NOTIFY fedinet_check")
        await asyncio.wait_for(heard.wait(), _ASK_S)
    except TimeoutError:
        todo = "Set FEDINET_DIRECT_DATABASE_URL to the database itself, not to the pooler."
        return [_problem("notices", "LISTEN does not work on this connection.", todo)]
    finally:
        await listener.close()
        await teller.close()
    return [Finding(Level.FINE, "notices", "arrive")]


def _problem(subject: str, text: str, todo: str) -> Finding:
    return Finding(Level.PROBLEM, subject, text, todo)


def _warning(subject: str, text: str, todo: str) -> Finding:
    return Finding(Level.WARNING, subject, text, todo)

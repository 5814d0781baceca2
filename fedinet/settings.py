"""What the person who runs the node decided, as one frozen value.

Flags win over ``FEDINET_*`` variables, these over ``fedinet.toml``. A
combination that would be unsafe or cannot work is refused here, in plain
words, before anything starts (TRAPS 34).
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from fedinet.kernel import setting_values as values
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import Origin, domain, origin_of
from fedinet.kernel.zones import UTC_NAME, machine_zone, read_zone

Network: TypeAlias = IPv4Network | IPv6Network
_MIB = 1024 * 1024


class BadSettings(FedinetError):
    """A setting that cannot be. ``public`` says which one, and what to write instead."""

    def __init__(self, text: str) -> None:
        super().__init__(text, public=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is decided before start. What members decide is in the database."""

    data: Path
    origin: Origin
    account_domain: Domain
    listen_host: str = "127.0.0.1"
    listen_port: int = 8000
    database_url: str | None = field(default=None, repr=False)
    """``None``: the node runs its own PostgreSQL in ``data``."""
    direct_database_url: str | None = field(default=None, repr=False)
    """For LISTEN and session locks, where ``database_url`` names a pooler."""
    web: int = 1
    workers: int = 1
    allow_private_networks: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    intranet: bool = False
    metrics_listen: str | None = None
    metrics_token: str | None = field(default=None, repr=False)
    log_json: bool = False
    min_free_bytes: int = 256 * _MIB
    """Below this much free disk nothing new is accepted."""
    media_store: str | None = None
    """``s3://BUCKET/PREFIX``; None: files lie in ``data/media``."""
    media_store_endpoint: str | None = None
    media_store_region: str | None = None
    media_store_key: str | None = field(default=None, repr=False)
    media_store_secret: str | None = field(default=None, repr=False)
    media_cache_bytes: int = 2048 * _MIB
    """How much of others' files is kept; 0: nothing of others is shown."""
    media_cache_days: int = 30
    api_requests: int = 300
    """Of one app, or one address without a token, in five minutes; other limits grow with it."""
    invitation_mails: int = 60
    """Messages an hour to people who are invited from a list."""
    member_invitations: int = 5
    smtp_host: str | None = None
    """None: mail goes to a folder, or to the console."""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_ca: str | None = None
    """A file of certificates that are believed, instead of the system's."""
    mail_from: str | None = None
    mail_bounces: str | None = None
    mail_per_hour: int = 200
    mail_dkim_selector: str | None = None
    mail_to_console: bool = False
    time_zone: str = UTC_NAME
    inbound_log_days: int = 14
    """How long the log of what other servers sent is kept; "Last week" reads seven days of it."""
    ip_days: int = 30
    """How long the networks from which members signed in are kept."""
    nightly_backups: bool = True
    backup_hour: int = 3
    """Of the day, in the time zone of the machine; the minute is the node's own."""
    backup_days: int = 35
    backup_store: str | None = None
    """A folder or ``s3://BUCKET/PREFIX``; None: ``backups`` in the data folder."""
    backup_store_endpoint: str | None = None
    backup_store_region: str | None = None
    backup_store_key: str | None = field(default=None, repr=False)
    backup_store_secret: str | None = field(default=None, repr=False)

    @property
    def sends_mail(self) -> bool:
        """Whether messages reach somebody, if only whoever develops."""
        return self.smtp_host is not None or self.mail_to_console

    @property
    def mail_sender(self) -> str:
        """The address that mail comes from."""
        return self.mail_from or f"fedinet@{self.account_domain.partition(':')[0]}"

    @property
    def uris(self) -> NodeUris:
        return NodeUris(self.origin)

    @property
    def is_development(self) -> bool:
        """Without TLS: loopback or a listed private network only."""
        return self.origin.scheme == "http"

    @property
    def media(self) -> Path:
        return self.data / "media"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: ``name`` in the file, ``--name`` as a flag, ``FEDINET_NAME`` as a variable."""

    name: str
    parse: Callable[[object], object]
    says: str

    @property
    def variable(self) -> str:
        return f"FEDINET_{self.name.upper()}"

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


def load(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    toml: Mapping[str, object] | None = None,
) -> Settings:
    """Merge the three sources. A flag of ``None`` and an empty variable were not given.

    Raises:
        BadSettings: an unknown key in the file, a value that does not parse, or
            a combination that TRAPS 34 forbids.
    """
    given = _merged(flags, environ, toml or {})
    if "origin" not in given:
        raise BadSettings(
            "Say where people will reach this node: --origin https://community.example "
            "(or FEDINET_ORIGIN). It can never be changed later."
        )
    origin = cast(Origin, given.pop("origin"))
    host, port = cast(tuple[str, int], given.pop("listen", ("127.0.0.1", 8000)))
    settings = Settings(
        data=cast(Path, given.pop("data", Path("data"))),
        origin=origin,
        account_domain=cast(Domain, given.pop("account_domain", origin.domain)),
        listen_host=host,
        listen_port=port,
        min_free_bytes=cast(int, given.pop("min_free_mb", 256)) * _MIB,
        time_zone=cast(str, given.pop("time_zone", None) or machine_zone()),
        media_cache_bytes=cast(int, given.pop("media_cache_mb", 2048)) * _MIB,
        **given,  # pyright: ignore[reportArgumentType]  # each value came from its option's parser
    )
    _refuse_unsafe(settings)
    _refuse_open_mail(settings)
    return settings


def read_file(flags: Mapping[str, object], environ: Mapping[str, str]) -> Mapping[str, object]:
    """Read ``fedinet.toml``: the one in ``FEDINET_CONFIG``, else in the data folder, else none.

    Raises:
        BadSettings: the file named does not exist, or is not TOML.
    """
    named = environ.get("FEDINET_CONFIG")
    path = Path(named) if named else data_folder(flags, environ) / "fedinet.toml"
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        if named:
            raise BadSettings(f"FEDINET_CONFIG names {path}, which does not exist.") from None
        return {}
    except (OSError, ValueError) as error:
        raise BadSettings(f"{path} cannot be read as TOML: {error}") from error


def data_folder(flags: Mapping[str, object], environ: Mapping[str, str]) -> Path:
    """Where this node keeps everything, before the other settings are known."""
    return _path(flags.get("data") or environ.get("FEDINET_DATA") or "data")


def is_local_name(host: str) -> bool:
    """Tell whether a host can only ever mean this machine: a loopback address or localhost."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _merged(
    flags: Mapping[str, object], environ: Mapping[str, str], toml: Mapping[str, object]
) -> dict[str, object]:
    unknown = set(toml) - {option.name for option in OPTIONS}
    if unknown:
        raise BadSettings(f"fedinet.toml has no setting named {', '.join(sorted(unknown))}.")
    given: dict[str, object] = {}
    for option in OPTIONS:
        raw = flags.get(option.name)
        source = option.flag
        if raw is None:
            raw, source = environ.get(option.variable) or None, option.variable
        if raw is None and option.name == "database_url":
            raw, source = environ.get("DATABASE_URL") or None, "DATABASE_URL"
        if raw is None:
            raw, source = toml.get(option.name), f"{option.name} in fedinet.toml"
        if raw is not None:
            try:
                given[option.name] = option.parse(raw)
            except (ValueError, TypeError, Malformed) as error:
                raise BadSettings(f"{source}: {error}") from error
    return given


def _refuse_unsafe(settings: Settings) -> None:
    local = is_local_name(settings.origin.host)
    listed = _is_listed(settings.origin.host, settings.allow_private_networks)
    if settings.is_development and not (local or listed):
        raise BadSettings(
            f"The origin {settings.origin} is not encrypted. Use https://, or for development "
            "a loopback origin such as http://localhost:8000."
        )
    if settings.is_development and local and not is_local_name(settings.listen_host) and not listed:
        raise BadSettings(
            f"The origin {settings.origin} is for this machine only, but --listen "
            f"{settings.listen_host} is reachable from others. Listen on 127.0.0.1."
        )
    if not settings.is_development and settings.allow_private_networks and not settings.intranet:
        raise BadSettings(
            "allow_private_networks would let other servers make this node reach into your "
            "network. It is for development; remove it, or set intranet = true if every "
            "server you will ever talk to is inside that network."
        )


def _refuse_open_mail(settings: Settings) -> None:
    """Passwords and links that open accounts are not sent where others can read them."""
    if (settings.smtp_user is None) != (settings.smtp_password is None):
        raise BadSettings("Set smtp_user and smtp_password together, or neither.")
    host = settings.smtp_host
    if host is not None and settings.smtp_security == "none" and not is_local_name(host):
        raise BadSettings(
            f"smtp_security = none would send mail to {host} unencrypted. Use starttls or tls; "
            "none is for a mail server on this machine."
        )


def _place(raw: object) -> str:
    """A folder or a bucket."""
    return values.bucket(raw) if "://" in str(raw) else str(_path(raw))


def _is_listed(host: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _origin(raw: object) -> Origin:
    text = str(raw).rstrip("/")
    origin = origin_of(text)
    if text.split("://", 1)[1].count("/"):
        raise ValueError(f"{text} has a path; an origin is only https:// and a host")
    return origin


def _domain(raw: object) -> Domain:
    return domain(str(raw))


def _path(raw: object) -> Path:
    return Path(str(raw)).expanduser().absolute()


OPTIONS: Final[tuple[Option, ...]] = (
    Option("data", _path, "Folder of this node: database, media, keys"),
    Option("origin", _origin, "Public address, for instance https://community.example"),
    Option("account_domain", _domain, "What stands after the @ in names, where it is not the host"),
    Option("listen", values.listen, "HOST:PORT to listen on"),
    Option(
        "database_url", values.postgres_url, "A PostgreSQL from 15 on; without it the node runs one"
    ),
    Option("direct_database_url", values.postgres_url, "The same database, not through a pooler"),
    Option("web", values.count(1, 64), "Number of web processes"),
    Option("workers", values.count(1, 64), "Number of worker processes"),
    Option(
        "allow_private_networks",
        values.networks,
        "Development: CIDR list that federation may reach",
    ),
    Option(
        "trusted_proxies", values.networks, "CIDR list of proxies whose X-Forwarded-For is believed"
    ),
    Option("intranet", values.switch, "This node only ever federates inside a private network"),
    Option(
        "metrics_listen", values.address, "HOST:PORT of the metrics, apart from the public pages"
    ),
    Option("metrics_token", values.secret, "Bearer token that opens /metrics on the public port"),
    Option("log_json", values.switch, "Write the log as one JSON object per line"),
    Option(
        "min_free_mb", values.count(16, 1 << 20), "Accept nothing new below this much free disk"
    ),
    Option(
        "media_store", values.bucket, "s3://BUCKET/PREFIX for pictures and films, not the folder"
    ),
    Option(
        "media_store_endpoint", values.web_address, "Address of the store, where it is not Amazon's"
    ),
    Option("media_store_region", str, "Region of the bucket"),
    Option("media_store_key", str, "Access key of the store"),
    Option("media_store_secret", str, "Secret key of the store"),
    Option(
        "media_cache_mb", values.count(0, 1 << 24), "How much of other servers' pictures is kept"
    ),
    Option("invitation_mails", values.count(1, 10_000), "Mailed invitations in an hour"),
    Option("member_invitations", values.count(0, 1000), "Invitation links of a member in 30 days"),
    Option("api_requests", values.count(1, 1_000_000), "Requests of one app in five minutes"),
    Option(
        "media_cache_days", values.count(1, 3650), "How long pictures stay that nobody looks at"
    ),
    Option("time_zone", read_zone, "Time zone of the community, like Europe/Brussels"),
    Option("inbound_log_days", values.count(7, 365), "How long the log of what came in is kept"),
    Option("ip_days", values.count(2, 365), "How long networks of sign-ins are kept"),
    Option("nightly_backups", values.switch, "Make a backup each night; yes where nothing is said"),
    Option(
        "backup_hour", values.count(0, 23), "Hour of the night, in the time zone of this machine"
    ),
    Option("backup_days", values.count(1, 3650), "How long backups are kept"),
    Option("backup_store", _place, "Folder for backups, or s3://BUCKET/PREFIX"),
    Option(
        "backup_store_endpoint", values.web_address, "Address of that store, where not Amazon's"
    ),
    Option("backup_store_region", str, "Region of its bucket"),
    Option("backup_store_key", str, "Access key of the store for backups"),
    Option("backup_store_secret", str, "Secret key of the store for backups"),
    Option("smtp_host", str, "Server that sends mail; without it mail lies in the data folder"),
    Option("smtp_port", values.count(1, 65535), "Its port"),
    Option("smtp_security", values.security, "starttls, tls, or none (only on this machine)"),
    Option("smtp_user", str, "Name to sign in to it with"),
    Option("smtp_password", str, "Password to sign in to it with"),
    Option("smtp_ca", str, "File of certificates to believe, where it is not the system's"),
    Option("mail_from", values.mail_address, "Address that mail comes from"),
    Option("mail_bounces", values.mail_address, "Mailbox for mail that comes back"),
    Option(
        "mail_per_hour", values.count(1, 1_000_000), "Messages in an hour, besides about signing in"
    ),
    Option("mail_dkim_selector", str, "Name of the key in DNS by which mail is signed"),
    Option(
        "mail_to_console", values.switch, "Development: print mail instead of keeping it as files"
    ),
)

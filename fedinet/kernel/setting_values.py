"""How values of settings are read from text, a flag or TOML. Pure: each raises ``ValueError``."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias, cast

from fedinet.kernel.uris import origin_of

Network: TypeAlias = IPv4Network | IPv6Network


def bucket(raw: object) -> str:
    text = str(raw).rstrip("/")
    if not text.startswith("s3://") or not text.removeprefix("s3://").partition("/")[0]:
        raise ValueError(f"{text} is not s3://BUCKET or s3://BUCKET/PREFIX")
    return text


def web_address(raw: object) -> str:
    text = str(raw).rstrip("/")
    origin_of(text)
    return text


def listen(raw: object) -> tuple[str, int]:
    host, _, port = str(raw).rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{raw} is not HOST:PORT, for instance 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def address(raw: object) -> str:
    host, port = listen(raw)
    return f"{host}:{port}"


def count(low: int, high: int) -> Callable[[object], int]:
    def parse(raw: object) -> int:
        try:
            number = int(str(raw))
        except ValueError:
            raise ValueError(f"{raw} is not a whole number") from None
        if not low <= number <= high:
            raise ValueError(f"{number} is not between {low} and {high}")
        return number

    return parse


def networks(raw: object) -> tuple[Network, ...]:
    parts = cast(list[object], raw) if isinstance(raw, list) else str(raw).split(",")
    return tuple(ip_network(text) for text in (str(part).strip() for part in parts) if text)


def switch(raw: object) -> bool:
    match str(raw).strip().lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
        case other:
            raise ValueError(f"{other} is not yes or no")


def postgres_url(raw: object) -> str:
    if not (text := str(raw)).startswith(("postgresql://", "postgres://")):
        raise ValueError("this must start with postgresql://")
    return text


def security(raw: object) -> str:
    if (text := str(raw).strip().lower()) not in {"starttls", "tls", "none"}:
        raise ValueError(f"{text} is not starttls, tls or none")
    return text


def mail_address(raw: object) -> str:
    text = str(raw).strip()
    local, _, host = text.rpartition("@")
    if not local or not host or not text.isprintable() or set(text) & set(' <>",;:()[]\\'):
        raise ValueError(f"{text} is not one e-mail address")
    return text


def secret(raw: object) -> str:
    if len(text := str(raw)) < 16:
        raise ValueError("a token must have at least 16 characters")
    return text

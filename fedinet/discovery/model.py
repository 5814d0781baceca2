"""What strangers ask to find us: resources of WebFinger, and the answers. Pure.

Source: RFC 7033 (JRD), RFC 6415 (host-meta), FEP-3b86 (intents), FEP-d556
(server actor); facts of Mastodon's ``webfinger_serializer.rb``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from xml.sax.saxutils import quoteattr

from fedinet.actors.model import Actor, split_handle
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import domain

Jrd: TypeAlias = dict[str, object]

SUBSCRIBE: Final = "http://ostatus.org/schema/1.0/subscribe"
INTENTS: Final = "https://w3id.org/fep/3b86/"
SERVER_ACTOR: Final = "https://www.w3.org/ns/activitystreams#Service"
APPLICATION_ACTOR: Final = "https://www.w3.org/ns/activitystreams#Application"
_PROFILE_PAGE: Final = "http://webfinger.net/rel/profile-page"
_AVATAR: Final = "http://webfinger.net/rel/avatar"
_ACTIVITY_JSON: Final = "application/activity+json"


@dataclass(frozen=True, slots=True)
class Named:
    """A resource that stands for a person (or group) here."""

    username: str


@dataclass(frozen=True, slots=True)
class TheNode:
    """A resource that stands for the server itself."""


Resource: TypeAlias = Named | TheNode


def read_resource(raw: str, uris: NodeUris, account_domain: Domain) -> Resource | None:
    """Say what of ours a ``resource`` parameter means; None for what is not ours.

    Handles at the account domain and at the web domain, with ``acct:`` or
    without; actor ids and profile pages; our address or host for the node.

    Raises:
        Malformed: empty, or neither a handle nor an address.
    """
    text = raw.strip()
    if not text or len(text) > 2048:
        raise Malformed("no resource", public="Say which resource: ?resource=acct:name@host")
    if text.startswith(("https://", "http://")):
        return _at_address(text, uris, account_domain)
    username, host = split_handle(text)
    if host is None:
        return TheNode() if _is_our_host(username, uris, account_domain) else None
    if not _is_our_host(host, uris, account_domain):
        return None
    is_node = username.lower() == domain(account_domain).partition(":")[0]
    return TheNode() if is_node else Named(username)


def actor_jrd(actor: Actor, uris: NodeUris) -> Jrd:
    """Describe one of ours: who it is, its page, and what visitors can do with it from home."""
    links = [
        {"rel": _PROFILE_PAGE, "type": "text/html", "href": actor.page_url},
        {"rel": "self", "type": _ACTIVITY_JSON, "href": actor.uri},
        *intents(uris),
    ]
    if actor.avatar_url:
        links.append({"rel": _AVATAR, "href": actor.avatar_url})
    return {
        "subject": f"acct:{actor.full_handle}",
        "aliases": [actor.page_url, actor.uri],
        "links": links,
    }


def node_jrd(actor: Actor, uris: NodeUris, *, as_address: bool) -> Jrd:
    """Describe the node actor, asked for by its handle or by the node's address (FEP-d556)."""
    return {
        "subject": f"{uris.origin}/" if as_address else f"acct:{actor.full_handle}",
        "aliases": [actor.uri],
        "links": [
            {"rel": "self", "type": _ACTIVITY_JSON, "href": actor.uri},
            {"rel": SERVER_ACTOR, "type": _ACTIVITY_JSON, "href": actor.uri},
            {"rel": _PROFILE_PAGE, "type": "text/html", "href": actor.page_url},
        ],
    }


def intents(uris: NodeUris) -> list[dict[str, str]]:
    """Where our members go when another site's button sends them home."""
    interact = f"{uris.origin}/authorize_interaction?uri="
    return [
        {"rel": SUBSCRIBE, "template": interact + "{uri}"},
        {"rel": f"{INTENTS}Object", "template": interact + "{object}"},
        {"rel": f"{INTENTS}Follow", "template": interact + "{object}"},
        {"rel": f"{INTENTS}Create", "template": f"{uris.origin}/share?text=" + "{content}"},
    ]


def only_rels(jrd: Jrd, rels: Iterable[str]) -> Jrd:
    """Leave the links that were asked for; all of them where nobody said. RFC 7033 4.3."""
    wanted = frozenset(rels)
    links = jrd["links"]
    if not wanted or not isinstance(links, list):
        return jrd
    kept: list[Mapping[str, str]] = [link for link in links if link["rel"] in wanted]  # pyright: ignore[reportUnknownVariableType]
    return {**jrd, "links": kept}


def webfinger_template(uris: NodeUris) -> str:
    return f"{uris.origin}/.well-known/webfinger?resource={{uri}}"


def host_meta_xml(uris: NodeUris) -> str:
    template = quoteattr(webfinger_template(uris))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template={template}/>\n'
        "</XRD>\n"
    )


def host_meta_json(uris: NodeUris) -> Jrd:
    return {"links": [{"rel": "lrdd", "template": webfinger_template(uris)}]}


def _at_address(text: str, uris: NodeUris, account_domain: Domain) -> Resource | None:
    origin = str(uris.origin)
    scheme, _, after = text.partition("://")
    host, _, path = after.partition("/")
    is_account_host = scheme == uris.origin.scheme and host.lower() == account_domain
    if path in ("", "actor", "about") and (is_account_host or text.startswith(origin)):
        return TheNode() if _is_our_host(host, uris, account_domain) else None
    if not uris.is_ours(text):
        return None
    for prefix in (f"{origin}/users/", f"{origin}/@"):
        name = text.removeprefix(prefix)
        if name != text and name and "/" not in name:
            return Named(name)
    return None


def _is_our_host(host: str, uris: NodeUris, account_domain: Domain) -> bool:
    try:
        return domain(host) in (account_domain, uris.origin.domain)
    except Malformed:
        return False

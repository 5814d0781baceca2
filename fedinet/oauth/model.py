"""Apps that act for members, and what they may ask: redirect addresses, scopes, PKCE. Pure.

Source: RFC 6749, RFC 7636 (PKCE), RFC 8252 (native apps), RFC 9207 (``iss``),
RFC 9700 (best current practice); docs/traps.md 32.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode, urlsplit

from fedinet.kernel.errors import FedinetError, Unprocessable

OUT_OF_BAND: Final = "urn:ietf:wg:oauth:2.0:oob"
"""The app has no address to be called back at: the member copies the code by hand."""
CODE_LIVES: Final = timedelta(minutes=10)
MAX_NAME: Final = 100
MAX_REDIRECTS: Final = 20
MAX_STATE: Final = 2000
_MAX_URI: Final = 2000

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{1,100}):", re.IGNORECASE)
_UNUSABLE: Final = re.compile(r"[\x00-\x20\x7f<>\"\\^`{|}]")
_NO_HOST: Final = re.compile(r"[@;,']")
"""User information, and what would end a source of a Content-Security-Policy."""
_NEVER: Final = frozenset(
    {
        "about", "blob", "chrome", "data", "file", "filesystem", "ftp", "intent", "javascript",
        "jar", "mailto", "resource", "tel", "urn", "vbscript", "view-source", "ws", "wss",
    }
)  # fmt: skip
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OF_MODERATORS: Final = ("admin:write:accounts", "admin:write:reports")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthRefused(FedinetError):
    """What an app asked for cannot be given. ``code`` is a word of RFC 6749, 7591 or 7662."""

    status = 400

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {description}", public=description)
        self.code = code
        self.status = status


_NO: Final = frozenset({"", "0", "f", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A row of ``oauth_apps``. ``name`` and ``website`` are what it says of itself."""

    id: int
    client_id: str
    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    is_public: bool
    """It has no secret, and has to use PKCE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApp:
    """What an app registers with, checked."""

    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request for a member's permission."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None

    @property
    def shows_code(self) -> bool:
        return self.redirect_uri == OUT_OF_BAND


def check_redirect_uri(raw: str) -> str:
    """Return an address that an app may be called back at.

    https; http on the member's own machine; a scheme that an installed app has
    claimed; or none at all (``OUT_OF_BAND``). Never one that runs or shows
    something by itself.

    Raises:
        Unprocessable: anything else, or with a fragment or user information.
    """
    if raw == OUT_OF_BAND:
        return raw
    match = _SCHEME.match(raw)
    if match is None or len(raw) > _MAX_URI or _UNUSABLE.search(raw) or "#" in raw:
        raise _unusable(raw)
    scheme = match[1].lower()
    if scheme in ("https", "http"):
        try:
            parts = urlsplit(raw)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise _unusable(raw) from error
        if not host or _NO_HOST.search(parts.netloc) or not raw[len(scheme) :].startswith("://"):
            raise _unusable(raw)
        if scheme == "http" and host not in _LOOPBACK:
            raise _unusable(raw)
    elif scheme in _NEVER:
        raise _unusable(raw)
    return raw


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Tell whether an app may be called back at ``uri``: letter by letter one it registered.

    On the member's own machine the port may differ, since an app takes one that
    is free. Source: RFC 8252 section 7.3; RFC 9700 section 4.1.
    """
    return any(uri == known or _same_but_port(uri, known) for known in registered)


def _same_but_port(uri: str, known: str) -> bool:
    try:
        one, other = urlsplit(check_redirect_uri(uri)), urlsplit(known)
    except (Unprocessable, ValueError):
        return False
    if one.scheme != "http" or other.scheme != "http" or one.hostname not in _LOOPBACK:
        return False
    return (one.hostname, one.path, one.query) == (other.hostname, other.path, other.query)


def check_challenge(challenge: str | None, method: str | None, *, required: bool) -> str | None:
    """Read a PKCE challenge. Only S256: ``plain`` protects nobody.

    Raises:
        OAuthRefused: another method, not a SHA-256, or none where the app has no secret.
    """
    if not challenge:
        if method:
            raise OAuthRefused("invalid_request", "code_challenge is missing")
        if required:
            raise OAuthRefused("invalid_request", "This app has to use PKCE (code_challenge)")
        return None
    if method != "S256":
        raise OAuthRefused("invalid_request", "code_challenge_method has to be S256")
    if _CHALLENGE.fullmatch(challenge) is None:
        raise OAuthRefused("invalid_request", "code_challenge is not a SHA-256 in base64url")
    return challenge


def is_verified(challenge: str | None, verifier: str | None) -> bool:
    """Tell whether the verifier fits. One given without a challenge was stripped of it on its way.

    Source: RFC 7636 section 4.6; RFC 9700 section 4.8.2 (downgrade).
    """
    if challenge is None:
        return not verifier
    if verifier is None or _VERIFIER.fullmatch(verifier) is None:
        return False
    made = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def is_administrative(scope: str) -> bool:
    return scope.startswith("admin:")


def desk_scopes(scopes: Iterable[str], *, administers: bool) -> tuple[str, ...]:
    """Give what of the stewards' desk an app may get from owner or admin, or from a moderator.

    A moderator's apps see what moderators see, and act on people and reports: all of
    ``admin:write`` becomes these two parts of it.
    """
    asked = tuple(filter(is_administrative, scopes))
    if administers:
        return asked
    narrowed = (_OF_MODERATORS if scope == "admin:write" else (scope,) for scope in asked)
    may = [
        scope
        for some in narrowed
        for scope in some
        if scope in _OF_MODERATORS or not scope.startswith("admin:write")
    ]
    return tuple(dict.fromkeys(may))


def asks_for_sign_in(params: Mapping[str, str]) -> bool:
    """Tell whether an app wants the member to sign in anew, perhaps as somebody else.

    ``force_login`` is Mastodon's word, ``prompt`` that of OpenID Connect (core, 3.1.2.1);
    of its values ``consent`` is what happens anyway, and the rest are for others.
    """
    prompt = set(params.get("prompt", "").split())
    forced = params.get("force_login", "").strip().lower() not in _NO
    return forced or not prompt.isdisjoint({"login", "select_account"})


def answer_address(redirect_uri: str, **answer: str | None) -> str:
    """Put an answer into the query of an app's address; what is None is left out."""
    given = {name: value for name, value in answer.items() if value is not None}
    joint = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{joint}{urlencode(given)}"


def destination(redirect_uri: str) -> str:
    """Where the answer goes, for people: a host, or the scheme of an installed app."""
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in ("https", "http") else f"{parts.scheme}:"


def form_action(redirect_uri: str) -> str:
    """The source expression of a Content-Security-Policy for that place.

    Browsers apply ``form-action`` to redirects that answer a form, too.
    """
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("https", "http"):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def _unusable(raw: str) -> Unprocessable:
    return Unprocessable(
        f"redirect_uri {raw[:200]!r}", public="Redirect URI must be an absolute, secure URI."
    )

"""RFC 9421 HTTP Message Signatures, the part that ActivityPub servers use. Pure.

One signature per request, components without parameters. Everything else is
refused as malformed rather than half understood.

Source: https://www.rfc-editor.org/rfc/rfc9421
"""

import re
from base64 import b64encode
from datetime import datetime
from typing import Final

from fedinet.kernel.ids import KeyUri
from fedinet.signing.claim import (
    MAX_COVERED,
    MAX_FIELD,
    Claim,
    Scheme,
    covered_field,
    signed_bytes,
)
from fedinet.signing.dates import read_timestamp
from fedinet.signing.digest import strict_b64decode
from fedinet.signing.keys import KeyKind, SigningKey, kind_of, sign
from fedinet.signing.message import Outgoing, SignedMessage
from fedinet.signing.refusals import BadSignature

_LABEL: Final = r"[a-z*][a-z0-9_.*-]{0,63}"
_STRING: Final = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_INPUT: Final = re.compile(rf"({_LABEL})=\(([^()]*)\)((?:;.*)?)")
_COMPONENT: Final = re.compile(r' *"(@?[a-z0-9!#$%&\'*+.^_`|~-]+)"(?= |$)')
_PARAMETER: Final = re.compile(rf"; *([a-z*][a-z0-9_.*-]*)(?:=({_STRING}|-?[0-9]{{1,15}}))?")
_VALUE: Final = re.compile(rf"({_LABEL})=:([A-Za-z0-9+/]*={{0,2}}):")
_DERIVED: Final = frozenset(
    {"@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"}
)
_ALGORITHM: Final = {KeyKind.RSA: "rsa-v1_5-sha256", KeyKind.ED25519: "ed25519"}


def sign_rfc9421(key: SigningKey, request: Outgoing, *, now: datetime) -> dict[str, str]:
    """Make the headers that authenticate ``request``, ``Host`` and ``Content-Digest`` among them.

    Covers what Mastodon 4.5 and Fedify ask for: ``@method``, ``@target-uri``
    and, with a body, ``content-digest``; ``created`` and ``keyid`` are given.
    """
    headers = {"Host": request.authority}
    components = {"@method": request.method, "@target-uri": _absolute(request)}
    if request.sha256 is not None:
        headers["Content-Digest"] = f"sha-256=:{request.sha256}:"
        components["content-digest"] = headers["Content-Digest"]
    for name, value in request.fields:
        headers[name] = components[name.lower()] = value
    covered = " ".join(f'"{name}"' for name in components)
    algorithm = _ALGORITHM[kind_of(key.private)]
    params = f'({covered});created={int(now.timestamp())};keyid="{key.id}";alg="{algorithm}"'
    lines = [f'"{name}": {value}' for name, value in components.items()]
    lines.append(f'"@signature-params": {params}')
    signature = b64encode(sign(key.private, "\n".join(lines).encode())).decode("ascii")
    return headers | {"Signature-Input": f"sig1={params}", "Signature": f"sig1=:{signature}:"}


def read_rfc9421(message: SignedMessage) -> Claim:
    """Read ``Signature-Input`` and ``Signature``, which must hold one signature.

    Raises:
        BadSignature: ``malformed_signature``.
    """
    field, value = message.field("signature-input"), message.field("signature")
    if field is None or value is None or len(field) > MAX_FIELD or len(value) > MAX_FIELD:
        raise BadSignature("malformed_signature", "half a signature, or too long")
    given, signed = _INPUT.fullmatch(field), _VALUE.fullmatch(value)
    if given is None or signed is None or given[1] != signed[1]:
        raise BadSignature("malformed_signature", "not exactly one signature")
    signature = strict_b64decode(signed[2])
    if not signature:
        raise BadSignature("malformed_signature", "no signature value")
    covered = _components(given[2])
    parameters = _parameters(given[3])
    return Claim(
        scheme=Scheme.RFC9421,
        key_id=KeyUri(_text_parameter(parameters, "keyid") or ""),
        covered=covered,
        signature=signature,
        algorithm=_text_parameter(parameters, "alg"),
        created=_timestamp(parameters, "created"),
        expires=_timestamp(parameters, "expires"),
        params=_serialised(covered, parameters),
    )


def rfc9421_gap(message: SignedMessage, claim: Claim) -> str | None:
    """Name what the signature leaves open, as a reason word; None when it covers enough."""
    covered = frozenset(claim.covered)
    whole_target = "@path" in covered and ("@query" in covered or "?" not in message.target)
    if "@method" not in covered or not (
        whole_target or covered & {"@target-uri", "@request-target"}
    ):
        return "target_not_signed"
    if not covered & {"@target-uri", "@authority", "host"}:
        return "host_not_signed"
    if claim.created is None and "date" not in covered:
        return "date_not_signed"
    if message.needs_digest and "content-digest" not in covered:
        return "digest_not_signed"
    return None


def fits_rfc9421(claim: Claim, kind: KeyKind) -> bool:
    """Tell whether the algorithm that the sender names, if any, is the key's own."""
    return claim.algorithm is None or claim.algorithm == _ALGORITHM[kind]


def rfc9421_text(message: SignedMessage, claim: Claim) -> bytes:
    """Build the signature base of section 2.5, with our own authority and scheme."""
    lines = [f'"{name}": {_component(message, name)}' for name in claim.covered]
    lines.append(f'"@signature-params": {claim.params}')
    return signed_bytes(lines)


def _component(message: SignedMessage, name: str) -> str:
    path, _, query = message.target.partition("?")
    match name:
        case "@method":
            return message.method
        case "@target-uri":
            return f"{message.scheme}://{message.authority}{message.target}"
        case "@authority":
            return message.authority
        case "@scheme":
            return message.scheme
        case "@request-target":
            return message.target
        case "@path":
            return path or "/"
        case "@query":
            return f"?{query}"
        case _:
            return covered_field(message, name)


def _components(inner: str) -> tuple[str, ...]:
    names: list[str] = []
    position = 0
    inner = inner.rstrip(" ")
    while position < len(inner):
        match = _COMPONENT.match(inner, position)
        if match is None or match[1] in names or len(names) == MAX_COVERED:
            raise BadSignature("malformed_signature", f"at {inner[position : position + 40]!r}")
        names.append(match[1])
        position = match.end()
    if any(name.startswith("@") and name not in _DERIVED for name in names):
        raise BadSignature("malformed_signature", "covers a component that we do not know")
    return tuple(names)


def _parameters(text: str) -> dict[str, str | None]:
    """Split ``;key=value``; values stay as written, None for a bare key."""
    parameters: dict[str, str | None] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None or match[1] in parameters:
            raise BadSignature("malformed_signature", f"at {text[position : position + 40]!r}")
        parameters[match[1]] = match[2]
        position = match.end()
    return parameters


def _serialised(covered: tuple[str, ...], parameters: dict[str, str | None]) -> str:
    inner = " ".join(f'"{name}"' for name in covered)
    tail = "".join(f";{key}" if raw is None else f";{key}={raw}" for key, raw in parameters.items())
    return f"({inner}){tail}"


def _text_parameter(parameters: dict[str, str | None], name: str) -> str | None:
    raw = parameters.get(name)
    if name not in parameters:
        return None
    if raw is None or not raw.startswith('"'):
        raise BadSignature("malformed_signature", f"{name} is no text")
    return raw[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _timestamp(parameters: dict[str, str | None], name: str) -> datetime | None:
    if name not in parameters:
        return None
    moment = read_timestamp(parameters[name] or "")
    if moment is None:
        raise BadSignature("malformed_signature", f"{name} is no time")
    return moment


def _absolute(request: Outgoing) -> str:
    scheme = request.url.partition("://")[0].lower()
    return f"{scheme}://{request.authority}{request.target}"

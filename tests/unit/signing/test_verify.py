"""Who gets in, and the reason word of everybody who does not."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.kernel.ids import KeyUri
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.keys import SigningKey, generate_rsa, public_of, read_public_pem, sign
from fedinet.signing.message import Outgoing, SignedMessage, headers_of, sha256_of
from fedinet.signing.refusals import REASONS, BadSignature
from fedinet.signing.rfc9421 import sign_rfc9421
from fedinet.signing.verify import check, check_claim, read_claim

SIGNERS = [pytest.param(sign_cavage, id="cavage"), pytest.param(sign_rfc9421, id="rfc9421")]
ALL_CAVAGE = "(request-target) host date digest"


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("kind", ["rsa_key", "ed25519_key"])
@pytest.mark.parametrize("direction", ["post", "get"])
def test_what_we_sign_verifies(
    signer: Any, kind: str, direction: str, request: Any, receive: Any, now: datetime, body: bytes
) -> None:
    key: SigningKey = request.getfixturevalue(kind)
    outgoing: Outgoing = request.getfixturevalue(direction)
    sent = body if direction == "post" else b""

    message = receive(outgoing, signer(key, outgoing, now=now), sent)

    claim = read_claim(message)
    assert claim.key_id == key.id
    check_claim(message, claim, now=now)
    check(message, claim, public_of(key.private), now=now)


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize(
    ("age", "reason"),
    [
        pytest.param(timedelta(hours=11, minutes=59), None, id="within 12 hours"),
        pytest.param(timedelta(hours=12, seconds=1), "too_old", id="older than 12 hours"),
        pytest.param(timedelta(minutes=-59), None, id="their clock is a little ahead"),
        pytest.param(timedelta(hours=-1, seconds=-1), "from_the_future", id="an hour ahead"),
    ],
)
def test_the_clock_window(
    signer: Any,
    age: timedelta,
    reason: str | None,
    rsa_key: SigningKey,
    post: Outgoing,
    receive: Any,
    now: datetime,
    body: bytes,
) -> None:
    message = receive(post, signer(rsa_key, post, now=now - age), body)

    assert refusal(message, rsa_key, now) == reason


@pytest.mark.parametrize("signer", SIGNERS)
def test_another_key_does_not_open(
    signer: Any, rsa_key: SigningKey, post: Outgoing, receive: Any, now: datetime, body: bytes
) -> None:
    message = receive(post, signer(rsa_key, post, now=now), body)

    assert refusal(message, SigningKey(rsa_key.id, generate_rsa()), now) == "wrong_key"


@pytest.mark.parametrize("signer", SIGNERS)
def test_a_changed_body_is_a_digest_mismatch(
    signer: Any, rsa_key: SigningKey, post: Outgoing, receive: Any, now: datetime, body: bytes
) -> None:
    message = receive(post, signer(rsa_key, post, now=now), body + b" ")

    assert refusal(message, rsa_key, now) == "digest_mismatch"


@pytest.mark.parametrize("signer", SIGNERS)
def test_a_changed_body_with_a_new_digest_is_not_what_was_signed(
    signer: Any, rsa_key: SigningKey, post: Outgoing, receive: Any, now: datetime
) -> None:
    forged = b"{}"
    headers = signer(rsa_key, post, now=now)
    name = "Digest" if "Digest" in headers else "Content-Digest"
    headers[name] = headers[name].replace(post.sha256 or "", sha256_of(forged))

    assert refusal(receive(post, headers, forged), rsa_key, now) == "wrong_key"


@pytest.mark.parametrize("signer", SIGNERS)
def test_a_request_for_another_host_is_no_use_here(
    signer: Any, rsa_key: SigningKey, receive: Any, now: datetime, body: bytes
) -> None:
    elsewhere = Outgoing("POST", "https://c.example/inbox", sha256_of(body))
    headers = signer(rsa_key, elsewhere, now=now)

    as_it_was = receive(elsewhere, headers, body)
    with_our_name = receive(elsewhere, headers | {"Host": "b.example"}, body)

    assert refusal(as_it_was, rsa_key, now) == "wrong_host"
    assert refusal(with_our_name, rsa_key, now) == "wrong_key"


@pytest.mark.parametrize("signer", SIGNERS)
def test_a_proxy_may_rewrite_the_host_header(
    signer: Any, rsa_key: SigningKey, post: Outgoing, receive: Any, now: datetime, body: bytes
) -> None:
    headers = signer(rsa_key, post, now=now) | {"Host": "127.0.0.1:9000"}

    assert refusal(receive(post, headers, body), rsa_key, now) is None


@pytest.mark.parametrize("spelling", ["B.example", "b.example:443", "b.example"])
def test_our_host_may_be_spelled_as_the_peer_likes(
    spelling: str, rsa_key: SigningKey, post: Outgoing, now: datetime, body: bytes
) -> None:
    message = given_cavage(rsa_key, post, body, now, ALL_CAVAGE, host=spelling)

    assert refusal(message, rsa_key, now) is None


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("signer", SIGNERS)
def test_the_method_is_signed(
    method: str,
    signer: Any,
    rsa_key: SigningKey,
    post: Outgoing,
    receive: Any,
    now: datetime,
    body: bytes,
) -> None:
    message = receive(post, signer(rsa_key, post, now=now), body)

    assert refusal(replace(message, method=method), rsa_key, now) == "wrong_key"


@pytest.mark.parametrize("signer", SIGNERS)
def test_the_path_is_signed(
    signer: Any, rsa_key: SigningKey, post: Outgoing, receive: Any, now: datetime, body: bytes
) -> None:
    message = receive(post, signer(rsa_key, post, now=now), body)

    assert refusal(replace(message, target="/users/bo/inbox"), rsa_key, now) == "wrong_key"


@pytest.mark.parametrize(
    ("covered", "reason"),
    [
        pytest.param("(request-target) host date digest", None, id="enough"),
        pytest.param("(request-target) host date", "digest_not_signed", id="no digest"),
        pytest.param("(request-target) host digest", "date_not_signed", id="no date"),
        pytest.param("(request-target) date digest", "host_not_signed", id="no host"),
        pytest.param("host date digest", "target_not_signed", id="no target"),
        pytest.param("date", "target_not_signed", id="the default of old"),
    ],
)
def test_a_cavage_signature_has_to_cover_enough(
    covered: str,
    reason: str | None,
    rsa_key: SigningKey,
    post: Outgoing,
    now: datetime,
    body: bytes,
) -> None:
    message = given_cavage(rsa_key, post, body, now, covered)

    assert refusal(message, rsa_key, now) == reason


@pytest.mark.parametrize(
    ("covered", "reason"),
    [
        pytest.param('"@method" "@target-uri" "content-digest"', None, id="enough"),
        pytest.param('"@method" "@request-target" "@authority" "content-digest"', None, id="split"),
        pytest.param(
            '"@method" "@scheme" "@path" "@query" "host" "content-digest"', None, id="by parts"
        ),
        pytest.param(
            '"@method" "@path" "host" "content-digest"', "target_not_signed", id="no query"
        ),
        pytest.param('"@target-uri" "content-digest"', "target_not_signed", id="no method"),
        pytest.param(
            '"@method" "@request-target" "content-digest"', "host_not_signed", id="no host"
        ),
        pytest.param('"@method" "@target-uri"', "digest_not_signed", id="no digest"),
        pytest.param("", "target_not_signed", id="nothing"),
    ],
)
def test_an_rfc9421_signature_has_to_cover_enough(
    covered: str,
    reason: str | None,
    rsa_key: SigningKey,
    post: Outgoing,
    now: datetime,
    body: bytes,
) -> None:
    message = given_rfc9421(rsa_key, post, body, covered, f";created={int(now.timestamp())}")

    assert refusal(message, rsa_key, now) == reason


def test_an_rfc9421_signature_without_a_time_is_refused(
    rsa_key: SigningKey, post: Outgoing, now: datetime, body: bytes
) -> None:
    message = given_rfc9421(rsa_key, post, body, '"@method" "@target-uri" "content-digest"', "")

    assert refusal(message, rsa_key, now) == "date_not_signed"


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize(("lifetime_s", "reason"), [(60, None), (-1, "expired")])
def test_expires_is_honoured(
    scheme: str,
    lifetime_s: int,
    reason: str | None,
    rsa_key: SigningKey,
    post: Outgoing,
    now: datetime,
    body: bytes,
) -> None:
    created = int(now.timestamp()) - 300
    expires = int(now.timestamp()) + lifetime_s
    if scheme == "cavage":
        message = given_cavage(
            rsa_key, post, body, now, "(request-target) (created) (expires) host digest",
            parameters=f',algorithm="hs2019",created={created},expires={expires}',
        )  # fmt: skip
    else:
        covered = '"@method" "@target-uri" "content-digest"'
        message = given_rfc9421(
            rsa_key, post, body, covered, f";created={created};expires={expires}"
        )

    assert refusal(message, rsa_key, now) == reason


def test_an_unsigned_created_does_not_stand_in_for_a_date(
    rsa_key: SigningKey, post: Outgoing, now: datetime, body: bytes
) -> None:
    message = given_cavage(
        rsa_key, post, body, now, "(request-target) host digest",
        parameters=f',algorithm="hs2019",created={int(now.timestamp())}',
    )  # fmt: skip

    assert refusal(message, rsa_key, now) == "date_not_signed"


def test_an_old_date_is_not_rejuvenated_by_created(
    rsa_key: SigningKey, post: Outgoing, now: datetime, body: bytes
) -> None:
    message = given_cavage(
        rsa_key, post, body, now - timedelta(days=400),
        "(request-target) (created) host date digest",
        parameters=f',algorithm="hs2019",created={int(now.timestamp())}',
    )  # fmt: skip

    assert refusal(message, rsa_key, now) == "too_old"


@pytest.mark.parametrize(
    "algorithm", ["hmac-sha256", "rsa-sha1", "rsa-sha512", "ed25519", "none", "rsa-pss-sha512"]
)
@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
def test_the_algorithm_is_the_keys_and_no_other(
    algorithm: str, scheme: str, rsa_key: SigningKey, post: Outgoing, now: datetime, body: bytes
) -> None:
    if scheme == "cavage":
        message = given_cavage(
            rsa_key, post, body, now, ALL_CAVAGE, parameters=f',algorithm="{algorithm}"'
        )
    else:
        tail = f';created={int(now.timestamp())};alg="{algorithm}"'
        covered = '"@method" "@target-uri" "content-digest"'
        message = given_rfc9421(rsa_key, post, body, covered, tail)

    assert refusal(message, rsa_key, now) == "algorithm_mismatch"


@pytest.mark.parametrize(
    "algorithm", ["", ',algorithm="rsa-sha256"', ',algorithm="hs2019"', ',algorithm="RSA-SHA256"']
)
def test_the_usual_names_of_rsa_are_understood(
    algorithm: str, rsa_key: SigningKey, post: Outgoing, now: datetime, body: bytes
) -> None:
    message = given_cavage(rsa_key, post, body, now, ALL_CAVAGE, parameters=algorithm)

    assert refusal(message, rsa_key, now) is None


def test_the_query_may_be_left_out_as_old_mastodons_do(
    rsa_key: SigningKey, get: Outgoing, receive: Any, now: datetime
) -> None:
    with_it = receive(get, sign_cavage(rsa_key, get, now=now))
    without = receive(get, sign_cavage(rsa_key, get, now=now, with_query=False))

    assert refusal(with_it, rsa_key, now) is None
    assert refusal(without, rsa_key, now) is None
    assert refusal(replace(with_it, target="/users/bo/outbox?page=2"), rsa_key, now) == "wrong_key"


def test_a_get_with_a_body_needs_a_digest(
    rsa_key: SigningKey, get: Outgoing, receive: Any, now: datetime
) -> None:
    message = receive(get, sign_cavage(rsa_key, get, now=now), b"smuggled")

    assert refusal(message, rsa_key, now) == "digest_not_signed"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({"Date": "yesterday"}, "malformed_signature", id="a date that is none"),
        pytest.param({"Date": None}, "malformed_signature", id="a covered header that is missing"),
        pytest.param({"X-Odd": "a\r\ndate: x"}, "malformed_signature", id="a line smuggled in"),
        pytest.param({"X-Odd": "\ud83d"}, "malformed_signature", id="a header that is not text"),
        pytest.param({"X-Odd": "b"}, "wrong_key", id="a covered header changed"),
        pytest.param({"X-Odd": None}, "malformed_signature", id="another that is missing"),
        pytest.param({"X-Odd": "b", "Host": None}, "wrong_key", id="no host to blame"),
        pytest.param({"Host": None}, None, id="no host header, as HTTP/2 proxies have it"),
    ],
)
def test_covered_headers(
    headers: dict[str, str | None],
    reason: str | None,
    rsa_key: SigningKey,
    get: Outgoing,
    now: datetime,
) -> None:
    message = given_cavage(
        rsa_key, get, b"", now, "(request-target) host date x-odd", more={"X-Odd": "a"}
    )
    received = dict(message.headers)
    for name, value in headers.items():
        received.pop(name.lower())
        if value is not None:
            received[name.lower()] = (value,)

    assert refusal(replace(message, headers=received), rsa_key, now) == reason


def test_several_lines_of_a_header_are_signed_as_one(
    rsa_key: SigningKey, get: Outgoing, now: datetime
) -> None:
    message = given_cavage(
        rsa_key, get, b"", now, "(request-target) host date accept", more={"Accept": "a/b, c/d"}
    )
    lines = {**message.headers, "accept": (" a/b ", "c/d")}

    assert refusal(replace(message, headers=lines), rsa_key, now) is None


def test_bytes_beyond_ascii_verify_as_they_were_sent(
    rsa_key: SigningKey, get: Outgoing, now: datetime
) -> None:
    as_aiohttp_reads_them = b"gr\xfc\xdfe".decode("utf-8", "surrogateescape")
    message = given_cavage(
        rsa_key,
        get,
        b"",
        now,
        "(request-target) host date x-odd",
        more={"X-Odd": as_aiohttp_reads_them},
    )

    assert refusal(message, rsa_key, now) is None


def test_every_reason_says_something_to_the_other_server() -> None:
    for reason in REASONS:
        error = BadSignature(reason, "key https://a.example/secret")
        assert error.reason == reason
        assert error.status == 401
        assert "secret" not in error.public


FEDIFY_VERDICTS = (
    [None] * 8
    + ["no_signature"] * 4
    + ["digest_mismatch", "too_old", "unknown_key", "digest_mismatch", "too_old", "unknown_key"]
    + [None]  # a good signature of somebody who is not the actor: for the inbox to notice
)


@pytest.mark.parametrize("number", range(len(FEDIFY_VERDICTS)))
def test_what_fedify_sent(number: int, vectors: Callable[[str], Any]) -> None:
    recorded = vectors("fedify_wire")
    known = recorded["actor_fay"]["publicKey"]
    wire = recorded["forced"][number]
    message = SignedMessage(
        method=wire["method"],
        target="/users/ben/inbox",
        authority="127.0.0.1:8102",
        scheme="http",
        headers=headers_of(wire["headers"].items()),
        body=wire["body"].encode(),
    )
    at = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)

    try:
        claim = read_claim(message)
        check(message, claim, read_public_pem(known["publicKeyPem"]), now=at)
        verdict = None if claim.key_id == known["id"] else "unknown_key"
    except BadSignature as refused:
        verdict = refused.reason

    assert verdict == FEDIFY_VERDICTS[number]


def refusal(message: SignedMessage, key: SigningKey, now: datetime) -> str | None:
    """The reason word, or None where the message is let in."""
    try:
        check(message, read_claim(message), public_of(key.private), now=now)
    except BadSignature as refused:
        return refused.reason
    return None


def given_cavage(
    key: SigningKey,
    request: Outgoing,
    body: bytes,
    date: datetime,
    covered: str,
    *,
    parameters: str = "",
    host: str = "b.example",
    more: dict[str, str] | None = None,
) -> SignedMessage:
    """Sign any set of headers, as peers less careful than us do."""
    headers = sign_cavage(key, request, now=date) | {"Host": host} | (more or {})
    numbers = dict(re.findall(r"(created|expires)=(\d+)", parameters))
    known = {name.lower(): value for name, value in headers.items()}
    known["(request-target)"] = f"{request.method.lower()} {request.target}"
    known |= {f"({name})": value for name, value in numbers.items()}
    text = "\n".join(f"{name}: {known[name]}" for name in covered.split(" "))
    signed = text.encode("utf-8", "surrogateescape")
    signature = b64encode(sign(key.private, signed)).decode()
    headers["Signature"] = (
        f'keyId="{key.id}"{parameters},headers="{covered}",signature="{signature}"'
    )
    return SignedMessage(
        method=request.method,
        target=request.target,
        authority="b.example",
        scheme="https",
        headers=headers_of(headers.items()),
        body=body,
    )


def given_rfc9421(
    key: SigningKey, request: Outgoing, body: bytes, covered: str, tail: str
) -> SignedMessage:
    path, _, query = request.target.partition("?")
    known = {
        "@method": request.method,
        "@target-uri": request.url,
        "@authority": "b.example",
        "@scheme": "https",
        "@request-target": request.target,
        "@path": path,
        "@query": f"?{query}",
        "host": "b.example",
        "content-digest": f"sha-256=:{sha256_of(body)}:",
    }
    params = f'({covered}){tail};keyid="{KeyUri(key.id)}"'
    names = [name.strip('"') for name in covered.split()]
    lines = [f'"{name}": {known[name]}' for name in names] + [f'"@signature-params": {params}']
    signature = b64encode(sign(key.private, "\n".join(lines).encode())).decode()
    headers = {
        "Host": "b.example",
        "Content-Digest": known["content-digest"],
        "Signature-Input": f"sig1={params}",
        "Signature": f"sig1=:{signature}:",
    }
    return SignedMessage(
        method=request.method,
        target=request.target,
        authority="b.example",
        scheme="https",
        headers=headers_of(headers.items()),
        body=body,
    )

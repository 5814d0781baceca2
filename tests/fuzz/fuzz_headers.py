"""Signature headers -> a claim or a refusal, and never a signature that holds. By ``make fuzz``."""

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["fedinet"], enable_loader_override=False):
    from fedinet.kernel.errors import FedinetError
    from fedinet.signing.digest import content_digest_matches, legacy_digest_matches
    from fedinet.signing.keys import generate_rsa, public_of
    from fedinet.signing.message import SignedMessage
    from fedinet.signing.verify import check, check_claim, read_claim
    from fedinet.vocab.synchronisation import read_synchronisation

KEY = public_of(generate_rsa())
NOW = datetime(2026, 8, 1, tzinfo=UTC)
NAMES = ("signature", "signature-input", "date", "digest", "content-digest", "host")


def try_one(data: bytes) -> None:
    fields = data.decode("latin-1").split("\n")
    headers = {name: (value,) for name, value in zip(NAMES, fields, strict=False) if value}
    message = SignedMessage(
        method="POST", target="/inbox", authority="a.example", scheme="https", headers=headers,
        body=b"{}",
    )  # fmt: skip
    for field in fields[:2]:
        legacy_digest_matches(field, b"{}")
        content_digest_matches(field, b"{}")
        try:
            read_synchronisation(field)
        except FedinetError:
            continue
    try:
        claim = read_claim(message)
        check_claim(message, claim, now=NOW)
        check(message, claim, KEY, now=NOW)
    except FedinetError:
        return
    raise AssertionError("a signature by nobody holds")


atheris.Setup(sys.argv, try_one)
atheris.Fuzz()

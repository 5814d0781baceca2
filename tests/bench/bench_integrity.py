"""What proofs cost: one for each public post that is sent, one for each that others pass on.

Promised (exit code 1 when it is broken): making or checking an integrity proof costs
at most twice what it cannot do without, which is canonical JSON of document
and proof, two SHA-256 and one Ed25519 operation. CPU of one thread, medians of
rounds, A and B interleaved. Beside it, without a promise, what an RSA signature of
one delivery costs, and a linked-data signature: making one is what we decided
against (docs/decisions/0009), checking one is done for what Mastodon passes on.
"""

import sys
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[2]))
import msgspec
import rfc8785

from fedinet.kernel.ids import KeyUri
from fedinet.signing.integrity import proven, read_proofs, with_proof
from fedinet.signing.keys import SigningKey, generate_ed25519, generate_rsa, public_of, sign
from fedinet.vocab.json import decode
from fedinet.vocab.linked_data import read_signature, signed_graph
from fedinet.vocab.normalise import normalise

MOST_RATIO = 2.0
ROUNDS = 15
PER_ROUND = 100
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
VECTORS = Path(__file__).parents[1] / "vectors"
WIRE = Path(__file__).parents[1] / "wire" / "mastodon"


def main() -> int:
    key = SigningKey(KeyUri("https://a.example/users/ada#ed25519-key"), generate_ed25519())
    public, rsa = public_of(key.private), generate_rsa()
    activity = a_post()
    signed = with_proof(activity, key, now=NOW)
    body = msgspec.json.encode(signed)
    (proof,) = read_proofs(signed, now=NOW)
    text = sha256(b"a").digest() + sha256(b"b").digest()

    def bare() -> None:
        rfc8785.dumps(dict(proof.options))
        sha256(rfc8785.dumps(dict(activity))).digest()

    linked = msgspec.json.decode((VECTORS / "rsasignature2017_smithereen.json").read_bytes())
    create = linked["mastodon_signed_create.json"]
    signature = read_signature(create, now=NOW)
    assert signature is not None
    work: Mapping[str, Callable[[], object]] = {
        "make": lambda: msgspec.json.encode(with_proof(activity, key, now=NOW)),
        "make, at least": lambda: (bare(), sign(key.private, text)),
        "check": lambda: normalise(
            proven(decoded := decode(body), read_proofs(decoded, now=NOW)[0], public) or {}
        ),
        "check, at least": lambda: (bare(), public.verifies(proof.value, text)),
        "RSA for one delivery": lambda: sign(rsa, text),
        "linked-data, check": lambda: (signed_graph(create, signature), b64decode(signature.value)),
    }
    for act in work.values():
        act()
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, act in work.items():
            count = PER_ROUND // 10 if "linked" in name else PER_ROUND
            begun = process_time()
            for _ in range(count):
                act()
            spent[name].append((process_time() - begun) / count)
    return report({name: median(times) * 1e6 for name, times in spent.items()}, len(body))


def a_post() -> Mapping[str, object]:
    """The Create of a post as Mastodon 4.5 sends it, without its signature: 2 to 3 KB."""
    largest = max(WIRE.glob("create*.json"), key=lambda path: path.stat().st_size)
    return {k: v for k, v in decode(largest.read_bytes()).items() if k != "signature"}


def report(micros: Mapping[str, float], size: int) -> int:
    print(f"Create of {size} bytes; microseconds of CPU each, and how many in a second")
    for name, each in micros.items():
        print(f"  {name:<22} {each:>8.0f} {1e6 / each:>10.0f}/s")
    ratios = {act: micros[act] / micros[f"{act}, at least"] for act in ("make", "check")}
    for act, ratio in ratios.items():
        print(f"  {act}: {ratio:.2f} times what it cannot do without (promised: {MOST_RATIO})")
    return 0 if max(ratios.values()) <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())

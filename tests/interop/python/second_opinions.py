"""What a library of others says of integrity proofs, and proofs that two of them made.

Standard input: ``{"controller", "multibase", "documents"}``. Standard output: the verdicts
of apsig on each document, and the first one signed by apsig and by bovine, with their key.
bovine 0.5.19 gives no verdict on proofs with a context: it hashes that under a wrong name.
"""

import copy
import json
import sys
from datetime import UTC, datetime

from apsig import ProofSigner, ProofVerifier
from bovine.crypto.types import CryptographicSecret
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from multiformats import multibase, multicodec


def apsig(document: dict, key: str) -> bool:
    try:
        return bool(ProofVerifier(key).verify(copy.deepcopy(document)))
    except Exception:
        return False


asked = json.load(sys.stdin)
controller, key = asked["controller"], asked["multibase"]
private = Ed25519PrivateKey.generate()
options = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "proofPurpose": "assertionMethod",
    "verificationMethod": f"{controller}#ed25519-key",
    "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
}
bare = {key: value for key, value in asked["documents"][0].items() if key != "proof"}
public = multicodec.wrap("ed25519-pub", private.public_key().public_bytes_raw())
signed = [
    ProofSigner(private).sign(bare, options),
    CryptographicSecret(options["verificationMethod"], private).sign_document(bare),
]
json.dump(
    {
        "verdicts": [apsig(one, key) for one in asked["documents"]],
        "signed": signed,
        "key": multibase.encode(public, "base58btc"),
    },
    sys.stdout,
)

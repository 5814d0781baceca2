"""RSA keys for tests: a few are made in each process and handed out in turn.

Making one takes 50 ms, and the tests make a thousand people and nodes. Within one
test all have different keys; whose key is whose is checked by the Ed25519 ones, too,
which are always new.
"""

from itertools import count
from typing import Final

from fedinet.signing.keys import PrivateKey, generate_rsa

_MOST: Final = 24
"""More than any test makes actors whose keys must differ."""
_made: list[PrivateKey] = []
_turn = count()


def next_rsa() -> PrivateKey:
    """A key that none of the last 23 calls has given."""
    turn = next(_turn)
    if turn < _MOST:
        _made.append(generate_rsa())
        return _made[-1]
    return _made[turn % len(_made)]

"""How a row of ``polls`` becomes a ``Poll``; for reads of posts too."""

import msgspec

from fedinet.polls.model import Poll

_decode = msgspec.json.Decoder(Poll).decode


def poll_of(stored: str) -> Poll:
    """Map what ``to_jsonb(polls)`` gave."""
    return _decode(stored)

"""What apps call those who may quote a post. Pure."""

from collections.abc import Mapping
from typing import Final

from fedinet.audiences.model import QuotePolicy

QUOTE_POLICY_WORDS: Final[Mapping[QuotePolicy, str]] = {
    QuotePolicy.EVERYONE: "public",
    QuotePolicy.FOLLOWERS: "followers",
    QuotePolicy.NOBODY: "nobody",
}
"""What a member may choose."""


def read_quote_policy(word: str) -> QuotePolicy | None:
    """Read an app's word; None for any other."""
    return next((policy for policy, known in QUOTE_POLICY_WORDS.items() if known == word), None)

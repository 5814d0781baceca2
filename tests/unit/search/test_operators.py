"""Which words of a search say where to look."""

from datetime import UTC, datetime

import pytest

from fedinet.search.operators import Author, Where, read_where

DAY = datetime(2026, 2, 28, tzinfo=UTC)
NEXT = datetime(2026, 3, 1, tzinfo=UTC)


def _set(*words: str) -> frozenset[str]:
    return frozenset(words)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("rye bread", Where(words="rye bread")),
        ('"from:ada bread" -rye', Where(words='"from:ada bread" -rye')),
        ("from:ada rye", Where(words="rye", author=Author("ada"))),
        ("from:@Ada@B.example", Where(author=Author("Ada", "b.example"))),
        ("-from:me x", Where(words="x", not_author=Author("me"))),
        (
            "has:image has:embed -has:poll",
            Where(traits=_set("image", "link"), not_traits=_set("poll")),
        ),
        ("is:reply -is:sensitive", Where(traits=_set("reply"), not_traits=_set("sensitive"))),
        ("language:NL -language:en-GB", Where(language="nl", not_language="en-gb")),
        ("before:2026-02-28", Where(until=DAY)),
        ("after:2026-02-28", Where(since=NEXT)),
        ("during:2026-02-28", Where(since=DAY, until=NEXT)),
        ("in:library", Where(place="library")),
        # What means nothing is a word like others.
        ("has:wings", Where(words="has:wings")),
        ("before:yesterday after:9999-12-31", Where(words="before:yesterday after:9999-12-31")),
        ("-in:library -before:2026-02-28", Where(words="-in:library -before:2026-02-28")),
        ("from:<script> from:", Where(words="from:<script> from:")),
        ("", Where()),
    ],
)
def test_operators_are_taken_out_of_the_words(text: str, where: Where) -> None:
    assert read_where(text) == where

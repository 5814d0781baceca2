"""What went wrong is kept in the words it came with, as far as PostgreSQL can hold them."""

import pytest

from fedinet.db.text import MAX_REASON, storable_reason


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        pytest.param("ValueError: no", "ValueError: no", id="ordinary"),
        pytest.param("a\0b", "ab", id="NUL"),
        pytest.param("a\ud83db", "a?b", id="half of a surrogate pair"),
        pytest.param("\ud83d" * 2, "??", id="two halves"),
        pytest.param("é🌻", "é🌻", id="beyond ASCII"),
        pytest.param("x" * 9999, "x" * MAX_REASON, id="long"),
    ],
)
def test_a_reason_can_be_stored(reason: str, kept: str) -> None:
    assert storable_reason(reason) == kept
    assert storable_reason(reason).encode()

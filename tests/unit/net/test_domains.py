"""Which names stand for more than one owner."""

import pytest

from fedinet.kernel.ids import Domain
from fedinet.net.domains import is_suffix


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("com", True),
        ("example", True),
        ("co.uk", True),
        ("loud.example", False),
        ("loud.co.uk", False),
        ("github.io", False),
        ("10.0.0.1", False),
        ("localhost:8131", False),
        ("[::1]", False),
    ],
)
def test_a_suffix_is_what_names_are_registered_under(name: str, *, expected: bool) -> None:
    assert is_suffix(Domain(name)) is expected

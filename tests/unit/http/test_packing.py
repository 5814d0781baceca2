"""Who takes gzip, by the header that says so (RFC 9110 section 12.5.3)."""

import pytest
from aiohttp.test_utils import make_mocked_request

from fedinet.http.packing import unpacks


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("deflate, gzip; q=0", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("x-notgzip", False),
        ("", False),
    ],
)
def test_only_who_says_so_is_sent_gzip(header: str, takes: bool) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept-Encoding": header})
    assert unpacks(request) is takes

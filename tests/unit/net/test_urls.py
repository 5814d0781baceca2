"""URLs in the form that is signed and sent."""

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.net.urls import next_hop, wire_url


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        pytest.param("https://b.example", "https://b.example/", id="empty path"),
        pytest.param("https://B.Example.:443/x#main-key", "https://b.example/x", id="one host"),
        pytest.param("https://b.example:8443/x?", "https://b.example:8443/x", id="empty query"),
        pytest.param("https://b.example/@a%40c/%7Ex?q=%40", None, id="escapes stay"),
        pytest.param("https://b.example/a/../b//c", None, id="dots stay"),
        pytest.param("https://b.example/åsa?q=ö", "https://b.example/%C3%A5sa?q=%C3%B6", id="utf8"),
        pytest.param("https://bücher.example/", "https://xn--bcher-kva.example/", id="IDNA"),
        pytest.param("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/", id="unicode digits"),
        pytest.param("http://[::1]:80/", "http://[::1]/", id="IPv6"),
    ],
)
def test_a_url_has_one_spelling_on_the_wire(url: str, wire: str | None) -> None:
    assert str(wire_url(url)) == (wire or url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "ftp://b.example/",
        "file:///etc/passwd",
        "https://user@b.example/",
        "https://good.example\\@b.example/",
        "https://b.example/\r\nX: y",
        "https://b.example:99999/",
        "https:///x",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        wire_url(url)


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/there?x=1", "https://b.example/there?x=1"),
        ("https://c.example/y#z", "https://c.example/y"),
        ("//c.example/y", "https://c.example/y"),
        ("?page=2", "https://b.example/x/y?page=2"),
    ],
)
def test_a_redirect_leads_where_browsers_would_go(location: str, to: str) -> None:
    assert str(next_hop(wire_url("https://b.example/x/y"), location)) == to


@pytest.mark.parametrize("location", ["ftp://c.example/", "http://[", "https://a@c.example/"])
def test_a_redirect_to_nowhere_is_refused(location: str) -> None:
    with pytest.raises(Malformed):
        next_hop(wire_url("https://b.example/x/y"), location)

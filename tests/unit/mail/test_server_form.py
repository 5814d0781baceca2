"""What can be a mail server: nothing that sends secrets in the open, or smuggles more in."""

import pytest

from fedinet.kernel.problems import Invalid
from fedinet.mail.server_form import read_server

GOOD = {"host": " smtp.example.org ", "user": "birds", "password": "x y", "sender": ""}


def test_the_usual_port_goes_with_the_encryption() -> None:
    for security, port in (("", 587), ("starttls", 587), ("tls", 465)):
        choice = read_server({**GOOD, "security": security})
        assert (choice.host, choice.port, choice.sender) == ("smtp.example.org", port, None)
    for host in ("127.0.0.1", "::1", "localhost"):
        assert read_server({**GOOD, "host": host, "security": "none", "port": "2525"}).port == 2525
    assert "x y" not in repr(read_server(GOOD))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"host": ""}, "host"), ({"host": "smtp example"}, "host"), ({"host": "a\r\nb"}, "host"),
        ({"host": "smtp.example:25"}, "host"), ({"host": "http://smtp.example/"}, "host"),
        ({"host": "x" * 300 + ".example"}, "host"), ({"port": "0"}, "port"),
        ({"port": "65536"}, "port"), ({"port": "²"}, "port"), ({"port": "9" * 5000}, "port"),
        ({"security": "ssl"}, "security"), ({"security": "none"}, "security"),
        ({"user": "a\r\nb"}, "user"), ({"user": "a" * 255}, "user"),
        ({"password": "a\0"}, "password"), ({"sender": "birds"}, "sender"),
        ({"sender": "a@b.example\nBcc: c@d.example"}, "sender"),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where(given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as told:
        read_server({**GOOD, **given})
    assert [problem.field for problem in told.value.problems] == [field]

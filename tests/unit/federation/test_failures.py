"""Why something did not arrive, in words that say what to do."""

import pytest

from fedinet.federation.failures import WORK, why_not, work
from fedinet.wiring.afterwards import JOBS

AT = "https://certificate.timeout.example/inbox"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("500 {}", "broken there"),
        ("599 ", "broken there"),
        ("503 <b>DNS</b>", "is busy"),
        ("429 Too Many Requests", "is busy"),
        ("401 Verification failed", "whether the clock is right"),
        ("403 {}", "keeps us out"),
        ("404 Not Found", "Nothing is to be done here"),
        ("413 ", "too large"),
        ("422 no", "does not take this message"),
        ("302 ", "points to another address"),
        (f"{AT}: bad certificate: Cannot connect to host x:443", "Its stewards have to renew it"),
        (f"{AT}: ClientConnectorSSLError: Cannot connect to host x", "certificate"),
        (f"{AT}: ClientConnectorDNSError: Cannot connect", "Its name is not found"),
        (f"{AT}: ConnectionTimeoutError: Connection timeout to host", "did not answer in time"),
        (f"{AT}: ServerDisconnectedError: Server disconnected", "hung up"),
        (f"{AT}: ClientConnectorError: Cannot connect to host x ssl:default", "Nobody answers"),
        (f"{AT}: SomethingElse: as never before", "could not be reached"),
        ("a fault of ours, see the log", "on our side"),
        ("", "could not be reached"),
    ],
)
def test_each_class_of_trouble_says_what_to_do(said: str, words: str) -> None:
    assert words in why_not(said)


def test_every_kind_of_our_own_work_has_a_name() -> None:
    assert set(WORK) == set(JOBS)
    assert work("PostPublished") not in WORK.values()

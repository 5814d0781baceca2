"""Page or document, by the Accept header that real readers send."""

import pytest

from fedinet.http.negotiation import prefers_activity

AS2 = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    "accept",
    [
        pytest.param("application/activity+json, application/ld+json", id="Mastodon fetch"),
        pytest.param(f"{AS2}, application/activity+json, text/html;q=0.1", id="Mastodon search"),
        pytest.param("application/activity+json", id="plain"),
        pytest.param("Application/Activity+JSON; charset=utf-8", id="case and parameters"),
        pytest.param("application/json", id="JSON"),
        pytest.param("*/*", id="anything"),
        pytest.param("", id="nothing"),
        pytest.param("text/html;q=0, application/json;q=0.1", id="never a page"),
    ],
)
def test_servers_get_the_document(accept: str) -> None:
    assert prefers_activity(accept)


@pytest.mark.parametrize(
    "accept",
    [
        pytest.param(
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            id="browser",
        ),
        pytest.param("text/html", id="plain"),
        pytest.param("text/html, application/json;q=0.9", id="page first"),
        pytest.param("text/html, application/activity+json;q=nonsense", id="broken weight"),
        pytest.param("text/html," * 10_000, id="endless"),
    ],
)
def test_people_get_the_page(accept: str) -> None:
    assert not prefers_activity(accept)

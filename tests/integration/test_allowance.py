"""Limits of the API, as apps meet them: told in every answer, and 429 beyond."""

import re

from pytest import MonkeyPatch

from fedinet.http import allowance
from tests.integration.apps import Answer, App, given_app
from tests.integration.conftest import StartNode


def told(answer: Answer) -> tuple[int, int, int]:
    """The status, the limit and what is left of it."""
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000000Z", answer.headers["X-RateLimit-Reset"]
    )
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining")
    limit, left = (int(answer.headers[name]) for name in names)
    return answer.status, limit, left


async def test_apps_are_told_what_is_left_and_stopped_beyond(
    start_node: StartNode, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "time", lambda: 1_795_608_010.0)  # no stretch ends meanwhile
    node = await start_node(api_requests=20, web=2)  # uploads and deletions: 2, registrations: 1
    ada, again, visitor = await given_app(node, "ada"), await given_app(node, "bob"), App(node)
    post = await ada.publish()

    # what is rare is counted exactly, whatever the share of a process
    for left in (1, 0, 0):
        answer = await ada.call("DELETE", f"/api/v1/statuses/{post['id']}")
        assert told(answer)[1:] == (2, left)
    assert (answer.status, answer.body) == (429, {"error": "Too many requests"})
    # of half an hour: the third was refused and counts, so that a third of the next is lost too
    assert 1 <= int(answer.headers["Retry-After"]) <= 3001
    form = {"client_name": "A", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    registered = [await visitor.call("POST", "/api/v1/apps", data=form) for _ in range(2)]
    assert [told(answer) for answer in registered] == [(200, 1, 0), (429, 1, 0)]
    uploads = [await ada.call("POST", "/api/v2/media") for _ in range(3)]
    assert [told(answer) for answer in uploads] == [(422, 2, 1), (422, 2, 0), (429, 2, 0)]

    # ten for each token in this process; seven are spent, and other tokens have their own
    for left in (2, 1, 0):
        assert told(await ada.call("GET", "/api/v1/preferences")) == (200, 10, left)
    stopped = await ada.call("GET", "/api/v1/preferences")
    assert told(stopped) == (429, 10, 0)
    assert stopped.headers["Access-Control-Allow-Origin"] == "*"
    assert told(await again.call("GET", "/api/v1/preferences")) == (200, 10, 9)

    # a wrong token is counted like none; pages and documents are not counted
    for guess in range(8):
        assert await App(node, f"guess{guess}").status("GET", "/v1/preferences") == 401
    assert told(await visitor.call("GET", "/api/v1/instance")) == (429, 10, 0)
    asked = {name: registered[0].body[name] for name in ("client_id", "client_secret")}
    asked["grant_type"] = "client_credentials"
    async with node.http.post("/oauth/token", data=asked) as made:  # as many as anybody likes
        alone = App(node, (await made.json())["access_token"])
    assert told(await alone.call("GET", "/api/v1/instance")) == (429, 10, 0)
    async with node.http.get("/about") as page:
        assert page.status == 200 and "X-RateLimit-Limit" not in page.headers

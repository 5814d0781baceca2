"""`fedinet check` asks the account domain as other servers do, and tells what they would see."""

from pathlib import Path

import pytest
from aiohttp import web

from fedinet.cli.findings import Level, look_at_names
from fedinet.settings import Settings, load
from tests.integration.foreign_server import ForeignServer, Handler, foreign_server

WEBFINGER = "/.well-known/webfinger"
DEPLOY = Path(__file__).parents[2] / "deploy" / "account-domain"


def settings_of(tmp_path: Path, community: str, names: ForeignServer) -> Settings:
    given = {"data": str(tmp_path), "origin": community, "account_domain": names.domain}
    return load(given, {})


async def test_the_account_domain_is_asked_whether_it_leads_here(tmp_path: Path) -> None:
    async with foreign_server() as names, foreign_server() as home:
        settings = settings_of(tmp_path, home.origin, names)
        [nothing] = await look_at_names(settings)
        assert nothing.level is Level.PROBLEM and "answers 404" in nothing.text
        assert "Names on another domain" in nothing.todo

        names.answers[WEBFINGER] = lead(home.origin + WEBFINGER)
        link = {"rel": "self", "type": "application/activity+json", "href": f"{home.origin}/actor"}
        home.serve(WEBFINGER, {"subject": f"acct:x@{names.domain}", "links": [link]})
        [found] = await look_at_names(settings)
        assert found.level is Level.FINE, found
        assert home.asked[-1].startswith(f"{WEBFINGER}?resource=acct")

        home.serve(WEBFINGER, {"links": [{**link, "href": f"{names.origin}/actor"}]})
        [elsewhere] = await look_at_names(settings)
        assert f"leads to {names.origin}/actor, not to {home.origin}" in elsewhere.text
        home.serve(WEBFINGER, b"<!doctype html>")
        [page] = await look_at_names(settings)
        assert "is not WebFinger" in page.text
        names.answers[WEBFINGER] = lead(names.origin + WEBFINGER)
        [circle] = await look_at_names(settings)
        assert "redirect to redirect" in circle.text
    [silent] = await look_at_names(settings)
    assert "does not answer" in silent.text
    same = load({"data": str(tmp_path), "origin": "https://our.example"}, {})
    assert await look_at_names(same) == []


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "apache.conf"])
def test_the_examples_redirect_both_paths(name: str) -> None:
    lines = [line for line in (DEPLOY / name).read_text().splitlines() if not line.startswith("#")]
    for path in (WEBFINGER, "/.well-known/host-meta"):
        [line] = [line for line in lines if path in line]
        assert "301" in line and "https://community.example.org" in line


def lead(to: str) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        query = f"?{request.query_string}" if request.query_string else ""
        return web.Response(status=301, headers={"Location": to + query})

    return answer

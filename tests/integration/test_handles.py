"""Handles are bound in both directions, or not at all (TRAPS 23)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from fedinet.actors import keys
from fedinet.actors.remote import ActorSource
from fedinet.db.query import Pool
from fedinet.kernel.errors import RemoteUnavailable
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.net.fetch import Fetcher
from fedinet.node.secrets import SecretBox
from fedinet.posts import mentions
from fedinet.posts.mentions import look_up_mentions
from fedinet.settings import Settings
from tests.integration.foreign_server import ForeignServer, foreign_server

BOX = SecretBox(bytes(32))
HERE = Settings(
    data=Path("unused"),
    origin=origin_of("http://127.0.0.1:9"),
    account_domain=Domain("our.example"),
)


@pytest.fixture
async def source(pool: Pool) -> AsyncIterator[ActorSource]:
    await keys.ensure_node_actor(pool, HERE, BOX)
    async with pool.acquire() as tx, tx.transaction():
        await keys.create_local_actor(
            tx,
            uris=HERE.uris,
            account_domain=HERE.account_domain,
            username="ada",
            kind="Person",
            box=BOX,
        )
    fetcher = Fetcher(user_agent="test", allow_private_networks=(ip_network("127.0.0.0/8"),))
    async with fetcher:
        signer = keys.Signer(pool, HERE.uris, BOX)
        yield ActorSource(pool, fetcher, signer, HERE.uris, HERE.account_domain)


@pytest.fixture
async def peer() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


@pytest.fixture
async def other() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


@pytest.mark.parametrize("written", ["bo@{}", "@bo@{}", "acct:bo@{}", " @BO@{} "])
async def test_a_handle_leads_to_its_actor_however_it_is_written(
    source: ActorSource, peer: ForeignServer, written: str
) -> None:
    uri = peer.actor("bo")
    peer.webfinger(f"BO@{peer.domain}", uri, subject=f"acct:bo@{peer.domain}")
    actor = await source.resolve_handle(written.format(peer.domain))
    assert actor is not None
    assert (actor.uri, actor.full_handle) == (uri, f"bo@{peer.domain}")


async def test_a_known_handle_is_not_asked_for_again(
    source: ActorSource, peer: ForeignServer
) -> None:
    peer.actor("bo")
    await source.resolve_handle(f"bo@{peer.domain}")
    asked = len(peer.asked)
    assert await source.resolve_handle(f"bo@{peer.domain}") is not None
    assert len(peer.asked) == asked


@pytest.mark.parametrize("written", ["ada", "@ada", "ada@our.example", "@Ada@127.0.0.1:9"])
async def test_our_own_handles_are_found_without_a_request(
    source: ActorSource, written: str
) -> None:
    actor = await source.resolve_handle(written)
    assert actor is not None
    assert actor.uri == "http://127.0.0.1:9/users/ada"
    assert await source.resolve_handle("nobody@our.example") is None


async def test_a_split_domain_is_bound_to_the_domain_of_the_accounts(
    source: ActorSource, peer: ForeignServer, other: ForeignServer
) -> None:
    uri = peer.actor("bo")
    for web_or_account, server in ((peer.domain, peer), (other.domain, other)):
        server.webfinger(f"bo@{web_or_account}", uri, subject=f"acct:bo@{other.domain}")

    by_handle = await source.resolve_handle(f"bo@{other.domain}")
    by_uri = await source.get(uri)
    by_web_domain = await source.resolve_handle(f"bo@{peer.domain}")

    assert by_handle == by_uri == by_web_domain
    assert by_uri.full_handle == f"bo@{other.domain}"


async def test_a_claimed_handle_is_asked_for_first(
    source: ActorSource, peer: ForeignServer, other: ForeignServer
) -> None:
    uri = peer.actor("bo", webfinger=f"bo@{other.domain}")
    other.webfinger(f"bo@{other.domain}", uri)
    actor = await source.get(uri)
    assert actor.full_handle == f"bo@{other.domain}"
    assert peer.count("/.well-known/webfinger") == 0


async def test_a_claimed_handle_that_does_not_lead_back_binds_nothing(
    source: ActorSource, peer: ForeignServer, other: ForeignServer
) -> None:
    victim = other.actor("bo")
    uri = peer.actor("bo", webfinger=f"bo@{other.domain}")

    impostor = await source.get(uri)

    assert impostor.handle_checked_at is None
    assert impostor.domain == peer.domain
    found = await source.resolve_handle(f"bo@{other.domain}")
    assert found is not None
    assert found.uri == victim


async def test_a_subject_alone_binds_nothing(
    source: ActorSource, peer: ForeignServer, other: ForeignServer
) -> None:
    other.actor("bo")
    uri = peer.actor("bo")
    peer.webfinger(f"bo@{peer.domain}", uri, subject=f"acct:bo@{other.domain}")
    assert (await source.get(uri)).handle_checked_at is None
    assert await source.resolve_handle(f"bo@{peer.domain}") is None


async def test_a_subject_with_another_name_binds_nothing(
    source: ActorSource, peer: ForeignServer, other: ForeignServer
) -> None:
    uri = peer.actor("bo")
    for server in (peer, other):
        server.webfinger(f"bo@{server.domain}", uri, subject=f"acct:ceo@{other.domain}")
    other.webfinger(f"ceo@{other.domain}", uri)
    assert (await source.get(uri)).handle_checked_at is None


async def test_nobody_elsewhere_gets_a_handle_of_ours(
    source: ActorSource, peer: ForeignServer
) -> None:
    uri = peer.actor("ada", webfinger="ada@our.example")
    impostor = await source.get(uri)
    assert impostor.domain == peer.domain
    found = await source.resolve_handle("ada@our.example")
    assert found is not None
    assert found.is_local


async def test_an_account_that_moved_to_another_id_takes_its_handle_along(
    source: ActorSource, peer: ForeignServer
) -> None:
    old = await source.get(peer.actor("bo"))
    renewed = f"{peer.origin}/ap/users/1"
    peer.serve(
        "/ap/users/1",
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": renewed,
            "type": "Person",
            "preferredUsername": "bo",
            "inbox": f"{renewed}/inbox",
        },
    )
    peer.webfinger(f"bo@{peer.domain}", renewed)

    await source.get(renewed)

    found = await source.resolve_handle(f"bo@{peer.domain}")
    assert found is not None
    assert found.uri == renewed
    assert (await source.get(old.uri)).handle_checked_at is None


async def test_a_server_without_webfinger_is_asked_by_its_host_meta(
    source: ActorSource, peer: ForeignServer
) -> None:
    uri = peer.actor("bo")
    answer = peer.answers.pop(f"/.well-known/webfinger?resource=acct:bo@{peer.domain}")
    peer.answers[f"/wf?q=acct:bo@{peer.domain}"] = answer
    peer.serve(
        "/.well-known/host-meta",
        b'<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        + f'<Link rel="lrdd" template="{peer.origin}/wf?q={{uri}}"/></XRD>'.encode(),
        content_type="application/xrd+xml",
    )
    assert (await source.get(uri)).handle_checked_at is not None


async def test_nobody_of_that_name_is_remembered_for_a_while(
    source: ActorSource, peer: ForeignServer
) -> None:
    assert await source.resolve_handle(f"nobody@{peer.domain}") is None
    asked = len(peer.asked)
    assert await source.resolve_handle(f"NOBODY@{peer.domain}") is None
    assert len(peer.asked) == asked


async def test_dead_answers_go_with_new_ones(
    source: ActorSource, peer: ForeignServer, pool: Pool
) -> None:
    await source.resolve_handle(f"nobody@{peer.domain}")
    await pool.execute("UPDATE handle_lookups SET checked_at = now() - interval '1 hour'")
    await source.resolve_handle(f"nobody.else@{peer.domain}")
    remembered = await pool.fetch("SELECT handle FROM handle_lookups")
    assert [row["handle"] for row in remembered] == [f"nobody.else@{peer.domain}"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_server_in_trouble_is_not_taken_for_nobody(
    source: ActorSource, peer: ForeignServer, status: int
) -> None:
    peer.webfinger(f"bo@{peer.domain}", "x", status=status)
    with pytest.raises(RemoteUnavailable):
        await source.resolve_handle(f"bo@{peer.domain}")


@pytest.mark.parametrize("status", [500, None])
async def test_whom_we_know_is_named_while_their_server_is_silent(
    source: ActorSource,
    peer: ForeignServer,
    pool: Pool,
    status: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")

    uri, handle = peer.actor("bo"), f"bo@{peer.domain}"
    await source.resolve_handle(handle)
    await pool.execute("UPDATE actors SET handle_checked_at = now() - interval '2 days'")
    await pool.execute("DELETE FROM handle_lookups")
    text = f"@{handle} and @eve@{peer.domain}"
    if status is None:
        monkeypatch.setattr(mentions, "TIME_LIMIT_S", 0.3)
        peer.answers.clear()
        peer.answers["/.well-known/webfinger"] = hang
    else:
        for name in ("bo", "eve"):
            peer.webfinger(f"{name}@{peer.domain}", "x", status=status)
        found = await source.resolve_handle(handle)
        assert found is not None and found.uri == uri
    named = await look_up_mentions(source, text)
    assert [one.uri for one in named.found.values()] == [uri]
    assert named.silent == (f"eve@{peer.domain}",), "of whom we know nothing"
    await pool.execute("UPDATE actors SET gone_at = now() WHERE uri = $1", uri)
    assert (await look_up_mentions(source, text)).found == {}


@pytest.mark.parametrize(
    "written",
    [
        "",
        "@",
        "bo@",
        "b\u043e@b.example",  # a Cyrillic letter
        "bo\u202e@b.example",
        "bo@b.example/path",
        "bo@user@b.example",
        "bo@b.example:99999",
        "a" * 300 + "@b.example",
        "bo@169.254.169.254",
        "bo\r\nHost: x@b.example",
    ],
)
async def test_what_is_no_handle_is_nobody_and_asks_nobody(
    source: ActorSource, written: str
) -> None:
    try:
        assert await source.resolve_handle(written) is None
    except RemoteUnavailable:
        pytest.fail("it was asked for")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"subject": 5, "links": [5, {"rel": "self"}]}', b"\xff"]
)
async def test_an_answer_that_is_no_jrd_binds_nothing(
    source: ActorSource, peer: ForeignServer, body: bytes
) -> None:
    uri = peer.actor("bo")
    peer.serve(f"/.well-known/webfinger?resource=acct:bo@{peer.domain}", body)
    assert (await source.get(uri)).handle_checked_at is None
    assert await source.resolve_handle(f"bo@{peer.domain}") is None


async def test_a_handle_that_points_elsewhere_leads_to_the_name_that_the_actor_itself_goes_by(
    source: ActorSource, peer: ForeignServer
) -> None:
    async with AsyncExitStack() as stack:
        third = await stack.enter_async_context(foreign_server())
        bo = third.actor("bo")
        peer.webfinger(f"president@{peer.domain}", bo)
        found = await source.resolve_handle(f"president@{peer.domain}")
        assert found is not None
        assert found.full_handle == f"bo@{third.domain}"

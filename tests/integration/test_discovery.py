"""Being found, through HTTP, by the requests that other servers really make."""

from xml.etree.ElementTree import fromstring

import pytest
import pytest_asyncio
from aiohttp import ClientResponse

from fedinet.actors import keys, store
from fedinet.actors.model import Actor, ProfileChange, ProfileField
from fedinet.vocab.actor import parse_actor
from fedinet.vocab.json import decode
from fedinet.vocab.normalise import normalise
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.nodes import RunningNode

AS2 = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WEBFINGER = "/.well-known/webfinger?resource="


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting(start_for_all: StartNode) -> RunningNode:
    """One of ada's, which nobody changes: for tests that only ask."""
    node = await start_for_all()
    await given_member(node)
    return node


async def test_webfinger_leads_from_the_handle_to_the_actor(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member(node)

    answer = await node.http.get(f"{WEBFINGER}acct:ada@{node.domain}")
    jrd = await answer.json(content_type="application/jrd+json")

    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert jrd["subject"] == f"acct:ada@{node.domain}"
    assert set(jrd["aliases"]) == {ada.uri, ada.page_url}
    links = {link["rel"]: link for link in jrd["links"]}
    assert links["self"] == {"rel": "self", "type": "application/activity+json", "href": ada.uri}
    assert links["http://webfinger.net/rel/profile-page"]["href"] == ada.page_url
    for rel, place in {
        "http://ostatus.org/schema/1.0/subscribe": "{uri}",
        "https://w3id.org/fep/3b86/Object": "{object}",
        "https://w3id.org/fep/3b86/Follow": "{object}",
        "https://w3id.org/fep/3b86/Create": "{content}",
    }.items():
        assert links[rel]["template"].startswith(node.origin)
        assert place in links[rel]["template"]


@pytest.mark.parametrize(
    "resource",
    ["acct%3Aada%40{}", "acct:ADA@{}", "ada@{}", "http://{}/users/ada", "http://{}/@ada"],
)
async def test_webfinger_takes_every_spelling_that_peers_send(
    lasting: RunningNode, resource: str
) -> None:
    answer = await lasting.http.get(WEBFINGER + resource.format(lasting.domain))
    assert (await answer.json(content_type=None))["subject"] == f"acct:ada@{lasting.domain}"


async def test_webfinger_answers_for_both_halves_of_a_split_domain(start_node: StartNode) -> None:
    node = await start_node(account_domain="our.example")
    ada = await given_member(node)
    web_domain = node.origin.removeprefix("http://")
    for host in ("our.example", web_domain):
        answer = await node.http.get(f"{WEBFINGER}acct:ada@{host}")
        jrd = await answer.json(content_type=None)
        assert jrd["subject"] == "acct:ada@our.example"
        assert [link["href"] for link in jrd["links"] if link["rel"] == "self"] == [ada.uri]
    document = await actor_at(node, ada.uri)
    assert document["webfinger"] == "ada@our.example"


async def test_webfinger_gives_only_the_links_asked_for(start_node: StartNode) -> None:
    node = await start_node()
    await given_member(node)
    answer = await node.http.get(f"{WEBFINGER}acct:ada@{node.domain}&rel=self&rel=nothing")
    jrd = await answer.json(content_type=None)
    assert [link["rel"] for link in jrd["links"]] == ["self"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?resource=", 400),
        ("?resource=acct:a@x&resource=acct:b@x", 400),
        ("?resource=acct:nobody@{}", 404),
        ("?resource=acct:ada@b.example", 404),
        ("?resource=https://b.example/users/ada", 404),
        ("?resource=acct:ad%D0%B0@{}", 404),
        ("?resource=acct:ada%00@{}", 404),
    ],
)
async def test_webfinger_says_what_was_wrong_and_410_only_for_who_left(
    lasting: RunningNode, query: str, status: int
) -> None:
    answer = await lasting.http.get(f"/.well-known/webfinger{query.format(lasting.domain)}")
    assert answer.status == status


async def test_one_who_left_is_gone_everywhere(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member(node)
    async with node.pool.acquire() as tx, tx.transaction():
        await store.mark_gone(tx, ada.id)
    assert (await node.http.get(f"{WEBFINGER}acct:ada@{node.domain}")).status == 410
    document = await node.http.get("/users/ada", headers={"Accept": AS2})
    assert document.status == 410
    assert (await document.json(content_type=None))["type"] == "Tombstone"


async def test_the_node_is_found_by_its_address_and_by_its_handle(start_node: StartNode) -> None:
    node = await start_node()
    for resource in (f"{node.origin}/", f"acct:127.0.0.1@{node.domain}"):
        answer = await node.http.get(WEBFINGER + resource)
        links = (await answer.json(content_type=None))["links"]
        service = "https://www.w3.org/ns/activitystreams#Service"
        assert [link["href"] for link in links if link["rel"] == service] == [
            f"{node.origin}/actor"
        ]


async def test_host_meta_names_our_webfinger_in_xml_and_json(start_node: StartNode) -> None:
    node = await start_node()
    template = f"{node.origin}/.well-known/webfinger?resource={{uri}}"
    xml = await node.http.get("/.well-known/host-meta")
    assert xml.content_type == "application/xrd+xml"
    (link,) = fromstring(await xml.text())  # noqa: S314  # our own answer
    assert link.attrib == {"rel": "lrdd", "template": template}
    for path, accept in (
        ("/.well-known/host-meta", "application/json"),
        ("/.well-known/host-meta.json", "*/*"),
    ):
        answer = await node.http.get(path, headers={"Accept": accept})
        assert (await answer.json(content_type=None))["links"] == [
            {"rel": "lrdd", "template": template}
        ]


async def test_nodeinfo_leads_to_both_schemas_and_to_the_node_actor(start_node: StartNode) -> None:
    node = await start_node()
    await given_member(node)
    answer = await node.http.get("/.well-known/nodeinfo")
    links = {link["rel"]: link["href"] for link in (await answer.json())["links"]}
    assert links["https://www.w3.org/ns/activitystreams#Application"] == f"{node.origin}/actor"
    for version in ("2.0", "2.1"):
        schema = f"http://nodeinfo.diaspora.software/ns/schema/{version}"
        info = await node.http.get(links[schema])
        assert f'profile="{schema}#"' in info.headers["Content-Type"]
        document = await info.json(content_type=None)
        assert document["version"] == version
        assert document["software"]["name"] == "fedinet"
        assert document["protocols"] == ["activitypub"]
        assert document["openRegistrations"] is False
        assert document["metadata"]["nodeName"] == "Test community"
        assert document["usage"]["localPosts"] == 0
    assert (await node.http.get("/nodeinfo/3.0")).status == 404


async def test_an_actor_is_served_at_its_exact_id_with_everything_peers_read(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member(node)
    async with node.pool.acquire() as tx, tx.transaction():
        change = ProfileChange(
            name="Ada", summary_html="<p>Hi</p>", fields=(ProfileField("Web", "<p>x</p>"),)
        )
        await store.update_local_profile(tx, ada.id, change)

    document = await actor_at(node, ada.uri)
    read = parse_actor(normalise(document))

    assert (read.uri, read.kind, read.username, read.name) == (ada.uri, "Person", "ada", "Ada")
    assert read.inbox_url == f"{ada.uri}/inbox"
    assert read.shared_inbox_url == f"{node.origin}/inbox"
    assert read.outbox_uri == f"{ada.uri}/outbox"
    assert read.followers_uri == f"{ada.uri}/followers"
    assert read.webfinger == f"ada@{node.domain}"
    assert read.approves_followers
    assert read.fields == (("Web", "<p>x</p>"),)
    assert [key.id for key in read.keys] == [f"{ada.uri}#main-key", f"{ada.uri}#ed25519-key"]
    assert document["publicKey"]["owner"] == ada.uri
    assert document["published"].endswith("T00:00:00Z")


@pytest.mark.parametrize(
    "accept",
    ["application/activity+json, application/ld+json", AS2, f"{AS2}, text/html;q=0.1", "*/*"],
)
async def test_servers_get_the_document_with_the_type_they_insist_on(
    lasting: RunningNode, accept: str
) -> None:
    answer = await lasting.http.get("/users/ada", headers={"Accept": accept}, allow_redirects=False)
    assert (answer.status, answer.content_type) == (200, "application/activity+json")
    assert {"Accept", "Signature"} <= set(answer.headers["Vary"].split(", "))


async def test_people_are_led_to_the_page(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member(node)
    answer = await node.http.get("/users/ada", headers={"Accept": BROWSER}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, ada.page_url)


@pytest.mark.parametrize("name", ["nobody", "ADA", "ad%D0%B0", "..%2Fada", "ada%00"])
async def test_nobody_else_is_served_at_an_actors_address(lasting: RunningNode, name: str) -> None:
    assert (await lasting.http.get(f"/users/{name}", headers={"Accept": AS2})).status == 404


async def test_the_node_actor_is_served_unsigned(start_node: StartNode) -> None:
    node = await start_node()
    document = await actor_at(node, f"{node.origin}/actor")
    read = parse_actor(normalise(document))
    assert (read.kind, read.username) == ("Application", "127.0.0.1")
    assert read.keys[0].id == f"{node.origin}/actor#main-key"
    assert (await node.http.get("/actor/outbox")).status == 200


async def test_two_nodes_find_and_bind_each_other(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    bo = await given_member(there, "bo")

    found = await here.services.actors.resolve_handle(f"bo@{there.domain}")

    assert found is not None
    assert (found.uri, found.is_local, found.handle) == (bo.uri, False, f"bo@{there.domain}")
    assert found.handle_checked_at is not None
    the_node = await here.services.actors.get(f"{there.origin}/actor")
    assert the_node.kind == "Application"


async def test_a_visitor_is_shown_the_way_to_their_own_server(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member(node)
    async with foreign_server() as home:
        home.serve(
            f"/.well-known/webfinger?resource=acct:bo@{home.domain}",
            {
                "subject": f"acct:bo@{home.domain}",
                "links": [
                    {
                        "rel": "http://ostatus.org/schema/1.0/subscribe",
                        "template": f"{home.origin}/authorize_interaction?uri={{uri}}",
                    }
                ],
            },
            content_type="application/jrd+json",
        )
        page = await ask_to_follow(node, ada.uri, f"@bo@{home.domain}")
    text = await page.text()
    assert page.status == 200
    encoded = ada.uri.replace(":", "%3A").replace("/", "%2F")
    assert f'href="{home.origin}/authorize_interaction?uri={encoded}"' in text
    assert f"Continue to {home.domain}" in text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("javascript:alert(1)//{uri}", "has no door"),
        ("https://user@b.example/{uri}", "has no door"),
        ("no place", "has no door"),
    ],
)
async def test_a_server_cannot_send_a_visitor_anywhere_else(
    lasting: RunningNode, template: str, said: str
) -> None:
    async with foreign_server() as home:
        home.serve(
            f"/.well-known/webfinger?resource=acct:bo@{home.domain}",
            {"links": [{"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template}]},
        )
        page = await ask_to_follow(lasting, f"{lasting.origin}/users/ada", f"bo@{home.domain}")
    assert page.status == 422
    assert said in await page.text()


@pytest.mark.parametrize(
    ("handle", "said"),
    [
        ("bo", "Write your handle"),
        ("<script>", "Write your handle"),
        ("bo@169.254.169.254", "Write your handle"),
        ("bo@127.0.0.1:1", "did not answer"),
    ],
)
async def test_a_handle_that_leads_nowhere_comes_back_with_a_sentence(
    lasting: RunningNode, handle: str, said: str
) -> None:
    page = await ask_to_follow(lasting, f"{lasting.origin}/users/ada", handle)
    text = await page.text()
    assert page.status == 422
    assert said in text
    assert "<script>" not in text


async def test_our_page_sends_nobody_to_follow_strangers(start_node: StartNode) -> None:
    node = await start_node()
    assert (await node.http.get("/remote-follow?uri=https://b.example/users/eve")).status == 400
    assert (await node.http.get("/remote-follow")).status == 400


async def test_members_who_come_home_are_led_to_what_they_came_for(start_node: StartNode) -> None:
    node = await start_node()
    answer = await node.http.get(
        "/authorize_interaction?uri=https://b.example/@bo", allow_redirects=False
    )
    assert answer.headers["Location"] == "/search?q=https%3A%2F%2Fb.example%2F%40bo"
    shared = await node.http.get("/share?text=Hello&url=https://b.example/", allow_redirects=False)
    assert shared.headers["Location"] == "/write?text=Hello+https%3A%2F%2Fb.example%2F"
    for text, written in (("Bread", "Bread"), ("My+Bread", "My+Bread"), ("", "Bread")):
        shared = await node.http.get(f"/share?title=Bread&text={text}", allow_redirects=False)
        assert shared.headers["Location"] == f"/write?text={written}"
    shared = await node.http.get("/share?title=Bread&text=A+loaf", allow_redirects=False)
    assert shared.headers["Location"] == "/write?text=Bread+A+loaf", "manifest.py asks for it"


async def ask_to_follow(node: RunningNode, uri: str, handle: str) -> ClientResponse:
    form = await node.http.get(f"/remote-follow?uri={uri}")
    text = await form.text()
    csrf = text.partition('name="csrf" value="')[2].partition('"')[0]
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in form.cookies.items())
    return await node.http.post(
        "/remote-follow",
        data={"csrf": csrf, "uri": uri, "handle": handle},
        headers={"Cookie": cookies, "Origin": node.origin},
    )


async def actor_at(node: RunningNode, uri: str) -> dict[str, object]:
    answer = await node.http.get(uri, headers={"Accept": AS2}, allow_redirects=False)
    assert answer.status == 200
    return decode(await answer.read())


async def given_member(node: RunningNode, username: str = "ada") -> Actor:
    pair = await keys.generate_keys()
    async with node.pool.acquire() as tx, tx.transaction():
        return await keys.create_local_actor(
            tx,
            uris=node.services.uris,
            account_domain=node.services.settings.account_domain,
            username=username,
            kind="Person",
            box=node.services.box,
            keys=pair,
        )

"""The desk of policy as stewards use it: preview, save, undo, drafts, what waits, and why."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import FormData

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.inbox.held_store import sealed_row
from fedinet.policy import commands, store
from fedinet.policy.audit_store import check_chain
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.model import Effect, Facts, Mode, Relation
from fedinet.policy.past.seen import written_released
from tests.integration.browser import Browser, SeenPage, browser, seen
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_remote
from tests.integration.statements import statements
from tests.integration.test_policy_simulated import log

RULE = "/admin/policy/rule"
EXPLAIN = "/admin/policy/explain"
HOUSE = "/admin/house/description"
PUBLISH = "/admin/policy/publish"
IMPORT = "/admin/policy/import"
DRAFTS = "/admin/policy/drafts"
FOLLOW = json.dumps(
    {
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Follow",
        "id": "https://a.kind.example/1", "actor": "https://a.kind.example/users/cleo",
        "object": "https://community.example/users/ada",
    }
)  # fmt: skip
SIMULATE = "/admin/policy/simulate"
LIMIT = {"domain": "loud.example", "action": "limit", "until": "14", "reason": "Shouting"}


async def test_a_server_is_limited_changed_lifted_and_everything_undone(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with steward(node, "owner") as ada:
        await given_follow_of_ada(node, "loud.example")
        form = (await ada.open(PUBLISH)).form(PUBLISH).fields
        assert form["shown_to"] == "page"
        assert (await ada.post(PUBLISH, {**form, "shown_to": "nobody"})).status == 422
        page = await ada.post(PUBLISH, {**form, "shown_to": "nobody", "why": "A quiet week"})
        assert page.path == "/policy" and "does not show its rules" in page.text
        page = await ada.open("/admin/policy/audit")
        assert "A quiet week" in page.text and "chose who may read" in page.text
        assert "/admin/policy/undo" not in page.html
        seen = await ada.fill(RULE, RULE, {**LIMIT, "do": "preview"})
        assert "A rule for loud.example" in seen.text and "No follow is lost." in seen.text
        assert "One server that we know is touched." in seen.text and await rule(node) is None
        assert (await save(ada, seen, RULE, "")).status == 422
        told = await save(ada, seen, RULE, "Three reports")
        assert "Done, and written in the record." in told.text and told.form("/admin/policy/undo")
        made = await rule(node)
        assert made is not None and made.document.effects == [Effect.LIMIT]
        assert made.document.expires is not None
        assert timedelta(days=13) < made.document.expires - datetime.now(UTC) <= timedelta(days=14)
        assert (await save(ada, seen, RULE, "Three reports")).status == 200  # sent twice
        assert "loud.example" in (await ada.open("/admin/policy?show=ending")).text
        assert "Shouting" in (await ada.open("/admin/policy?domain=a.loud.example")).text

        page = await ada.open(f"{RULE}?key=loud.example")
        form = page.form(RULE).fields
        assert is_folded(page.html) and (form["until"], form["reason"]) == (
            made.document.expires.isoformat(),
            "Shouting",
        )
        refuse = {**form, "action": "reject", "freeze_follows": "1", "do": "preview"}
        seen = await ada.post(RULE, refuse)
        assert "One member loses follows" in seen.text and "Ada" in seen.text
        assert "when it next sends something" in seen.text
        kept = await save(ada, seen, RULE, "It went on")
        assert kept.status == 422 and "Type loud.example here" in kept.text
        assert kept.form(RULE).fields["why"] == "It went on"
        await save(ada, kept, RULE, "It went on", word=" Loud.example")
        record = await ada.open("/admin/policy/audit?domain=loud.example")
        assert "It went on" in record.text and "Three reports" in record.text

        undo = await ada.post("/admin/policy/undo", record.form("/admin/policy/undo").fields)
        done = await save(ada, undo, "/admin/policy/undo", "Too hard")
        assert done.path == "/admin/policy/audit" and "Too hard" in done.text
        back = await rule(node)
        assert back is not None and back.document == made.document

        page = await ada.open(f"{RULE}?key=loud.example")
        lift = await ada.post("/admin/policy/remove", page.form("/admin/policy/remove").fields)
        await save(ada, lift, "/admin/policy/remove", "Enough")
        assert await rule(node) is None
        lines = (await ada.open("/admin/policy/audit.jsonl")).html.splitlines()
        assert [json.loads(line)["action"] for line in lines] == [
            "publish", "add", "change", "undo", "remove",
        ]  # fmt: skip
    async with node.pool.acquire() as conn:
        assert await check_chain(conn) is None


async def test_what_ends_for_good_is_asked_for_twice(start_node: StartNode) -> None:
    node = await start_node()
    async with steward(node, "owner") as ada:
        await given_follow_of_ada(node, "loud.example")
        seen = await ada.fill(RULE, RULE, {**LIMIT, "do": "preview"})
        assert "must sign to read documents" not in seen.text  # nobody is refused by limiting
        refuse = {**LIMIT, "action": "reject", "review": "7"}
        seen = await ada.fill(RULE, RULE, {**refuse, "do": "preview"})
        assert "must sign to read documents" in seen.text
        fields = {**seen.form(RULE).fields, "why": "Enough", "do": "save", "word": "loud.example"}
        await ada.post(RULE, fields)
        made = await rule(node)
        assert made is not None and made.document.effects == [Effect.FREEZE_FOLLOWS]
        assert made.document.review is not None
        assert "Shouting" not in (await ada.open("/admin/policy?show=review")).text
        await node.pool.execute("UPDATE policy_rules SET review_at = now()")
        assert "Shouting" in (await ada.open("/admin/policy?show=review")).text

        page = await ada.open(f"{RULE}?key=loud.example")
        assert page.form(RULE).fields["follows"] == ""
        aside = "Follows between members and people there are put aside"
        listed = await ada.open("/admin/policy")
        begun = f"since {made.created_at:%-d %B %Y}"
        assert aside in listed.text and begun in listed.text
        assert begun in (await ada.open("/admin/policy/servers/loud.example")).text
        cut = {**page.form(RULE).fields, "follows": "sever", "do": "preview"}
        seen = await ada.post(RULE, cut)
        assert "Follows with one server end at once. They do not come back" in seen.text
        refused = await save(ada, seen, RULE, "For good")
        assert refused.status == 422 and "Type loud.example here" in refused.text
        assert (await rule(node)) == made
        fields = {**refused.form(RULE).fields, "do": "save", "word": "Loud.example"}
        assert (await ada.post(RULE, fields)).status == 200
        now = await rule(node)
        assert now is not None and now.document.effects == [Effect.SEVER_FOLLOWS]
        page = await ada.open(f"{RULE}?key=loud.example")
        assert page.form(RULE).fields["follows"] == "sever"


async def test_a_stale_form_says_so_and_keeps_what_was_typed(start_node: StartNode) -> None:
    node = await start_node()
    async with steward(node, "admin") as ada:
        seen = await ada.fill(RULE, RULE, {**LIMIT, "do": "preview"})
        other = RuleDocument(key="loud.example", domains=["loud.example"], verdict="reject")
        async with transaction(node.pool) as tx:
            by = Steward(name="@cleo", now=datetime.now(UTC))
            await commands.put_rules(tx, [other], ours=[], by=by)
        stale = await save(ada, seen, RULE, "My reason")
        assert stale.status == 422 and "Somebody else has changed this meanwhile" in stale.text
        kept = stale.form(RULE).fields
        assert (kept["reason"], kept["why"]) == ("Shouting", "My reason")
        assert (await save(ada, stale, RULE, "Still")).status == 200
        now = await rule(node)
        assert now is not None and now.document.effects == [Effect.LIMIT]
        why = await ada.open(f"{EXPLAIN}?address=loud.example")
        assert why.html.count('<a href="/admin/policy/rule?key=loud.example">') > 1
        assert "loud.example : Quieter: only its followers" in why.text
        assert "loud.example : adds to what happens" in why.text and "no rule," not in why.text

        for wrong, told in (
            ({"domain": node.domain}, "about this community itself"),
            ({"domain": "a/b.example"}, "“a/b.example” names no server"),
            ({"domain": "a.example, not a domain!!"}, "“not a domain!!” names no server"),
            ({"domain": "com."}, "“com” is no server: everybody whose name ends in it"),
            ({"domain": "*.com"}, "“com” is no server: everybody whose name ends in it"),
            ({"domain": "a.example *.Co.UK."}, "“co.uk” is no server"),
            ({"domain": ""}, "Say which server"),
            ({"action": "other"}, "does nothing"),
            ({"domain": "https://Loud.Example/@ada"}, "There is a rule about this server already"),
            ({"domain": "@ada@Loud.Example"}, "There is a rule about this server already"),
            ({"domain": "loud.example/"}, "There is a rule about this server already"),
        ):
            page = await ada.fill(
                RULE, RULE, {**LIMIT, "domain": "b.example", **wrong, "note": "n", "do": "preview"}
            )
            assert page.status == 422 and told in page.text, wrong
            assert page.form(RULE).fields["note"] == "n"


async def test_a_list_becomes_drafts_that_are_put_in_force_together(start_node: StartNode) -> None:
    node = await start_node()
    async with steward(node, "owner") as ada:
        await given_follow_of_ada(node, "d7.example")
        form = (await ada.open("/admin/policy/import")).form("/admin/policy/import")
        rows = "\n".join(f"d{n}.example,suspend,false,false,spam,false" for n in range(300))
        head = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate"
        page = await send_file(ada, form.fields, f"{head}\n{rows}\nb**,suspend,,,,\n")
        assert "300 drafts were made." in page.text and "One line cannot be used: line 302" in (
            page.text
        )
        assert "They are limited at first, and to be looked at again in 14 days: d7.example" in (
            page.text
        )
        assert (await explained(ada, "d7.example")) == "let in"
        for wrong in ("", f"{head}\nnew.example,suspend,,,,\nx.example,murder,,,,"):
            bad = await send_file(ada, form.fields, wrong)
            assert bad.status == 422 and await rule(node, "new.example") is None
        assert "3 (x.example)" in bad.text

        drafts = await ada.open("/admin/policy/drafts")
        assert "all 300 of them" in drafts.text
        whole = await ada.post(DRAFTS, {**drafts.form(DRAFTS).fields, "key[]": "", "as_listed": ""})
        assert "Put 300 drafts in force" in whole.text
        await save(ada, whole, DRAFTS, "A list of friends")
        assert (await explained(ada, "d8.example")) == "refused"
        limited = await rule(node, "d7.example")
        assert limited is not None and Effect.LIMIT in limited.document.effects
        assert (await ada.open("/admin/policy/export.csv")).html.count("suspend") == 299
        assert "d8.example" in (await ada.open("/admin/policy/export.json")).html

        again = f"{head}\nd8.example,silence,,,,\nd9.example,noop,,,,\nd1.example,suspend,,,,\n"
        await send_file(ada, form.fields, again)
        page = await send_file(ada, form.fields, again)  # twice is once
        assert "About 2 servers you have decided something else" in page.text
        theirs = page.form(f"{IMPORT}/theirs").fields
        seen = await ada.post(f"{IMPORT}/theirs", {**theirs, "domain[]": "d8.example"})
        assert "about 1 servers" in seen.text
        await save(ada, seen, f"{IMPORT}/theirs", "Calmer by now")
        limited = await rule(node, "d8.example")
        assert limited is not None and limited.document.verdict is None
        assert await rule(node, "d9.example") is not None


async def test_the_mode_is_previewed_and_what_waits_is_let_in_by_a_moderator(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with steward(node, "owner") as ada:
        modes = await ada.open("/admin/policy")
        form = modes.form("/admin/policy/mode").fields
        seen = await ada.post("/admin/policy/mode", {**form, "mode": "cautious"})
        assert "Anyone, and look at strangers first" in seen.text
        await save(ada, seen, "/admin/policy/mode", "To be calm")
    async with node.pool.acquire() as conn:
        assert (await store.read_standing(conn)).mode is Mode.CAUTIOUS
        await given_held(node)
    async with steward(node, "moderator") as mo:
        page = await mo.open("/admin/policy/held")
        assert "stranger.example" in page.text and "nobody here has met that server" in page.text
        assert 'href="/admin/policy/log/8"' in page.html
        none = await mo.post("/admin/policy/held", {**page.forms[-1].fields, "do": "release"})
        assert none.status == 422 and "Tick what you mean first" in none.text
        for path in (RULE, "/admin/policy/import", "/admin/policy/export.csv"):
            assert (await mo.open(path)).status == 403
        refused = await mo.post(
            "/admin/policy/mode", {**page.forms[-1].fields, "mode": "open", "do": "save"}
        )
        assert refused.status == 403
        await mo.post("/admin/policy/held", {**page.forms[-1].fields, "id[]": "8", "do": "discard"})
        page = await mo.post(
            "/admin/policy/held",
            {**page.forms[-1].fields, "domain": "stranger.example", "do": "welcome"},
        )
        assert "Nothing is waiting" in page.text
    assert await node.pool.fetchval("SELECT count(*) FROM inbound_queue WHERE released") == 1
    await given_account(node, "bo")
    async with browser(node) as bo:
        await bo.sign_in("bo")
        for path in ("/admin/policy", "/admin/policy/held", "/admin/policy/audit.jsonl"):
            assert (await bo.open(path)).status == 403


@asynccontextmanager
async def steward(node: RunningNode, role: str) -> AsyncGenerator[Browser]:
    name = "ada" if role != "moderator" else "mo"
    await given_account(node, name, role=role)  # type: ignore[arg-type]
    async with browser(node) as one:
        await one.sign_in(name)
        yield one


async def save(one: Browser, seen: SeenPage, path: str, why: str, word: str = "") -> SeenPage:
    return await one.post(path, {**seen.form(path).fields, "why": why, "word": word, "do": "save"})


def is_folded(form: str) -> bool:
    """What of a rule is set is open in its form, and the rest is folded."""
    long, besides = (form.partition(f"<summary>{name}")[0] for name in ("For how", "And besides"))
    return long.endswith('<details class="fold" open>') and besides.endswith('"fold">')


async def rule(node: RunningNode, key: str = "loud.example") -> store.StoredRule | None:
    async with node.pool.acquire() as conn:
        return await store.find_rule(conn, key)


async def explained(one: Browser, address: str) -> str:
    """What happens when somebody there speaks to somebody here, as the page says it."""
    text = (await one.open(f"/admin/policy/explain?address={address}")).text
    after = text.split("speaks to somebody here ", 1)[1]
    return "refused" if after.startswith("refused") else after[:6]


async def waits_and_is_explained(node: RunningNode, mo: Browser) -> None:
    """What a rule held is let in together; each, and a file, has its why."""
    await given_released(node)
    page = await mo.open("/admin/policy/held")
    assert "spam wave no longer in force" in page.text and "the rule spam wave" in page.text
    assert '"/admin/policy/log/7"' in page.html
    form = next(one.fields for one in page.forms if one.fields.get("rule") == "spam wave")
    page = await mo.post("/admin/policy/held", {**form, "do": "release"})
    assert "spam wave" not in page.text and '"/admin/policy/log/8"' in page.html
    why = await mo.open("/admin/policy/log/5")
    assert "It had waited because of: nobody here has met" in why.text
    explain = "/admin/policy/explain"
    async with transaction(node.pool) as tx:
        bo = await given_remote(tx, "bo", "old.example")
    await node.pool.execute("UPDATE inbound_log SET actor_uri = $1 WHERE id = 4", bo.uri)
    for path in ("/admin/policy/log?domain=old.example", "/admin/policy/log/4"):
        page = await mo.open(path)
        assert '<a href="/@bo@old.example">' in page.html
    assert "The whole address" in page.text and bo.uri in page.text
    with statements() as asked:
        for address in (bo.uri, "@bo@old.example"):
            page = await mo.open(f"{explain}?address={address}")
            assert (
                '<a href="/@bo@old.example">' in page.html and "What came from there" in page.text
            )
            assert len(asked[page.headers["X-Request-Id"]]) <= 6
    told = await mo.open(f"{explain}?address=https://old.example/a/1")
    assert '"/admin/policy/log/4"' in told.html and '"/admin/policy/log/5"' in told.html
    for text, says in (
        ("{}", "Choose a file with one"),
        (FOLLOW, "a request to follow let in"),
    ):
        assert says in (await send_file(mo, told.forms[-1].fields, text, explain)).text


async def given_released(node: RunningNode) -> None:
    """Two that are held, one by a rule that has ended; and one that was, and was let in."""
    await given_held(node)
    await node.pool.execute(
        "UPDATE inbound_held SET rule = 'spam wave', reason = 'policy' WHERE id = 7"
    )
    where = {"activity": "Create", "object": "Note"}
    async with node.pool.acquire() as conn:
        await log(conn, 4, "https://old.example/a", None, outcome="held",
                  stored='{"verdict": "hold", "by": "first_contact"}', **where)  # fmt: skip
        await log(conn, 5, "https://old.example/a", None, stored=written_released(), **where)
        await conn.execute(
            "UPDATE inbound_log SET activity_uri = 'https://old.example/a/1' WHERE id IN (4, 5)"
        )


async def send_file(
    one: Browser, fields: dict[str, str], text: str, path: str = "/admin/policy/import"
) -> SeenPage:
    data = FormData(fields)
    data.add_field("file", text.encode(), filename="list.csv", content_type="text/csv")
    async with one.http.post(path, data=data) as answer:
        return seen(answer.status, answer.url.path, await answer.text(), answer.headers)


async def given_follow_of_ada(node: RunningNode, host: str) -> None:
    async with transaction(node.pool) as tx:
        me = await tx.fetchval("SELECT id FROM actors WHERE username = 'ada' AND is_local")
        await given_follow(tx, await get_actor(tx, me), await given_remote(tx, "bo", host))


async def given_held(node: RunningNode) -> None:
    """Two things that were held, sealed as the worker seals them."""
    async with transaction(node.pool) as tx:
        for number in (7, 8):
            await tx.execute(
                """
                INSERT INTO inbound_held (id, received_at, domain, lane, signer_uri, actor_uri,
                                          activity_type, object_type, reason, body_sealed)
                VALUES ($1, now(), 'stranger.example', 1, 'https://stranger.example/u',
                        'https://stranger.example/u', 'Create', 'Note', 'first_contact', $2)
                """,
                number,
                node.services.box.seal(b"{}", row=sealed_row(number)),
            )


async def test_a_handle_is_explained_and_nonsense_says_what_to_write(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with transaction(node.pool) as tx:
        bo = await given_remote(tx, "bo", "kind.example", uri="https://social.kind.example/u/7")
    async with steward(node, "moderator") as mo:
        assert bo.uri in (await mo.open(f"{EXPLAIN}?address=@Bo@kind.example")).text
        stranger = await mo.open(f"{EXPLAIN}?address=nobody@kind.example")
        assert stranger.status == 200 and "speaks to somebody here" in stranger.text
        for wrong in ("a b", "@bo@", "@a@b@c d", "https://", "x%00"):
            told = await mo.open(f"{EXPLAIN}?address={wrong}")
            assert told.status == 422 and "@name@server" in told.text, wrong
        assert (await mo.open("/admin/policy?after=a%00")).status == 200


async def test_what_came_in_has_its_why_and_is_tried_with_other_rules(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    async with node.pool.acquire() as conn:
        kind = {"activity": "Create", "object": "Note", "audience": "everyone"}
        friend = Facts(met=True, relations=frozenset({Relation.FOLLOWED}))
        note = "https://kind.example/notes/1"
        await log(conn, 1, "https://kind.example/users/bo", friend, **kind, object_uri=note)
        await log(conn, 2, "https://kind.example/users/bo", None, outcome="dropped", **kind)
        await log(conn, 3, "https://new.example/users/x", Facts(), reaches_out=True, **kind)
    async with steward(node, "moderator") as mo:
        page = await mo.open("/admin/policy/log?domain=kind.example&outcome=applied")
        assert page.html.count("<bdi>kind.example/users/bo</bdi>") == 1
        assert (await mo.open("/admin/policy/log?domain=a/b")).status == 200
        assert "/admin/policy/log/1" in (await mo.open(f"{EXPLAIN}?address={note}")).html
        why = await mo.open("/admin/policy/log/1")
        assert "no rule, and anyone may talk to us" in why.text
        assert "Somebody here knows this server." in why.text
        assert "before the rules were asked" in (await mo.open("/admin/policy/log/2")).text
        for number in ("99", "x", "9" * 30):
            assert (await mo.open(f"/admin/policy/log/{number}")).status == 404

        found = await mo.fill(SIMULATE, SIMULATE, {"what": "mode:cautious"})
        assert "Of 2 things, 1 would have fared otherwise" in found.text
        assert "was let in, would be waiting for a steward ( nobody here has met" in found.text
        assert '"/admin/policy/log/3"' in found.html and "One ended before" in found.text
        assert "None of what would fare worse is of people whom members follow" in found.text
        made = await mo.fill(SIMULATE, SIMULATE, {"what": "mode:cautious", "on": "hellthread"})
        assert "What came as on any day: 300 let in" in made.text
        assert "did not happen here" in made.text
        assert "0 would have fared" in (await mo.fill(SIMULATE, SIMULATE, {})).text
        await waits_and_is_explained(node, mo)
        for what in ("mode:x", "y"):
            assert (await mo.fill(SIMULATE, SIMULATE, {"what": what})).status == 422
    async with browser(node) as ada:
        await ada.sign_in("ada")
        asked = {"domain": "kind.example", "action": "reject", "reason": "Shouting"}
        seen = await ada.fill(RULE, RULE, {**asked, "do": "preview"})
        tried = await ada.post(
            RULE, {**seen.form(RULE).fields, "why": "Three reports", "do": "simulate"}
        )
        assert "A rule for kind.example" in tried.text
        assert "One that would fare worse is of somebody whom a member follows." in tried.text
        assert "was let in, would be refused ( kind.example )" in tried.text
        back = await ada.post(RULE, {**tried.form(RULE).fields, "do": "preview"})
        form = back.form(RULE).fields
        assert (form["why"], form["reason"], form["action"]) == (
            "Three reports", "Shouting", "reject",
        )  # fmt: skip
        assert await rule(node, "kind.example") is None
        await save(ada, back, RULE, form["why"], "kind.example")
        assert await rule(node, "kind.example") is not None
        for words in ("We bake.", "We knead."):  # stands in the record, and is no rule
            await ada.fill(HOUSE, HOUSE, {"source": words})
        why = await ada.open("/admin/policy/log/1")
        assert why.status == 200 and "no rule, and anyone may talk to us" in why.text

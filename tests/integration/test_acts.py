"""Stewards act on a member: what they see, their apps, others, other servers; and back."""

import json
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from fedinet.accounts.standing_store import lock_owners, lock_standing
from fedinet.actors.store import get_actor, mark_gone
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.http.i18n import catalogue
from fedinet.invitations.signals import RolePromised
from fedinet.kernel.errors import Unprocessable
from fedinet.moderation.acts_store import list_acts_of
from fedinet.moderation.commands import act_on, give_role
from fedinet.moderation.effects import give_promised_roles
from fedinet.moderation.reasons import BUILT_IN, Because
from fedinet.moderation.rights import COMMAND_LINE, Act, Acting
from tests.integration.apps import App, given_app
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_member, given_remote

REASON = "Three people asked you to stop"
SAID_IN_DUTCH = catalogue("nl").gettext(BUILT_IN["advertising"].text)
OPPOSITE = {Act.FREEZE: Act.UNFREEZE, Act.SUSPEND: Act.UNSUSPEND}
LOCAL = "/v1/timelines/public?local=true"


async def act(app: App, what: Act, reason: str = REASON) -> None:
    """A steward acts; then everything that follows from it."""
    owner = await app.node.pool.fetchrow(
        "SELECT id, actor_id FROM accounts WHERE role = 'owner' LIMIT 1"
    )
    assert owner is not None
    by = Acting(name="@olga", actor_id=owner["actor_id"], account_id=owner["id"], role="owner")
    async with transaction(app.node.pool) as tx:
        await act_on(tx, app.id, what, by=by, reason=reason, now=datetime.now(UTC))
    await app.node.drain()


async def test_a_member_is_limited_frozen_suspended_and_free_again(start_node: StartNode) -> None:
    node = await start_node()
    olga, ada = await given_app(node, "olga"), await given_app(node, "ada")
    await node.pool.execute("UPDATE accounts SET role = 'owner' WHERE id = $1", olga.account_id)
    async with transaction(node.pool) as tx:
        await given_follow(tx, await given_remote(tx, "bo"), await ada.actor())
    said = await ada.publish("Bread is ready")
    await ada_is_limited(ada, olga, said["id"])
    async with browser(node) as page:
        await page.sign_in("ada")
        await ada_is_frozen(ada, olga, page)
        await ada_is_suspended(ada, olga, said["id"])
        assert (await page.open("/settings")).path == "/sign-in"
        shut = await page.sign_in("ada")
        assert shut.path == "/shut-out"
        assert REASON in shut.text
        assert shut.headers["Cache-Control"] == "no-store", "no browser keeps it for the next"
        asked = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"}
        assert "Content-Encoding" not in (await page.open("/shut-out", headers=asked)).headers
        await ada_asks_from_outside(page, shut)
        wrong = await page.sign_in("ada", "not my password at all")
        assert wrong.status == 422
        assert REASON not in wrong.text
        await act(ada, Act.UNSUSPEND)
        assert len(await App(node).get(LOCAL)) == 3
        assert (await told_elsewhere(node.pool))[-1].get("suspended") is None
        assert (await page.sign_in("ada")).status == 200
        for closed in ("/admin/people", "/admin/decisions", "/admin/decisions.jsonl"):
            assert (await page.open(closed)).status == 403
    async with browser(node) as page:
        await page.sign_in("olga")
        await olga_works_on_a_report(ada, olga, page)
        await olga_chooses_a_reason(ada, page)


async def ada_asks_from_outside(page: Browser, shut: SeenPage) -> None:
    """With her password she reads why, asks once, takes her data, and nothing else opens."""
    asks = next(one for one in shut.forms if one.action.startswith("/shut-out/ask/"))
    words = "words_" + asks.action.rpartition("/")[2]
    assert (await page.post(asks.action, {**asks.fields, words: ""})).status == 422
    asked = await page.post(asks.action, {**asks.fields, words: "It was my cat"})
    assert "It was my cat" in asked.text and "Ask to look again" not in asked.text
    assert (await page.open("/settings")).path == "/sign-in"
    take = shut.form("/shut-out/archive").fields
    async with page.http.post("/shut-out/archive", data=take) as answer:
        assert answer.status == 200
        with ZipFile(BytesIO(await answer.read())) as archive:
            [outbox] = [name for name in archive.namelist() if name.endswith("outbox.json")]
            assert "Bread is ready" in archive.read(outbox).decode()
    async with browser(page.node) as other:
        assert (await other.open("/shut-out")).path == "/sign-in"
        given = {**take, "csrf": (await other.open("/sign-in")).form("/sign-in").fields["csrf"]}
        assert (await other.post("/shut-out/archive", given)).status == 401
    await page.post("/shut-out/end", take)
    assert (await page.open("/shut-out")).path == "/sign-in"


async def olga_chooses_a_reason(ada: App, page: Browser) -> None:
    """Stewards write one in two languages and put one away; Ada reads hers in Dutch."""
    pool, listed, person = ada.node.pool, "/admin/reasons", f"/admin/people/{ada.id}"
    await pool.execute("UPDATE accounts SET language = 'nl' WHERE id = $1", ada.account_id)
    assert (await page.fill(listed, listed, {"name_en": "Noise"})).status == 422
    words = {"name_en": "Crumbs", "text_en": "Clean up.", "name_nl": "Kruimels"}
    await page.fill(listed, listed, {**words, "text_nl": "Ruim op."})
    own = await pool.fetchval("SELECT max(id) FROM reason_texts")
    assert "Advertising" in (await page.open(person)).html
    await page.fill(f"{listed}/1", f"{listed}/1", {"do": "retire"})
    assert "Advertising" not in (await page.open(person)).html
    await page.fill(listed, f"{listed}/1", {"do": "use"})
    await page.fill("/admin/house", "/admin/house", {"text": "Be tidy", "text_nl": "Wees netjes"})
    rule = await pool.fetchval("SELECT id FROM house_rules WHERE text = 'Be tidy'")
    chosen = {"do": "act", "act": "warn", "because": str(own), f"rule_{rule}": "1"}
    shown = await page.fill(person, person, {**chosen, "do": "preview", "reason": "Dank je!"})
    assert "“Wees netjes” Dank je!" in shown.text and "De beheerders" in shown.text
    assert "Nothing is done yet" in shown.text and "In their language: Nederlands" in shown.text
    assert "Wees netjes" not in (await page.open(person)).text
    warned = await page.fill(person, person, {**chosen, "reason": "Dank je!"})
    assert (
        "Wees netjes" in warned.text and '<p lang="nl"><bdi>“Wees netjes”</bdi></p>' in warned.html
    )
    assert "In their language: Nederlands" in warned.text
    told = "Ruim op.\n“Wees netjes”\nDank je!"
    assert told == await pool.fetchval("SELECT reason FROM account_acts ORDER BY id DESC LIMIT 1")
    assert '<p lang="nl"><bdi>Ruim op.' in (await page.open("/admin/decisions")).html
    await decisions_are_found_and_taken_out(page)
    await page.fill(person, person, {**chosen, "because": "", "reason": "Dank je!"})
    rules_alone = (await page.open("/admin/decisions")).html
    assert rules_alone.count('<p lang="nl"><bdi>“Wees netjes”') == 2, "rules alone are theirs too"
    async with browser(ada.node) as hers:
        await hers.sign_in("ada")
        assert "Wees netjes" in (await hers.open("/settings/standing")).text
    too_many = {f"rule_{number}": "1" for number in range(6)}
    for typed in ({"because": "999"}, {"because": "x"}, {"because": str(2**62)}, too_many):
        sent = {**warned.form(person).fields, **chosen, **typed}
        assert (await page.post(person, sent)).status in (404, 422)


async def olga_works_on_a_report(ada: App, olga: App, page: Browser) -> None:
    """All on pages: take it, note something, act in one step; then the history, and a role."""
    made = await olga.post("/v1/reports", json={"account_id": str(ada.id)})
    report, person = f"/admin/reports/{made['id']}", f"/admin/people/{ada.id}"
    await page.fill(report, report, {"do": "take"})
    await page.fill(report, report, {"do": "note", "note": "I have asked her"})
    seen = (await page.open(report)).text
    assert "You work on this" in seen and "no longer suspended" in seen
    sent = {"do": "preview", "act": "limit", "reason": "Hush"}
    form = [one for one in (await page.open(report)).forms if one.action == report][-1].fields
    previewed = await page.post(report, {**form, **sent})
    assert "This is what they read" in previewed.text and "Hush" in previewed.text
    for act in ("", "remove"):  # no post was reported
        missed = await page.post(report, {**form, "do": "act", "act": act})
        assert (missed.status, missed.path) == (422, report) and 'href="#act"' in missed.html
    acted = await page.post(report, {**form, "do": "act", "act": "limit", "reason": "Quiet now"})
    assert acted.path == report
    for said in ("Settled", "I have asked her"):
        assert said in acted.text
    shown = await page.open(person)
    for said in ("Quiet now", "No longer limit", REASON):
        assert said in shown.text
    assert shown.text.index("Looks after people") < shown.text.index("No longer limit"), "honours"
    await olga.node.pool.execute("UPDATE sessions SET verified_at = NULL")
    asked = await page.fill(person, person, {"do": "role", "role": "moderator"})
    again = {"current_password": PASSWORD}
    proof = {**asked.form("/settings/again").fields, **again}
    assert (await page.post("/settings/again", {**proof, "csrf": "forged"})).status == 403
    back = await page.post("/settings/again", proof)
    assert "Nothing is saved yet" in back.text
    [chosen] = [form.fields for form in back.forms if "role" in form.fields]
    assert chosen["role"] == "moderator" and "another role" not in back.text
    changed = await page.post(person, {**chosen, "do": "role"})
    assert "another role: Moderator" in changed.text
    await ada.node.drain()
    async with browser(ada.node) as hers:
        await hers.sign_in("ada")
        assert "another role here: Moderator" in (await hers.open("/notifications")).text
    assert "moderator" in (await page.open("/admin/people?q=AD")).text.lower()
    mine = f"/admin/people/{olga.id}"
    assert (await page.post(mine, {**changed.form(person).fields, "act": "limit"})).status == 422


async def ada_is_limited(ada: App, olga: App, post_id: str) -> None:
    visitor = App(ada.node)
    await act(ada, Act.LIMIT)
    assert await visitor.get(LOCAL) == await olga.get(LOCAL) == []
    assert (await olga.get(f"/v1/statuses/{post_id}"))["account"]["limited"] is True
    await ada.publish("@olga do you hear me")
    await ada.node.drain()
    assert await olga.get("/v1/notifications?types[]=mention") == []
    await olga.post(f"/v1/accounts/{ada.id}/follow")
    await ada.node.drain()
    assert len(await olga.get(LOCAL)) == len(await ada.get(LOCAL)) == 2
    await act(ada, Act.UNLIMIT)
    assert len(await visitor.get(LOCAL)) == 2


@pytest.mark.parametrize(
    ("takes", "gives", "said"),
    [
        ("limit", "unlimit", "limited"),
        ("freeze", "unfreeze", "frozen"),
        ("suspend", "unsuspend", "suspended"),
    ],
)
async def test_what_is_taken_needs_a_reason_and_is_said_to_be_done(
    start_node: StartNode, takes: str, gives: str, said: str
) -> None:
    node = await start_node()
    olga, ada = await given_app(node, "olga"), await given_app(node, "ada")
    await node.pool.execute("UPDATE accounts SET role = 'owner' WHERE id = $1", olga.account_id)
    person = f"/admin/people/{ada.id}"
    async with browser(node) as page:
        await page.sign_in("olga")
        taking = {"do": "act", "act": takes}
        for nothing in ("", " \n"):
            vain = await page.fill(person, person, {**taking, "reason": nothing})
            assert (vain.status, 'href="#reason"' in vain.html) == (422, True)
            assert "Say why, or choose a reason" in vain.text and "Done, and" not in vain.text
        assert await node.pool.fetchval("SELECT count(*) FROM account_acts") == 0
        preview = await page.fill(person, person, {**taking, "do": "preview"})
        assert "No reason is given" in preview.text
        [first, *_] = await node.pool.fetch("SELECT id FROM reason_texts ORDER BY id")
        for why in ({"reason": REASON}, {"because": str(first["id"])}):
            done = await page.fill(person, person, {**taking, **why})
            assert f"Done, and written in the record. {said} ·" in done.text
            assert "/admin/policy/undo" not in done.html, "that is for changes of rules"
            back = await page.fill(person, person, {"do": "act", "act": gives})
            assert f"Done, and written in the record. no longer {said} ·" in back.text
        assert (await page.open("/admin/decisions")).text.count(REASON) == 1
    async with browser(node) as hers:
        await hers.sign_in("ada")
        assert REASON in (await hers.open("/settings/standing")).text


async def test_who_is_frozen_reads_why_instead_of_a_form(start_node: StartNode) -> None:
    node = await start_node()
    olga, ada = await given_app(node, "olga"), await given_app(node, "ada")
    await node.pool.execute("UPDATE accounts SET role = 'owner' WHERE id = $1", olga.account_id)
    own, other = await ada.publish("Bread is ready"), await olga.publish("And the oven hot")
    mine, theirs = f"/@ada/{own['id']}", f"/@olga/{other['id']}"
    doors = ("/write", f"/write?reply={other['id']}", f"{mine}/edit", mine, theirs)
    async with browser(node) as page:
        await page.sign_in("ada")
        for reason, said in ((REASON, REASON), ("", "The stewards wrote no reason down")):
            await act(ada, Act.FREEZE, reason)
            for door in doors:
                seen = await page.open(door)
                assert "You cannot write at the moment" in seen.text and said in seen.text, door
                assert "holds until they lift it. the stewards are: olga" in seen.text.lower(), door
                assert not [form for form in seen.forms if "text" in form.fields], door
                assert 'href="/settings/standing"' in seen.html.partition("<main")[2], door
            await act(ada, Act.UNFREEZE)
        for door in doors:
            assert [one for one in (await page.open(door)).forms if "text" in one.fields], door


async def ada_is_frozen(ada: App, olga: App, page: Browser) -> None:
    await act(ada, Act.FREEZE)
    assert "you can read, and change nothing" in (await page.open("/")).text
    assert (await page.fill("/settings", "/settings", {"name": "Eve"})).status == 403
    standing = await page.open("/settings/standing")
    assert REASON in standing.text
    assert "@olga" not in standing.text
    refused = await ada.call("POST", "/api/v1/statuses", json={"status": "no"})
    assert refused.status == 403
    assert "frozen your account" in refused.body["error"]
    asked = next(one.action for one in standing.forms if one.action.startswith("/settings/st"))
    words = f"words_{asked.rpartition('/')[2]}"
    assert (await page.post(asked, {**standing.form(asked).fields, words: " "})).status == 422
    sent = {**standing.form(asked).fields, words: "It was not me"}
    assert "A steward will look at it" in (await page.post(asked, sent)).text
    assert (await page.post(asked, sent)).status == 200
    assert (await page.post(asked, {**sent, words: "Once more"})).status == 422
    other = f"/settings/standing/{olga.id}"
    assert (await page.post(other, {**sent, f"words_{olga.id}": "Hers?"})).status == 404
    warned = (await ada.get("/v1/notifications"))[0]
    assert warned["type"] == "moderation_warning"
    assert warned["moderation_warning"]["action"] == "disable"
    assert warned["moderation_warning"]["text"] == REASON
    assert REASON not in str(await olga.get("/v1/notifications"))
    assert "frozen" in (await page.open("/notifications")).text
    await act(ada, Act.UNFREEZE)
    await ada.publish("I am sorry")
    shown = (await page.open("/settings/standing")).text
    assert "took it back" in shown
    assert await ada.node.pool.fetchval("SELECT count(*) FROM matters WHERE kind = 'look'") == 1
    assert "asks you to look again" not in str(await olga.get("/v1/notifications"))


async def ada_is_suspended(ada: App, olga: App, post_id: str) -> None:
    visitor = App(ada.node)
    await act(ada, Act.SUSPEND)
    assert await ada.status("GET", "/v1/accounts/verify_credentials") == 401
    assert await visitor.get(LOCAL) == []
    assert await olga.status("GET", f"/v1/statuses/{post_id}") == 404
    assert await olga.status("GET", f"/v1/accounts/{ada.id}") == 404
    wanted = {"Accept": "application/activity+json"}
    document = (await visitor.call("GET", "/users/ada", headers=wanted)).body
    assert document["suspended"] is True
    assert document["name"] == "ada"
    assert [update["suspended"] for update in await told_elsewhere(ada.node.pool)] == [True]


async def decisions_are_found_and_taken_out(steward: Browser) -> None:
    """Everything done about anybody is one list: by kind, by steward, and as lines of JSON."""
    path = "/admin/decisions"
    warned = await steward.open(f"{path}?act=warn")
    assert "Ruim op." in warned.text and "warned" in warned.text
    assert "Ruim op." not in (await steward.open(f"{path}?act=suspend")).text
    assert "Nothing so far" in (await steward.open(f"{path}?by=@nobody")).text
    first = await steward.open(f"{path}?limit=1")
    lines = (await steward.open(f"{path}.jsonl")).html.splitlines()
    read = [json.loads(line) for line in lines]
    assert [int(one["id"]) for one in read] == sorted(int(one["id"]) for one in read)
    assert read[-1]["act"] == "warn" and read[-1]["target"].endswith("/ada")
    assert f"max_id={read[-1]['id']}" in first.html
    only = (await steward.open(f"{path}.jsonl?act=warn")).html.splitlines()
    assert 0 < len(only) < len(lines) and {json.loads(one)["act"] for one in only} == {"warn"}
    await what_another_release_did_is_left_out(steward)


async def what_another_release_did_is_left_out(steward: Browser) -> None:
    """Of an upgrade, while both run, or of one that was taken back."""
    pool = steward.node.pool
    report = await pool.fetchval("SELECT id FROM reports")
    of = await pool.fetchval("SELECT target_id FROM reports")
    await pool.execute(
        """INSERT INTO account_acts (target_id, act, by_whom, reason)
           VALUES ($1, 'promote', '@olga', 'Something new')""",
        of,
    )
    for path in ("decisions", "decisions.jsonl", f"people/{of}", f"reports/{report}"):
        read = await steward.open(f"/admin/{path}")
        assert read.status == 200 and "Something new" not in read.text, path
        assert "Ruim op." in read.text, path


async def told_elsewhere(pool: Pool) -> list[dict[str, object]]:
    """What other servers are told of who Ada is, in order."""
    rows = await pool.fetch("SELECT convert_from(body, 'UTF8') AS body FROM outgoing ORDER BY id")
    bodies = [json.loads(row["body"]) for row in rows]
    return [body["object"] for body in bodies if body["type"] == "Update"]


async def test_the_last_owner_who_can_act_stays_and_each_act_is_written_down_once(tx: Tx) -> None:
    now = datetime.now(UTC)
    ada, bo, cleo = [await given_member(tx, name) for name in ("ada", "bo", "cleo")]
    for one in (ada, bo, cleo):
        await give_role(tx, one.id, "owner", by=COMMAND_LINE)
    await mark_gone(tx, cleo.id)
    await act_on(tx, bo.id, Act.SUSPEND, by=COMMAND_LINE, reason="Why", now=now)
    await act_on(tx, bo.id, Act.SUSPEND, by=COMMAND_LINE, reason="Again", now=now)
    assert len(await lock_owners(tx)) == 1

    for refused in (
        act_on(tx, ada.id, Act.SUSPEND, by=COMMAND_LINE, now=now),
        act_on(tx, ada.id, Act.FREEZE, by=COMMAND_LINE, now=now),
        give_role(tx, ada.id, "admin", by=COMMAND_LINE),
        act_on(tx, cleo.id, Act.LIMIT, by=COMMAND_LINE, now=now),
        act_on(tx, ada.id, Act.WARN, by=COMMAND_LINE, reason=" ", now=now),
        act_on(tx, ada.id, Act.WARN, by=COMMAND_LINE, reason="x" * 1001, now=now),
    ):
        with pytest.raises(Unprocessable):
            await refused
    assert not (await get_actor(tx, ada.id)).is_suspended
    acts = await list_acts_of(tx, bo.id)
    assert [(one.act, one.detail, one.reason) for one in acts] == [
        ("suspend", "", "Why"),
        ("role", "owner", ""),
    ]
    with pytest.raises(Exception, match="append-only"):
        async with tx.transaction():
            await tx.execute("DELETE FROM account_acts")


async def test_a_member_reads_the_reason_where_they_confirmed_an_address(tx: Tx) -> None:
    now = datetime.now(UTC)
    await given_member(tx, "ada")
    for name, confirmed_at in (("bo", now), ("cleo", None)):
        one = await given_member(tx, name)
        await tx.execute(
            "UPDATE accounts SET email = $2, email_confirmed_at = $3 WHERE actor_id = $1",
            one.id, f"{name}@home.example", confirmed_at,
        )  # fmt: skip
        await act_on(tx, one.id, Act.SUSPEND, by=COMMAND_LINE, reason="Why", now=now)
        await act_on(tx, one.id, Act.SUSPEND, by=COMMAND_LINE, reason="Again", now=now)
        await act_on(tx, one.id, Act.UNSUSPEND, by=COMMAND_LINE, now=now)
        await act_on(tx, one.id, Act.LIMIT, by=COMMAND_LINE, now=now, by_mail=False)
        advertising = Because(reason_id=1)
        await tx.execute("UPDATE accounts SET language = 'nl' WHERE actor_id = $1", one.id)
        await act_on(tx, one.id, Act.WARN, by=COMMAND_LINE, because=advertising, now=now)
    mails = await tx.fetch(
        "SELECT kind, recipient, facts ->> 'reason' AS why FROM mails ORDER BY id"
    )
    assert [tuple(one) for one in mails] == [
        ("suspended", "bo@home.example", "Why"),
        ("unsuspended", "bo@home.example", ""),
        ("warned", "bo@home.example", SAID_IN_DUTCH),
    ]


async def test_people_elsewhere_are_limited_and_suspended_and_nothing_else(tx: Tx) -> None:
    bo, now = await given_remote(tx, "bo"), datetime.now(UTC)
    assert (await act_on(tx, bo.id, Act.LIMIT, by=COMMAND_LINE, now=now)).is_limited
    assert not (await act_on(tx, bo.id, Act.UNLIMIT, by=COMMAND_LINE, now=now)).is_limited
    for what in (Act.FREEZE, Act.WARN):
        with pytest.raises(Unprocessable):
            await act_on(tx, bo.id, what, by=COMMAND_LINE, reason="x", now=now)


@pytest.mark.parametrize("what", [Act.FREEZE, Act.SUSPEND])
async def test_who_was_shut_out_gives_no_role_that_they_promised(tx: Tx, what: Act) -> None:
    mo, cleo = await given_member(tx, "mo"), await given_member(tx, "cleo")
    await give_role(tx, mo.id, "admin", by=COMMAND_LINE)
    host = await lock_standing(tx, mo.id)
    assert host is not None
    for act, role in ((what, "member"), (OPPOSITE[what], "moderator")):
        await act_on(tx, mo.id, act, by=COMMAND_LINE, now=datetime.now(UTC))
        await give_promised_roles(tx, [RolePromised(cleo.id, "moderator", host.account_id)])
        hers = await lock_standing(tx, cleo.id)
        assert hers is not None and hers.role == role

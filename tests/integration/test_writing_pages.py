"""Writing, reading, answering, changing and deleting through the pages, without scripts."""

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from io import BytesIO
from urllib.parse import quote

from aiohttp import FormData

from fedinet.actors.store import find_local_by_name
from fedinet.db.pool import transaction
from fedinet.kernel.ids import AccountId, PostId
from fedinet.posts import kept_store
from fedinet.posts.kept_store import MOST_BYTES, MOST_DELETED, MOST_KEPT, Kept
from fedinet.posts.local_store import forget_files
from fedinet.posts.model import MAX_CHARACTERS
from fedinet.posts.upkeep import forget_keys_once
from tests import made_files as made
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, SeenPage, browser, seen
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member
from tests.integration.social import publish
from tests.integration.test_last_owner import is_waiting
from tests.integration.test_media_posts import uploaded

Start = Callable[..., Awaitable[RunningNode]]


async def test_a_post_is_at_once_on_its_page_and_at_home(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await write(ada, "Good *morning*", audience="everyone")
        assert "<p>Good <em>morning</em></p>" in page.html
        assert "It is published." in page.text and "Add to what you said" in page.text
        later = await ada.open(page.path)
        assert "It is published." not in later.text and "Reply to ada" not in later.text
        assert "Good <em>morning</em>" in (await ada.open("/")).html


async def test_whoever_comes_late_to_a_conversation_is_told_from_their_namesake(
    start_node: Start,
) -> None:
    node = await given_house(start_node)
    async with transaction(node.pool) as tx:
        ada = await find_local_by_name(tx, "ada")
        assert ada is not None
        post = await publish(tx, ada, "Who bakes?")
        for number in range(12):
            await publish(tx, await given_member(tx, f"m{number}"), "I do", parent=post)
        await tx.execute("UPDATE actors SET name = 'Ada' WHERE username IN ('ada', 'm11')")
        await tx.execute("UPDATE actors SET summary_html = '<p>Baker</p>' WHERE is_local")
    async with browser(node) as reader:
        page = await reader.open(f"/@ada/{post.id}")
    assert "<bdi>@m11</bdi>" in page.html, "though the list of who speaks has room for twelve"
    assert "<bdi>@m10</bdi>" not in page.html


async def test_who_writes_to_somebody_writes_to_nobody_else(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as cy:
        await ada.sign_in("ada")
        there = html.unescape((await ada.open("/@bo")).html).split('href="/write?text=')[1]
        page = await ada.open("/write?text=" + there.split('"')[0])
        fields = page.form("/write").fields
        assert (fields["text"].strip(), fields["audience"]) == ("@bo", "mentioned")
        page = await ada.post("/write", {**fields, "text": "@bo About your fee"})
        await given_account(node, "cy")
        await cy.sign_in("cy")
        assert (await cy.open(page.path)).status == 404
        await write(ada, "For all", audience="community")
        assert "That is everything here" in (await ada.open("/community")).text
        await node.pool.execute("UPDATE actors SET memorial = true WHERE username = 'bo'")
        remembered = await ada.open("/@bo")
        assert "In memory" in remembered.text and "Write to them" not in remembered.text


async def test_each_audience_is_read_by_whom_it_is_for(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo, browser(node) as visitor:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        for audience, member_reads, visitor_reads in (
            ("everyone", True, True),
            ("quiet", True, True),
            ("community", True, False),
            ("followers", False, False),
            ("mentioned", False, False),
        ):
            page = await write(ada, f"For {audience}", audience=audience)
            if audience == "mentioned":
                assert page.path == "/write" and "Nobody is named: only you" in page.text
                page = await ada.post("/write", page.form("/write").fields)
                assert page.path.startswith("/@ada/"), page.text
            assert page.status == 200
            assert ((await bo.open(page.path)).status == 200) is member_reads, audience
            assert ((await visitor.open(page.path)).status == 200) is visitor_reads, audience


async def test_a_form_that_comes_twice_publishes_once(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        words = {"text": "Hello", "audience": "everyone", "once": "k" * 200}
        pages = [await ada.fill("/write", "/write", words) for _ in range(2)]
    assert pages[0].path == pages[1].path
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1


async def test_a_reply_that_is_sent_twice_is_one_reply(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        post = await write(ada, "Hello", audience="everyone")
        reply = {**(await ada.open(post.path)).form("/write").fields, "text": "And to you"}
        for _ in range(2):
            assert (await ada.post("/write", reply)).status == 200
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 2


async def test_a_hidden_field_that_no_page_of_ours_made_is_refused(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for once in ("k" * 201, "k\tk", "k" * 100_000):
            words = {"text": "Hello", "audience": "everyone", "once": once}
            page = await ada.fill("/write", "/write", words)
            assert (page.status, "This form is broken" in page.html) == (422, True)
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0


async def test_a_page_of_an_unseen_post_is_like_that_of_none(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        secret = await write(ada, "Among us", audience="community")
        unseen = await visitor.open(secret.path)
        absent = await visitor.open("/@ada/123456789")
        assert unseen.status == absent.status == 404
        assert "Among us" not in unseen.html
        assert strip_ids(unseen.html, secret.path) == strip_ids(absent.html, "/@ada/123456789")


async def test_a_reply_stands_below_and_never_reaches_further(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo, browser(node) as visitor:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "Among us?", audience="community")
        wide = await bo.fill(post.path, "/write", {"text": "To the world", "audience": "everyone"})
        assert wide.status == 422
        assert "To the world" in wide.html
        place = f"/write?reply={post.path.rpartition('/')[2]}"
        for at in (post.path, place):
            empty = await bo.fill(at, "/write", {"sure": "1"})
            assert empty.status == 422 and "Write something first" in empty.text, at
            assert empty.form("/write").fields["text"].strip() == "@ada"
        fields = (await bo.open("/write")).form("/write").fields
        for do in ("preview", "show", ""):
            blank = await bo.post("/write", fields | {"text": " ", "do": do})
            assert ("Write something first" in blank.text) is (do != "show"), do
        assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 1, "To the world"
        assert "@ada" in (await bo.open(place)).html.partition("</blockquote>")[0]
        assert (await bo.fill(post.path, "/write", {"text": "@bo"})).status == 200, "an answer"
        reply = await bo.fill(post.path, "/write", {"text": "@ada yes, among us"})
        assert reply.status == 200
        assert "yes, among us" in (await ada.open(post.path)).html
        assert (await visitor.open(reply.path)).status == 404


async def test_what_is_wrong_comes_back_with_every_word(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for text in ("   ", "x" * (MAX_CHARACTERS + 1)):
            refused = await write(ada, text, audience="everyone")
            assert refused.status == 422
            assert 'role="alert"' in refused.html
            assert text.strip() in refused.html
        nowhere = await write(ada, "For whom?", audience="the moon")
        assert nowhere.status == 422
        assert "For whom?" in nowhere.html


async def test_a_name_that_leads_nowhere_is_asked_about_once(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        asked = await write(ada, "Hello @nobody", audience="everyone")
        assert asked.path == "/write"
        assert "@nobody" in asked.text
        published = await ada.post("/write", asked.form("/write").fields | {"audience": "everyone"})
        assert published.path.startswith("/@ada/")


async def test_a_post_and_a_change_are_seen_before_they_are_sent(start_node: Start) -> None:
    node = await given_house(start_node)
    words = "# Oak\n\nFor @bo, *once*[^1] <script>x</script>\n\na|b\n-|-\n1|2\n\n[^1]: In May."
    looks = "<h3>Oak</h3>", "<em>once</em><sup>", "</sup> &lt;script&gt;", "<br>1 · 2", "In May. <a"
    sign = r'<sup><a href="#(\w+)-note-1" id="\1-sign-1">1</a></sup>'
    note = r'<li id="(\w+)-note-1"><p>In May. <a href="#\1-sign-1"'
    look = {"do": "preview"}
    async with browser(node) as ada:
        await ada.sign_in("ada")
        seen = await ada.fill("/write", "/write", look | {"text": words, "content_note": "Wood"})
        assert seen.path == "/write" and "This is how it will look" in seen.text
        looked = seen.html.replace("h4>", "h3>")
        assert all(part in looked for part in (*looks, "<b>Wood</b>", f"{node.origin}/@bo"))
        assert re.findall(sign, looked) == re.findall(note, looked) == ["preview"]
        refused = await ada.fill("/write", "/write", look | {"text": "x" * (MAX_CHARACTERS + 1)})
        assert "at most 5" in refused.text and "This is how it will look" not in refused.text
        assert refused.method == "GET" and "x" * (MAX_CHARACTERS + 1) in refused.html
        assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0
        sent = seen.form("/write").fields | {"audience": "everyone"}
        assert sent["text"].replace("\r", "").strip() == words
        post = await ada.post("/write", sent)
        assert all(part in post.html for part in looks)
        assert len(re.findall(sign, post.html)) == 1
        assert re.findall(sign, post.html) == re.findall(note, post.html)
        path = f"{post.path}/edit"
        changed = await ada.fill(path, path, look | {"text": "Or **elm**"})
        assert "Or <strong>elm</strong>" in changed.html
        assert (changed.method, changed.path) == ("GET", path), "Back and reload send nothing"
        assert "once" in (await ada.open(post.path)).text
        again = await ada.open(path)
        assert "begun to write is here again" in again.text
        assert again.form(path).fields["text"] == "Or **elm**"
        afresh = await ada.post(path, again.form(path).fields | {"do": "afresh"})
        assert "once" in afresh.form(path).fields["text"] and "begun" not in afresh.text


async def test_the_preview_is_the_post_with_its_files_and_its_poll(start_node: Start) -> None:
    node = await start_node()
    app = await given_app(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for fields in (
            {"option1": "Rye", "option2": "Oat <b>", "text": "Which?", "language": "nl"},
            {"as": "article", "title": "On bread", "text": "It is *patient*."},
        ):
            files = [await uploaded(app, text) for text in ("A loaf", "An oven")]
            named = {f"media[{one['id']}]": one["description"] for one in files}
            points = {f"focus[{files[1]['id']}]": "0.5,-0.5"}
            form = {**fields, **named, **points, "content_note": "Food", "audience": "followers"}
            seen = await ada.fill("/write", "/write", {**form, "do": "preview"})
            assert seen.method == "GET"
            shown = said_in(seen.html.partition('id="preview"')[2], "</article>")
            assert 'alt="A loaf"' in shown and 'alt="An oven"' in shown and "fx-3 fy-3" in shown
            assert "Followers" in seen.html.partition('id="preview"')[2].partition("</header>")[0]
            post = await ada.post("/write", seen.form("/write").fields)
            published = said_in(post.html.partition('<div id="this"')[2], '<form class="acts"')
            assert shown.replace("h4", "h3") == published.replace("h4", "h3")
            path = f"{post.path}/edit"
            look = {"do": "preview", next(iter(named)): "A dark loaf"}
            changed = await ada.fill(path, path, look)
            assert said_in(changed.html.partition('id="preview"')[2], "</article>") == (
                shown.replace("A loaf", "A dark loaf")
            )


def said_in(html: str, end: str) -> str:
    """What a post says, below its head."""
    words = html.partition("</header>")[2].partition(end)[0]
    return " ".join(words.split())


async def test_back_and_loading_again_lose_nothing_and_send_nothing(start_node: Start) -> None:
    """The address of a form is that of what is kept of it."""
    node = await start_node()
    app = await given_app(node, "ada")
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await given_account(node, "bo")
        await bo.sign_in("bo")
        address = str((await ada.http.get("/write")).url.relative())
        form = (await ada.open(address)).form("/write").fields
        file = await uploaded(app, "A loaf")
        form |= {"text": "Patient", "language": "nl", "option1": "Rye", "option2": "Oat"}
        form |= {f"media[{file['id']}]": "A loaf", f"focus[{file['id']}]": "0.5,-0.5"}
        form |= {"audience": "quiet", "content_note": "Food"}
        seen = await ada.post("/write", form | {"do": "preview"})
        for back in (await ada.open(address), seen):
            fields = back.form("/write").fields
            assert {name: fields[name] for name in form if name != "csrf"} == {
                name: value for name, value in form.items() if name != "csrf"
            }
        assert "Patient" not in (await bo.open(address)).html
        # What the browser's Back brings knows nothing of the file: it is not published without.
        stale = {name: value for name, value in form.items() if "[" not in name}
        missed = await ada.post("/write", stale | {"sure": "1"})
        assert missed.method == "GET" and "were not in the form" in missed.text
        assert f"media[{file['id']}]" in missed.form("/write").fields
        # An error that is shown at once is kept, too.
        wrong = await ada.post("/write", form | {"option2": "rye"})
        kept = (await ada.open(address)).form("/write").fields
        assert (wrong.status, kept["option2"]) == (422, "rye")
        post = await ada.post("/write", form)
        assert post.path.startswith("/@ada/")
        assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 0
        # Back after that, and another word: it is neither lost nor another post at once.
        over = await ada.open(address)
        assert "published this already" in over.text and post.path in over.html
        assert (await ada.post("/write", form)).path == post.path
        other = await ada.post("/write", form | {"text": "More", "sure": "1"})
        assert other.path == "/write" and "it is another post" in other.text
        fields = other.form("/write").fields
        assert fields["text"] == "More" and post.path in other.html
        assert "“A loaf” is not taken. It is in a post of yours already." in other.text
        dark = {f"media[{file['id']}]": "A dark loaf"}
        for changed in ({"option2": "Wheat"}, {"language": "en"}, dark):
            told = await ada.post("/write", form | changed | {"sure": "1"})
            assert "it is another post" in told.text and post.path in told.html, changed
        less = {name: value for name, value in form.items() if "[" not in name}
        told = await ada.post("/write", less | {"sure": "1"})
        assert "it is another post" in told.text, "without its file"
        await node.pool.execute(
            "UPDATE kept_drafts SET kept = jsonb_set(kept, '{values,once}', '\"x\"')"
        )
        old = await ada.open(f"/write?form={fields['once']}")
        assert old.form("/write").fields["once"] == fields["once"], "as its address says"
        await the_same_again_is_one_draft(node, ada, post.path, less | {"text": "Seen first"})
        off = await ada.post("/write", fields | {"do": "leave-0"})
        another = await ada.post("/write", off.form("/write").fields)
        assert another.path not in ("/write", post.path)
        await too_many_are_told(ada, app)


async def the_same_again_is_one_draft(
    node: RunningNode, ada: Browser, path: str, used: dict[str, str]
) -> None:
    pages = [await ada.post("/write", used | {"do": "preview"}) for _ in range(2)]
    seen = await ada.post("/write", pages[-1].form("/write").fields | {"do": "preview"})
    assert "published this already" in seen.text and path in seen.html, "however often seen"
    assert await drafts_of(node, used["text"]) == 1
    once = await ada.post("/write", seen.form("/write").fields | {"sure": "1"})
    assert once.path not in ("/write", path), "one press publishes what it promised"


async def too_many_are_told(ada: Browser, app: App) -> None:
    """The form that comes back by Back has files of its own besides those it does not know of."""
    kept = await uploaded(app, "A crumb")
    form = (await ada.open("/write")).form("/write").fields | {"text": "Many"}
    await ada.post("/write", form | {f"media[{kept['id']}]": "A crumb", "do": "show"})
    files = [await uploaded(app, f"Loaf {number}") for number in range(4)]
    told = await ada.post(
        "/write", form | {f"media[{one['id']}]": one["description"] for one in files}
    )
    assert "“Loaf 3” is not taken. A post has 4 files at most." in told.text
    fields = told.form("/write").fields
    assert f"media[{kept['id']}]" in fields and f"media[{files[3]['id']}]" not in fields


async def test_words_outlive_what_they_are_about_and_their_session(start_node: Start) -> None:
    """What is answered, or changed, is deleted meanwhile; or its writer is signed out."""
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "Who bakes?", audience="community")
        edit, delete = f"{post.path}/edit", f"{post.path}/delete"
        reply = (await bo.open(post.path)).form("/write").fields | {"text": "I do"}
        begun = await bo.fill(post.path, "/write", {"text": "I would", "do": "preview"})
        place = f"/write?form={begun.form('/write').fields['once']}"
        await node.pool.execute("UPDATE posts SET language = 'nl'")
        change = (await ada.open(edit)).form(edit).fields | {"text": "Who bakes rye?"}
        await node.pool.execute("DELETE FROM sessions WHERE account_id = $1", await id_of(node))
        here = {"Sec-Fetch-Site": "same-origin"}
        expired = await ada.post(edit, change, headers=here)
        assert expired.status == 403
        await ada.sign_in("ada")
        sent = expired.form(f"{edit}/resume").fields
        resumed = await ada.post(f"{edit}/resume", sent, headers=here)
        assert (resumed.method, resumed.path) == ("GET", edit)
        change = resumed.form(edit).fields
        assert change["text"] == "Who bakes rye?"
        form = (await ada.open(delete)).form(delete).fields
        twice = [await ada.post(delete, form) for _ in range(2)]
        assert {one.path for one in twice} == {"/@ada"}
        assert all("Your post is deleted." in one.text for one in twice)
        told = await bo.open("/@ada?deleted=1")
        assert "Your post is deleted." not in told.text, "another’s page tells nobody so"
        opened = await bo.open(place)
        assert "is not here any more" in opened.text and "I would" in opened.html
        for person, path, fields in ((bo, "/write", reply), (ada, edit, change)):
            _, gone = [await person.post(path, fields) for _ in range(2)]
            assert (gone.method, gone.path) == ("GET", "/write")
            assert await drafts_of(node, fields["text"]) == 1, "also when pressed twice"
            assert "is not here any more" in gone.text
            assert gone.form("/write").fields["language"] == fields.get("language", "en")
            alone = await person.post("/write", gone.form("/write").fields)
            assert alone.path.startswith("/@") and fields["text"] in alone.text
        late = await ada.post(edit, change)
        assert "published this already" in late.text and alone.path in late.html
        huge = await ada.post(edit, change | {"text": "Å" * (MOST_BYTES // 2)})
        assert huge.status == 422 and "more than can be kept" in huge.text
        assert huge.form("/write").fields["text"] and "is not here any more" in huge.text
        assert (await bo.post(f"{alone.path}/edit", change)).status == 403, "a form of hers"


async def drafts_of(node: RunningNode, text: str) -> int:
    drafts = "SELECT count(*) FROM kept_drafts WHERE kept #>> '{values,text}' = $1"
    return await node.pool.fetchval(drafts, text)


async def id_of(node: RunningNode) -> int:
    return await node.pool.fetchval("SELECT id FROM accounts ORDER BY id LIMIT 1")


async def test_what_is_too_large_to_be_kept_stays_in_the_form(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        post = await write(ada, "Short", audience="community")
        huge = "Å" * (MOST_BYTES // 2)
        for path in ("/write", f"{post.path}/edit"):
            for do in ("preview", "show"):
                told = await ada.fill(path, path, {"text": huge, "do": do})
                assert told.status == 422 and "more than can be kept" in told.text
                assert told.form(path).fields["text"] == huge
            assert (await ada.fill(path, path, {"text": huge})).form(path).fields["text"] == huge
    assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 0


async def test_a_change_is_asked_what_a_new_post_is_asked(start_node: Start) -> None:
    node = await start_node()
    app = await given_app(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        file = await uploaded(app, "")
        poll = {"option1": "Rye", "option2": "Oat", f"media[{file['id']}]": "", "sure": "1"}
        post = await ada.fill("/write", "/write", {"text": "Which?", **poll})
        path = f"{post.path}/edit"
        page = await ada.open(path)
        assert "Oat" in page.text and "They stay as they are" in page.text
        assert "Other servers" not in page.text, "it stays in this community"
        for empty in ("", " \u2003 "):
            refused = await ada.post(path, page.form(path).fields | {"text": empty, "sure": "1"})
            assert refused.status == 422 and "Write the question of your poll" in refused.text
            assert 'href="#text"' in refused.html and 'id="text-error"' in refused.html
        asked = await ada.post(path, page.form(path).fields | {"text": "Which, @nobodyhere?"})
        assert asked.method == "GET" and asked.path == path
        assert "Say in a sentence what is in your picture" in asked.text
        assert "lead to nobody" in asked.text and "@nobodyhere" in asked.text
        saved = await ada.post(path, asked.form(path).fields)
        assert saved.path == post.path and "Which, @nobodyhere?" in saved.text
        assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 0


async def test_a_second_click_publishes_nothing_more(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        fields = (await ada.open("/write")).form("/write").fields
        fields |= {"text": "Once", "audience": "everyone"}
        first = await ada.post("/write", fields)
        second = await ada.post("/write", fields)
        assert first.path == second.path
        assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1


async def test_a_change_is_kept_beside_what_it_said_before(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "First words", audience="community")
        changed = await ada.fill(f"{post.path}/edit", f"{post.path}/edit", {"text": "Last words"})
        assert "Last words" in changed.html
        link = re.compile(rf'<a href="{post.path}/history">Changed <time datetime="[^"]+" title=')
        assert link.search((await bo.open(post.path)).html), "where whoever reads it finds that"
        history = await bo.open(f"{post.path}/history")
        assert "First words" in history.html
        assert "Last words" in history.html
        assert (await bo.open(f"{post.path}/edit")).status == 404


async def test_the_history_says_what_changed_in_words_files_and_notes(start_node: Start) -> None:
    node = await start_node()
    app, other = await given_app(node, "ada"), await given_app(node, "bo")
    loaf, oven, seed = [await uploaded(app, text) for text in ("A laof", "An oven", "A seed")]
    made = await app.publish(
        "Bread at four", media_ids=[loaf["id"], oven["id"]], local_only=True, language="en"
    )
    path, file = f"/v1/statuses/{made['id']}", loaf["id"]
    change = {
        "status": "Bread at five",
        "spoiler_text": "Food",
        "media_ids": [file, seed["id"]],
        "media_attributes": [{"id": file, "description": "A loaf"}],
    }
    assert await app.status("PUT", path, json=change) == 200
    first, last = await other.get(f"{path}/history")
    assert [one["description"] for one in first["media_attachments"]] == ["A laof", "An oven"]
    assert [one["type"] for one in first["media_attachments"]] == ["image", "unknown"], "taken off"
    assert "?pass=" in first["media_attachments"][0]["url"], "who sees the post sees its files"
    assert [one["description"] for one in last["media_attachments"]] == ["A loaf", "A seed"]
    assert (first["spoiler_text"], last["spoiler_text"], last["sensitive"]) == ("", "Food", True)
    async with browser(node) as bo, browser(node) as visitor:
        await bo.sign_in("bo")
        page = await bo.open(f"/@ada/{made['id']}/history")
        for told in (
            'Bread at <del><span class="vh">[gone: </span>four<span class="vh">]</span></del>',
            '<ins><span class="vh">[new: </span>five<span class="vh">]</span></ins>',
            "<ins>A seed</ins>",
            "<del>An oven</del>",
        ):
            assert told in page.html
        assert "Described otherwise: A [gone: laof ] [new: loaf ]" in page.text
        assert "Not shown any more: An oven" in page.text
        assert (await visitor.open(f"/@ada/{made['id']}/history")).status == 404
    async with transaction(node.pool) as tx:
        await forget_files(tx, PostId(int(made["id"])), [int(file)])
    first, last = await other.get(f"{path}/history")
    assert [one["description"] for one in first["media_attachments"]] == ["An oven"]


async def test_a_stale_change_overwrites_nothing(start_node: Start) -> None:
    node = await start_node()
    app = await given_app(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        post = await write(ada, "One", audience="community")
        stale = (await ada.open(f"{post.path}/edit")).form(f"{post.path}/edit").fields
        for _ in range(2):
            saved = await ada.post(f"{post.path}/edit", stale | {"text": "Two\r\n"})
            assert saved.path == post.path, "also when pressed twice"
        assert await node.pool.fetchval("SELECT revision FROM posts") == 2
        refused = await ada.post(f"{post.path}/edit", stale | {"text": "Three"})
        assert refused.status == 409
        assert "Two" in refused.html
        assert "Three" in refused.html
        assert "Two" in (await ada.open(post.path)).html
        # Changed while this one is on its way: what counts is what is there when it is saved.
        last = refused.form(f"{post.path}/edit").fields
        async with transaction(node.pool) as tx:
            await tx.execute("UPDATE posts SET revision = revision + 1, source = 'Other'")
            second = asyncio.create_task(ada.post(f"{post.path}/edit", last))
            await is_waiting(node.pool, second)
        behind = await second
        assert behind.status == 409 and "changed elsewhere" in behind.text
        await what_is_saved_is_kept_no_more(node, ada, post.path)
        place = f"/v1/statuses/{post.path.rpartition('/')[2]}"
        async with transaction(node.pool) as tx:
            await tx.execute("UPDATE posts SET revision = revision + 1")
            second = asyncio.create_task(app.status("PUT", place, json={"status": "By an app"}))
            await is_waiting(node.pool, second)
        assert await second == 422
        assert await node.pool.fetchval("SELECT source FROM posts") == "Other"
        async with transaction(node.pool) as tx:
            await tx.execute("UPDATE posts SET revision = revision + 1, source = 'The same'")
            second = asyncio.create_task(app.status("PUT", place, json={"status": "The same"}))
            await is_waiting(node.pool, second)
        assert await second == 200, "it says that already"
        # Deleted at that moment: the words go on as those of a new post.
        last = (await ada.open(f"{post.path}/edit")).form(f"{post.path}/edit").fields
        last |= {"text": "Kept", "file_description": "A loaf"}
        async with transaction(node.pool) as tx:
            await tx.execute("DELETE FROM posts")
            second = asyncio.create_task(with_a_file(ada, f"{post.path}/edit", last))
            await is_waiting(node.pool, second)
        for gone in (await second, await with_a_file(ada, f"{post.path}/edit", last)):
            fields = gone.form("/write").fields
            assert (gone.path, fields["text"]) == ("/write", last["text"])
            assert any(name.startswith("media[") for name in fields), "sent with those words"


async def what_is_saved_is_kept_no_more(node: RunningNode, ada: Browser, path: str) -> None:
    same = "UPDATE posts SET revision = revision + 1, source = $1"
    form = (await ada.open(f"{path}/edit")).form(f"{path}/edit").fields
    look = {"do": "preview"}
    await ada.post(f"{path}/edit", form | look | {"text": "Five"})
    async with transaction(node.pool) as tx:
        await tx.execute(same, "Five")
        second = asyncio.create_task(ada.post(f"{path}/edit", form | {"text": "Five"}))
        await is_waiting(node.pool, second)
    assert ((await second).path, await drafts_of(node, "Five")) == (path, 0)
    await ada.post(f"{path}/edit", form | look | {"text": "Six"})
    await node.pool.execute(same, "Six")
    saved = await ada.post(f"{path}/edit", form | {"text": "Six"})
    assert (saved.path, await drafts_of(node, "Six")) == (path, 0)
    await node.pool.execute(same, "Other")


async def with_a_file(ada: Browser, path: str, fields: dict[str, str]) -> SeenPage:
    data = FormData(fields)
    data.add_field("file", BytesIO(made.photograph()), filename="loaf.jpg")
    async with ada.http.post(path, data=data) as answer:
        return seen(answer.status, answer.url.path, await answer.text(), answer.headers)


async def test_a_deleted_post_is_gone_from_every_page(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "To be regretted", audience="everyone")
        assert (await bo.open(f"{post.path}/delete")).status == 404
        assert "ask those servers" not in (await ada.open("/write")).text, "nobody follows there"
        for path in (f"{post.path}/delete", f"{post.path}/again"):
            assert "We know of no other server that has it" in (await ada.open(path)).text
        await ada.fill(f"{post.path}/delete", f"{post.path}/delete", {}, allow_redirects=False)
        gone = await bo.open(post.path)
        assert gone.status == 410 and "It was deleted, and does not come back" in gone.text
        below = ("history", "edit", "delete", "again", "unquote", "acts")
        for reader in (ada, bo):
            said = {name: (await reader.open(f"{post.path}/{name}")).status for name in below}
            assert said == dict.fromkeys(below, 410), "as its own page does"
            assert await _pressed(reader, post.path) == [410] * 4, "in a page left open"
        number = post.path.rpartition("/")[2]
        answers = {name: await bo.open(f"/@{name}/{number}") for name in ("Ada", "bo", "%00")}
        told = {name: page.status for name, page in answers.items()}
        assert told == {"Ada": 410, "bo": 404, "%00": 404}, "of whoever wrote it"
        assert "To be regretted" not in (await ada.open("/")).html
        letter = await write(ada, "Among us", audience="community")
        await ada.fill(f"{letter.path}/delete", f"{letter.path}/delete", {})
        for path in (letter.path, *(f"{letter.path}/{name}" for name in below)):
            assert (await bo.open(path)).status == 404, "who never read it learns nothing"
        assert await _pressed(bo, letter.path) == [404] * 4


async def _pressed(reader: Browser, path: str) -> list[int]:
    form = (await reader.open("/")).form("/sign-out").fields
    buttons = (("acts", "thank"), ("vote", ""), ("pin", "pin"), ("unquote", ""))
    return [(await reader.post(f"{path}/{at}", form | {"do": do})).status for at, do in buttons]


async def test_a_post_is_deleted_and_written_again_with_all_its_parts(start_node: Start) -> None:
    node = await start_node()
    app, other = await given_app(node, "ada"), await given_app(node, "bo")
    media = await uploaded(app, description="A loaf", focus="0.5,-0.5")
    question = await other.publish("Who bakes?")
    made = await app.publish(
        "I *do*",
        media_ids=[media["id"]],
        poll={"options": ["Rye", "Oat"], "expires_in": 1200, "multiple": True, "hide_totals": True},
        spoiler_text="Flour",
        language="nl",
        in_reply_to_id=question["id"],
        quote_approval_policy="nobody",
    )
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        again = f"/@ada/{made['id']}/again"
        assert (await bo.open(again)).status == 404
        sent = (await ada.open(again)).form(again).fields
        assert (await bo.post(again, sent)).status in (403, 404)
        first, opened = [await ada.post(again, sent) for _ in range(2)]
        for page in (first, opened, await ada.open(again)):
            assert (page.status, page.path) == (200, "/write"), "pressed twice, and gone back to"
        assert (await bo.open(again)).status in (404, 410)
        assert await app.status("GET", f"/v1/statuses/{made['id']}") == 404
        fields = opened.form("/write").fields
        told = {
            "text": "I *do*",
            "content_note": "Flour",
            "language": "nl",
            "audience": "everyone",
            "parent": question["id"],
            f"media[{media['id']}]": "A loaf",
            f"focus[{media['id']}]": "0.5,-0.5",
            "option2": "Oat",
            "lasts": "1200",
            "several": "1",
        }
        assert {name: fields[name] for name in told} == told
        address = f"/write?form={fields['once']}"
        assert "do*" not in (await bo.open(address)).html
        link = f'href="{address}&amp;look=begun"'
        assert link in (await ada.open("/write")).html, "who has left the page finds it again"
        assert "look=begun" not in (await bo.open("/write")).html
        look = await ada.post("/write", fields | {"text": "I **did**", "do": "preview"})
        assert "<strong>did</strong>" in look.html and look.method == "GET", "Back sends nothing"
        seen = await ada.open(f"{address}&look=1")
        assert "<strong>did</strong>" in seen.html, "and it can be loaded again"
        page = await ada.post("/write", seen.form("/write").fields)
        status = await app.get(f"/v1/statuses/{page.path.rpartition('/')[2]}")
        assert (status["media_attachments"][0]["description"], status["language"]) == (
            "A loaf",
            "nl",
        )
        policy = await node.pool.fetchval("SELECT quote_policy FROM posts ORDER BY id DESC LIMIT 1")
        assert policy == "nobody"
        assert await node.pool.fetchval("SELECT hides_totals FROM polls")
        over = await ada.open(f"{address}&look=1")
        assert "published this already" in over.text and page.path in over.html
        assert "not here any more" in (await ada.open("/write?form=x&look=begun")).text
        assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 0
    await drafts_are_few_and_forgotten(node, app.account_id, other.account_id)


async def drafts_are_few_and_forgotten(node: RunningNode, *owners: AccountId) -> None:
    kept = Kept(values={"text": "x"})
    async with transaction(node.pool) as tx:
        for owner in owners:
            await kept_store.keep(tx, owner, "gone", kept, of_post=PostId(7))
            for number in range(MOST_KEPT + 2):
                await kept_store.keep(tx, owner, f"{number}", kept)
                await kept_store.keep(tx, owner, f"{number}", kept)
            for number in range(MOST_DELETED):
                await kept_store.keep(tx, owner, f"d{number}", kept, of_post=PostId(8 + number))
            there = [
                (await kept_store.find_form(tx, owner, form)).kept
                for form in ("gone", "0", "2", f"{MOST_KEPT + 1}", "d0")
            ]
            assert there == [None, None, kept, kept, kept], "each kind makes room for its own"
            await tx.execute(
                "UPDATE kept_drafts SET kept_at = kept_at + interval '1 second' WHERE form = '3'"
            )
            await kept_store.keep(tx, owner, "late", kept)
            assert (await kept_store.find_form(tx, owner, "3", beside=True)).begun == []
            for beside in (False, True):  # every draft is read where they are listed, only
                known = await kept_store.find_form(tx, owner, "new", beside=beside)
                begun = [one.form for one in known.begun]
                assert len(begun) == (MOST_KEPT + MOST_DELETED) * beside
                assert begun[:1] == ["3"] * beside, "the last one first"
        await kept_store.keep(tx, owners[1], "hers", kept)
        assert (await kept_store.find_form(tx, owners[0], "hers")).kept is None
        await tx.execute("UPDATE kept_drafts SET kept_at = now() - interval '25 hours'")
    assert await forget_keys_once(node.pool, chunk=9) > 2 * MOST_KEPT
    assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 0


async def test_thanks_and_shares_are_buttons_that_can_be_taken_back(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        post = await write(ada, "Tea at four", audience="everyone")
        for do, likes, boosts in (
            ("thank", 1, 0),
            ("share", 1, 1),
            ("unthank", 0, 1),
            ("unshare", 0, 0),
        ):
            await bo.fill(post.path, f"{post.path}/acts", {"do": do})
            counts = await node.pool.fetchrow("SELECT likes_count, boosts_count FROM posts")
            assert counts is not None
            assert tuple(counts) == (likes, boosts), do
        assert "Tea at four" not in (await bo.open("/saved")).html
        await bo.fill(post.path, f"{post.path}/acts", {"do": "save"})
        assert "Tea at four" in (await bo.open("/saved")).html
        assert "Tea at four" not in (await ada.open("/saved")).html
        await bo.fill("/saved", f"{post.path}/acts", {"do": "unsave"})
        assert "Tea at four" not in (await bo.open("/saved")).html
        inside = await write(ada, "Among us", audience="community")
        refused = await bo.fill(inside.path, f"{inside.path}/acts", {"do": "share"})
        assert refused.status == 422


async def test_visitors_read_public_pages_and_are_led_to_sign_in_to_write(
    start_node: Start,
) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        post = await write(ada, "A word on #tea", audience="everyone")
        assert "A word on" not in (await visitor.open("/")).html
        await ada.fill("/settings", "/settings", {"discoverable": "1"})
        assert "A word on" in (await visitor.open("/")).html
        assert "A word on" in (await visitor.open("/tags/tea")).html
        assert (await visitor.open("/write")).path == "/sign-in"
        assert 'type="application/activity+json"' in (await visitor.open(post.path)).html


async def test_nonsense_in_addresses_is_not_found(start_node: Start) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for path in ("/tags/%00", "/tags/%23%23", "/@ada/999999999999999999", "/write?reply=1e9"):
            assert (await ada.open(path)).status == 404, path


async def given_house(start_node: Start) -> RunningNode:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "bo")
    return node


async def write(writer: Browser, text: str, *, audience: str) -> SeenPage:
    return await writer.fill("/write", "/write", {"text": text, "audience": audience})


def strip_ids(html: str, path: str) -> str:
    return html.replace(path, "").replace(quote(path), "").partition("<footer")[0]

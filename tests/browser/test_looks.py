"""Every page in light and dark, on a desk and on a phone: pictures to look at, nothing too wide."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.async_api import Page

from fedinet.actors.model import ProfileChange, ProfileField
from fedinet.actors.store import find_local_by_name, get_actor, update_local_profile
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.follows.commands import follow
from fedinet.lists import commands
from fedinet.posts.commands import publish
from fedinet.posts.model import Draft, Post
from fedinet.reactions.commands import boost, like
from fedinet.timelines.commands import place_own_post
from tests.browser.conftest import Visit
from tests.browser.judge import LARGE, SPACED, WRITTEN
from tests.browser.visitor import Look, Visitor
from tests.integration.apps import App, given_token
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_media_posts import uploaded

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser

NAMES: Final = {
    "noor": "Noor Peeters",
    "willem": "Willem De Backer",
    "elif": "Elif Demir",
    "aicha": "Aïcha Benali",
    "maximiliane": "Maximiliane-Theodora von Hohenlohe-Schillingsfürst zu Langenburg",
}
_LADDER: Final = (
    "Second load test on the reused oak beams: *eleven of the fourteen* pass at full span, three"
    " are fine as purlins. The slow-grown ones surprised all of us.\n\nI’ll bring the off-cuts on"
    " Saturday. Details: https://example.org/a/rather/long/address/that/has-to-break-somewhere-or"
    "-else-it-would-hang-out-of-the-sheet"
)

_FOCUSED: Final = """
() => {
    const here = document.activeElement;
    if (here === document.body || window.walked?.has(here)) return null;
    (window.walked ??= new Set()).add(here);
    const seen = [...here.getClientRects()].some(box => {
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return top && (here.contains(top) || top.closest("label")?.contains(here));
    });
    const marked = [here, here.closest(".choice-card") ?? here]
        .some(one => getComputedStyle(one).outlineStyle === "solid");
    return seen && marked ? "" : here.outerHTML.slice(0, 200);
}
"""
"""What is wrong with where the keyboard is: "" nothing; null at the end of the way."""
_COVERED: Final = """
() => [...document.querySelectorAll(".post")].filter(post => {
    const time = post.querySelector(".post-time").getBoundingClientRect();
    return [...post.querySelectorAll(".post-via span, .name bdi, .post-head .meta, .reach")]
        .flatMap(one => [...one.getClientRects()])
        .some(line => line.left < time.right && time.left < line.right
            && line.top < time.bottom && time.top < line.bottom);
}).map(post => post.innerText.slice(0, 100))
"""
"""Whose time stands on the words of their head."""
_SQUEEZED: Final = """
() => {
    const bar = document.querySelector(".nav--main"), wide = document.documentElement.clientWidth;
    const boxes = [...document.querySelectorAll(".brand > *, .tools > .btn, .tools > .menu")]
        .map(one => one.getBoundingClientRect());
    const clash = boxes.some((one, i) => boxes.slice(i + 1).some(two =>
        one.left < two.right - 1 && two.left < one.right - 1
        && one.top < two.bottom - 1 && two.top < one.bottom - 1));
    const out = [...document.querySelectorAll(".masthead :is(.brand, .btn, summary, .icon)")]
        .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > wide);
    const high = getComputedStyle(bar).position === "fixed" ? bar.offsetHeight : 0;
    return [clash && "the head covers itself", high > 120 && `the bar is ${high} high`,
        ...out.map(one => one.outerHTML.slice(0, 80))].filter(Boolean);
}
"""
"""What does not hold of the head and the bar of a phone."""
_MOVES: Final = """
() => [...document.querySelectorAll("*")]
    .filter(one => getComputedStyle(one).transitionDuration !== "0s")
    .map(one => one.outerHTML.slice(0, 100))
"""
"""What moves where somebody asked for less of it, as these visitors do."""


async def test_every_page_has_its_looks(start_node: Start, visit: Visit) -> None:
    node, other = await start_node(), await start_node()
    story = await given_a_day(node, other)
    visitor = await visit(node)
    for name, path in (
        ("landing", "/"),
        ("about", "/about"),
        ("profile-visitor", "/@willem"),
        ("thread-visitor", story["thread"]),
        ("elsewhere", story["far"]),
        ("sign-in", "/sign-in"),
    ):
        await visitor.open(path)
        await visitor.shots(name)
    await visitor.open("/@nobody", status=404)
    await visitor.shots("nothing-here")
    noor = await visit(node, "noor")
    for name, path in pages_of_members(story):
        await noor.open(path)
        await noor.shots(name)
    await show_menu(noor)
    for width in (1280, 390):
        await noor.change(Look(width=width))
        for path in ("/", "/write", "/people", "/notifications", "/@willem", story["thread"]):
            await noor.open(path)
            assert await hidden_from_keys(noor.page) == [], (width, path)
            assert await noor.page.evaluate(_MOVES) == [], path
            assert await noor.page.evaluate(_COVERED) == [], (width, path)
            if width == 390:
                await holds_in_other_letters(noor, path)
    await noor.change(Look())
    await noor.page.set_viewport_size({"width": 840, "height": 900})
    height = await noor.page.evaluate("() => document.querySelector('.masthead').offsetHeight")
    assert height < 90, "the head of the page stands in one line"


def pages_of_members(story: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return (
        ("home", "/"),
        ("community", "/community"),
        ("letters", "/conversations"),
        ("thread", story["thread"]),
        ("write", "/write"),
        ("profile", "/@willem"),
        ("profile-far", story["far"]),
        ("profile-own", "/@noor"),
        ("people", "/people"),
        ("people-none", "/people?q=zzz"),
        ("followers", "/people/followers"),
        ("following", "/people/following"),
        ("suggested", "/people/suggested"),
        ("bond", story["bond"]),
        ("lists", "/lists"),
        ("list", story["list"]),
        ("list-people", story["list"] + "/people"),
        ("requests", "/requests"),
        ("muted", "/people/muted"),
        ("notifications", "/notifications"),
        ("search", "/search?q=beams"),
        ("search-people", "/search?q=willem"),
        ("settings", "/settings"),
        ("security", "/settings/security"),
        ("pictures", "/settings/pictures"),
        ("filters", "/settings/filters"),
        ("filter-new", "/settings/filters/new"),
        ("preferences", "/settings/preferences"),
        ("moving", "/settings/moving"),
        ("everything", story["everything"]),
        ("change", story["everything"] + "/edit"),
        ("report", f"/report?post={story['thread'].rpartition('/')[2]}"),
        ("reports", "/admin/reports"),
        ("policy", "/policy"),
        ("invitations", "/invitations"),
    )


async def hidden_from_keys(page: Page) -> list[str]:
    """What the keyboard comes to that is covered, out of sight or not marked."""
    found: list[str] = []
    while True:
        await page.keyboard.press("Tab")
        wrong = await page.evaluate(_FOCUSED)
        if wrong is None:
            return found
        found += [wrong] if wrong else []


async def holds_in_other_letters(noor: Visitor, path: str) -> None:
    """Twice the letters, or more room between them, on a phone and on the narrowest."""
    for width in (390, 320):
        await noor.page.set_viewport_size({"width": width, "height": 844})
        for letters in (LARGE, SPACED):
            await noor.page.evaluate(WRITTEN, letters)
            await noor.fits(f"{path} in other letters")
            assert await noor.page.evaluate(_SQUEEZED) == [], (width, path, letters)
        await noor.page.evaluate(WRITTEN, "")
    await noor.change(Look(width=390))


async def show_menu(noor: Visitor) -> None:
    await noor.open("/@willem")
    await noor.page.locator("main .menu > summary").first.click()
    await noor.shots("profile-menu")


async def given_a_day(node: RunningNode, other: RunningNode) -> dict[str, str]:
    """A small community on a busy day, and somebody elsewhere who follows and answers."""
    for username, name in NAMES.items():
        await given_account(node, username, role="owner" if username == "noor" else "member")
        await change(node, username, ProfileChange(name=name, discoverable=True))
    await given_account(other, "marieke")
    await change(other, "marieke", ProfileChange(name="Marieke Dewulf"))
    await change(
        node,
        "willem",
        ProfileChange(
            summary_source="…",
            summary_html="<p>Timber engineer. I look after the floors that bounce beds, and I am"
            ' glad when <a href="https://example.org">somebody</a> asks before they cut.</p>',
            fields=(
                ProfileField("Works at", "De Zagerij, Dendermonde"),
                ProfileField("Website", '<a href="https://example.org/x">example.org/x</a>'),
            ),
        ),
    )
    first = await say(node, "willem", _LADDER)
    await say(node, "elif", "It has three steps and no rail. Photos tonight.", note="A fall")
    answer = await say(node, "aicha", "Could I have two of the off-cuts?", parent=first)
    await say(node, "willem", "They are yours, Aïcha.", parent=answer)
    await say(node, "maximiliane", "Good morning @noor and @willem", "noor", "willem")
    await say(node, "aicha", "Among us: soup at one.", visibility=Visibility.COMMUNITY)
    mine = await say(node, "noor", "Who has a ladder to lend? #ladders")
    far = await node.services.actors.resolve_handle(f"marieke@{other.domain}")
    home = await other.services.actors.resolve_handle(f"noor@{node.domain}")
    assert far is not None
    assert home is not None
    async with transaction(node.pool) as tx:
        noor = await find_local_by_name(node.pool, "noor")
        assert noor is not None
        for username in ("willem", "elif", "aicha"):
            someone = await find_local_by_name(node.pool, username)
            assert someone is not None
            await follow(tx, someone, noor, now=datetime.now(UTC))
            await follow(tx, noor, someone, now=datetime.now(UTC))
            await like(tx, someone, mine.id)
            await boost(tx, someone, mine.id, now=datetime.now(UTC))
        await tx.execute("UPDATE follows SET state = 'accepted' WHERE target_id <> $1", noor.id)
        await tx.execute(
            "UPDATE follows SET state = 'accepted' WHERE target_id = $1 AND follower_id ="
            " (SELECT id FROM actors WHERE username = 'willem')",
            noor.id,
        )
        await follow(tx, noor, far, now=datetime.now(UTC))
        friends = await commands.create(tx, noor.id, "The quay", exclusive=True)
        await commands.add(tx, friends, [first.author_id])
    async with transaction(other.pool) as tx:
        marieke = await find_local_by_name(other.pool, "marieke")
        assert marieke is not None
        await follow(tx, marieke, home, now=datetime.now(UTC))
    await node.drain()
    async with transaction(node.pool) as tx:
        await tx.execute(
            "INSERT INTO home (owner_id, item_id, post_id) SELECT $1, id, id FROM posts"
            " WHERE visibility IN ('everyone', 'community') ON CONFLICT DO NOTHING",
            noor.id,
        )
    return {
        "thread": f"/@willem/{first.id}",
        "far": f"/@{far.handle}",
        "list": f"/lists/{friends.id}",
        "bond": f"/people/{first.author_id}/bond",
        "everything": await say_everything(node),
    }


async def say_everything(node: RunningNode) -> str:
    """Noor asks with a poll, pictures and a content note, and quotes pictures of her own."""
    noor = await find_local_by_name(node.pool, "noor")
    account = await node.pool.fetchval("SELECT id FROM accounts WHERE role = 'owner'")
    assert noor is not None
    app = App(node, await given_token(node, account, "read write"), account, noor.id)
    pictures = [(await uploaded(app, "Oak boards"))["id"] for _ in range(5)]
    quoted = await app.publish("Before", media_ids=pictures[:3])
    whole = await app.publish(
        "And after. Which day?",
        media_ids=pictures[3:],
        quoted_status_id=quoted["id"],
        spoiler_text="A fall, with blood",
        poll={"options": ["Saturday morning, as always", "Sunday"], "expires_in": 3600},
    )
    return f"/@noor/{whole['id']}"


async def change(node: RunningNode, username: str, change: ProfileChange) -> None:
    actor = await find_local_by_name(node.pool, username)
    assert actor is not None
    async with transaction(node.pool) as tx:
        await update_local_profile(tx, actor.id, change)


async def say(
    node: RunningNode,
    username: str,
    text: str,
    *mentioned: str,
    note: str = "",
    visibility: Visibility = Visibility.EVERYONE,
    parent: Post | None = None,
) -> Post:
    people = {name: await find_local_by_name(node.pool, name) for name in (username, *mentioned)}
    known = {name: actor for name, actor in people.items() if actor is not None}
    async with transaction(node.pool) as tx:
        return await publish(
            tx,
            node.services.uris,
            await get_actor(tx, known[username].id),
            Draft(
                text=text,
                visibility=visibility,
                content_note=note,
                language="en",
                parent_id=None if parent is None else parent.id,
            ),
            mentioned={name: known[name] for name in mentioned},
            now=datetime.now(UTC),
            on_published=place_own_post,
        )

"""Footnotes through the door: linked on our pages, and bare wherever else posts go."""

import re
from html.parser import HTMLParser

from tests.integration.apps import given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode

_TEXT = "Bread[^1] and soup^[At one.]\n\n[^1]: Rye."


class Links(HTMLParser):
    """Ids of a page, and where its links within it lead, with the words that name them."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.leads: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.ids += [said["id"] or ""] if "id" in said else []
        href = said.get("href") or ""
        if tag == "a" and re.match(r"#.*-(note|sign)-\d", href):
            self.leads.append(href[1:])
        if tag == "ol" or href[1:] in self.leads:
            self.labels.append(said.get("aria-label") or "")


async def test_footnotes_lead_to_their_notes_and_back(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    post = await ada.publish(_TEXT)
    answer = await ada.publish(_TEXT, in_reply_to_id=post["id"])
    quoting = await ada.publish(_TEXT, quoted_status_id=post["id"])
    await ada.call("POST", f"/api/v1/statuses/{post['id']}/pin")
    async with browser(node) as visitor, browser(node) as member:
        await member.sign_in("ada")
        for reader in (visitor, member):
            for path, texts in (
                (f"/@ada/{post['id']}", 2),
                (f"/@ada/{quoting['id']}", 2),
                ("/@ada", 4),
            ):
                seen = Links()
                seen.feed((await reader.open(path)).html)
                assert len(seen.ids) == len(set(seen.ids)), path
                assert len(seen.leads) >= 4 * texts and set(seen.leads) <= set(seen.ids), path
                assert seen.labels.count("Footnotes") >= texts
                assert seen.labels.count("Back to the text: 1") >= texts
    for one in (post, answer, quoting):
        assert "<sup>1</sup>" in one["content"]
        assert " id=" not in one["content"] and "aria-label" not in one["content"]

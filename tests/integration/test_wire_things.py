"""Things in the shapes of many servers: what a follower reads of each.

``tests/wire/things_readings.csv`` holds it; ``FEDINET_READINGS=write`` writes what is so now.
"""

import os
from pathlib import Path

from fedinet.db.query import Tx
from fedinet.kernel.outcomes import Dropped
from fedinet.markup.sanitise import plain_text
from fedinet.posts.facts import whole_html
from fedinet.posts.model import Post
from tests.integration.people import given_follow, given_member
from tests.integration.playing import Reading, read_table, write_table
from tests.integration.test_wire_posts import (
    DOCUMENTS,
    KEPT,
    NOT_KEPT,
    WIRE,
    document_of,
    given_author,
    receive,
    stored,
)  # fmt: skip

READINGS = Path(WIRE) / "things_readings.csv"


async def test_what_each_software_publishes_reads_as_it_was_reviewed(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    found: dict[str, Reading] = {}
    for path in DOCUMENTS:
        if "/create_" not in path or path in KEPT or path in NOT_KEPT or "_vote." in path:
            continue
        document = document_of(path)
        author = await given_author(tx, document)
        await given_follow(tx, ada, author)
        outcome = await receive(tx, document, author)
        if isinstance(outcome, Dropped):
            found[path] = Reading("dropped", outcome.reason)
        else:
            found[path] = Reading("applied", "", words(await stored(tx, outcome, ada)))
    if os.environ.get("FEDINET_READINGS") == "write":
        write_table(READINGS, found)

    assert {path: reading.row for path, reading in found.items()} == read_table(READINGS)


def words(post: Post) -> str:
    media = [f"{a.media_type or 'file'} {a.description}".strip() for a in post.attachments]
    tags = [f"#{tag.written}" for tag in post.tags]
    text = " ".join(plain_text(whole_html(post)).split())
    note = f"[{post.content_note}] " if post.content_note else ""
    end = " ".join([post.language or "", *tags, *(f"({one})" for one in media)])
    return f"{post.visibility} {post.kind}: {note}{text} {end}".strip()

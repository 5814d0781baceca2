"""docs/example-documents.md shows what the code writes, byte for byte of its meaning.

``FEDINET_EXAMPLES=write`` writes the page anew.
"""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

from fedinet.audiences.model import Visibility
from fedinet.follows.activities import accept_follow, follow
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.posts import activities
from fedinet.posts.model import Attachment
from fedinet.reactions.activities import like
from fedinet.vocab.about import About
from fedinet.vocab.activity import Document
from tests.unit.posts.test_activities import ADA_ACTOR, BO_ACTOR, POST

DELETE = ObjectUri("https://home.example/activities/8")
ACCEPT = "https://home.example/activities/9"
PAGE = Path(__file__).parents[3] / "docs" / "example-documents.md"
_BLOCK = re.compile(r"^## ([^\n]+)\n+```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEAD = """# Example documents

What a node sends, as its code writes it; [FEDERATION.md](../FEDERATION.md) says what it means.
A test compares this page with the code.
"""


def produced() -> dict[str, Document]:
    direct = replace(POST, visibility=Visibility.MENTIONED)
    cover = Attachment(
        "https://home.example/media/k", "image/jpeg", "A loaf", 1200, 800, is_cover=True
    )
    article = replace(POST, kind="Article", about=About(title="On you"), attachments=(cover,))
    bo, ada = ActorUri(BO_ACTOR.uri), ActorUri(ADA_ACTOR.uri)
    return {
        "A post to everyone, with a mention": activities.create_note(POST, ADA_ACTOR, [BO_ACTOR]),
        "A post only to people mentioned": activities.create_note(direct, ADA_ACTOR, [BO_ACTOR]),
        "An article": activities.create_note(article, ADA_ACTOR, [BO_ACTOR]),
        "A delete": activities.delete_note(POST, ADA_ACTOR, [BO_ACTOR], uri=DELETE),
        "A follow": follow(ada, bo, uri=f"{ada}#follows/1"),
        "An answer to a follow": accept_follow(bo, ada, uri=f"{bo}/follows/1", own_uri=ACCEPT),
        "A like": like(ADA_ACTOR, ObjectUri("https://b.example/notes/1"), bo, uri=f"{ada}#likes/1"),
    }


def test_the_page_shows_what_the_code_writes() -> None:
    documents = produced()
    if os.environ.get("FEDINET_EXAMPLES") == "write":
        blocks = [
            f"\n## {title}\n\n```json\n{json.dumps(document, indent=2, ensure_ascii=False)}\n```\n"
            for title, document in documents.items()
        ]
        PAGE.write_text(HEAD + "".join(blocks))

    shown = {title: json.loads(body) for title, body in _BLOCK.findall(PAGE.read_text())}
    assert shown == json.loads(json.dumps(documents))

"""What makes the document of a post of ours that of an article. Pure.

Mastodon shows of one the title, the summary and a link, and the files that are
attached; others show the preview, or all of it.

Source: FEP-b2b8; facts of Mastodon 4.2 to 4.7 (``activity/create.rb``, converted types)
"""

from collections.abc import Sequence
from html import escape

from fedinet.actors.model import Actor
from fedinet.posts.articles import summary_of
from fedinet.posts.facts import heading
from fedinet.posts.model import Post
from fedinet.vocab.activity import Document


def article_parts(post: Post, author: Actor, files: Sequence[Document]) -> Document:
    """Title, cover, summary and preview. ``files``: the documents of its attachments, in order.

    The summary of a post with a content note is that note, and of every other its
    first sentences; where it is sensitive without a note it has none, which would be
    read as a warning. Markup is legal there, so that what is text has to be escaped.
    """
    if not post.about.title:
        return {}
    if not post.is_article:
        return {"name": post.about.title}
    beginning = summary_of(post)
    cover = next(
        (
            {**document, "type": "Image"}
            for file, document in zip(post.attachments, files, strict=True)
            if file.is_cover
        ),
        None,
    )
    says = post.content_note or ("" if post.sensitive else beginning)
    summary = escape(says, quote=False)
    return {
        "name": post.about.title,
        **({"summary": summary} if summary else {}),
        **({} if cover is None else {"image": cover}),
        "preview": {
            "type": "Note",
            "attributedTo": author.uri,
            "summary": post.content_note or None,
            "sensitive": post.sensitive,
            "content": f"{heading(post.about.title)}{_paragraph(beginning)}{_link(post.page_url)}",
            **({} if cover is None else {"attachment": [cover]}),
        },
    }


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _link(url: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(url)}</a></p>'

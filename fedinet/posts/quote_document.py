"""How a post of ours says what it quotes and who may quote it. Pure.

Source: FEP-044f and FEP-e232; facts of Mastodon 4.4 to 4.7 for the older spellings and
the paragraph that servers without quotes show.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.posts.model import Post
from fedinet.posts.quoting import QuoteState
from fedinet.vocab.activity import PUBLIC, Document

_LINK_TYPE: Final = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
_LINK_RELATION: Final = "https://misskey-hub.net/ns#_misskey_quote"


def content_with_link(post: Post) -> str:
    """The text of a post, with a link to what it quotes for readers who see nothing else.

    The class tells servers that show quotes to leave the paragraph out.
    """
    if post.quote is None:
        return post.html
    href = escape(post.quote.page_url or post.quote.uri)
    return f'<p class="quote-inline">RE: <a href="{href}">{href}</a></p>{post.html}'


def quote_parts(post: Post) -> Document:
    """What a post quotes, in every spelling; with the stamp where its author agreed."""
    quote = post.quote
    if quote is None:
        return {}
    parts: dict[str, object] = {
        "quote": quote.uri,
        "quoteUri": quote.uri,
        "quoteUrl": quote.uri,
        "_misskey_quote": quote.uri,
    }
    if quote.state is QuoteState.ACCEPTED and quote.stamp_uri is not None:
        parts["quoteAuthorization"] = quote.stamp_uri
    return parts


def quote_tags(post: Post) -> Sequence[Document]:
    """The same as a link among the tags (FEP-e232)."""
    if post.quote is None:
        return ()
    uri = post.quote.uri
    link = {"type": "Link", "mediaType": _LINK_TYPE, "rel": _LINK_RELATION, "href": uri}
    return ({**link, "name": f"RE: {uri}"},)


def policy(post: Post, author: Actor) -> Document:
    """Say who may quote a post. What stands here is what ``decide_quote`` answers.

    Absent, Mastodon takes it for nobody; the author's own address means the same.
    """
    if post.visibility is not Visibility.EVERYONE:
        return {}
    return {"interactionPolicy": {"canQuote": {"automaticApproval": [_approved(post, author)]}}}


def _approved(post: Post, author: Actor) -> str:
    match post.quote_policy:
        case QuotePolicy.EVERYONE:
            return PUBLIC
        case QuotePolicy.FOLLOWERS if author.followers_uri is not None:
            return author.followers_uri
        case _:
            return author.uri

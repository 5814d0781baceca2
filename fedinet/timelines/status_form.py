"""What an app sends to publish or change a post: its parameters become a draft. Pure."""

from typing import Final

from fedinet.accounts.quote_words import read_quote_policy
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.http.params import Params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.polls.forms import check_unchanged, read_app_poll
from fedinet.posts.model import Change, Draft, Post

_AUDIENCES: Final = {
    "public": Visibility.EVERYONE,
    "unlisted": Visibility.QUIET,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.MENTIONED,
}
_NOT_OFFERED: Final = {
    "media_ids": "Media cannot be uploaded here yet",
    "scheduled_at": "Posts cannot be scheduled here yet",
}


def read_draft(params: Params, *, app_visibility: Visibility, language: str) -> Draft:
    """Read a new post. Without an audience it gets ``app_visibility``.

    Raises:
        Unprocessable: an audience or a part that is not offered, a parent that is no number.
    """
    _check_offered(params)
    return Draft(
        text=params.text("status"),
        visibility=_audience(params, app_visibility),
        content_note=params.text("spoiler_text"),
        sensitive=params.flag("sensitive"),
        language=params.text("language") or language,
        parent_id=_number(params, "in_reply_to_id", "no such parent"),
        quoted_id=_number(params, "quoted_status_id", "no such post to quote"),
        quote_policy=_quote_policy(params),
        poll=read_app_poll(params),
    )


def read_change(params: Params, post: Post) -> Change:
    """Read an edit: what is not given stays. The audience stays in any case.

    A content note that goes takes with it that the post is sensitive, unless
    the app says otherwise.

    Raises:
        Unprocessable: a part that is not offered.
    """
    _check_offered(params)
    check_unchanged(params, post.poll)
    content_note = params.text("spoiler_text", None)
    sensitive = params.optional_flag("sensitive")
    if sensitive is None:
        sensitive = post.sensitive if content_note is None else bool(content_note)
    return Change(
        text=params.text("status", None) or post.source,
        content_note=post.content_note if content_note is None else content_note,
        sensitive=sensitive,
        language=params.text("language", None) or post.language,
    )


def _audience(params: Params, otherwise: Visibility) -> Visibility:
    word = params.text("visibility")
    if word and word not in _AUDIENCES:
        raise Unprocessable(
            f"visibility {word[:40]!r}",
            public="Validation failed: Visibility is not included in the list",
        )
    if params.flag("local_only"):
        if word == "direct":
            raise Unprocessable(
                "direct and local_only",
                public="Validation failed: A direct post goes to the people it mentions, "
                "wherever they are; it cannot be local_only",
            )
        return Visibility.COMMUNITY
    return _AUDIENCES[word] if word else otherwise


def _number(params: Params, name: str, otherwise: str) -> PostId | None:
    number = params.integer(name)
    if number is not None and not 0 <= number < 2**63:
        raise Unprocessable(f"{name} {number}", public=f"Validation failed: {otherwise}")
    return None if number is None else PostId(number)


def _quote_policy(params: Params) -> QuotePolicy | None:
    word = params.text("quote_approval_policy")
    policy = read_quote_policy(word)
    if word and policy is None:
        raise Unprocessable(
            f"quote policy {word[:40]!r}",
            public="Validation failed: Quote approval policy is not included in the list",
        )
    return policy


def _check_offered(params: Params) -> None:
    for name, sentence in _NOT_OFFERED.items():
        if params.get(name):
            raise Unprocessable(f"{name} is not offered", public=f"Validation failed: {sentence}")

"""What an app sends to publish or change a post: its parameters become a draft. Pure."""

from typing import Final

from fedinet.accounts.quote_words import read_quote_policy
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.http.auth import Member
from fedinet.http.params import Params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, PostId
from fedinet.media.api_form import read_focus
from fedinet.polls.forms import check_unchanged, read_app_poll
from fedinet.posts.files import as_choices
from fedinet.posts.model import Change, Draft, FileChoice, Post

_AUDIENCES: Final = {
    "public": Visibility.EVERYONE,
    "unlisted": Visibility.QUIET,
    "private": Visibility.FOLLOWERS,
    "allies": Visibility.ALLIES,
    "direct": Visibility.MENTIONED,
}


def read_draft(params: Params, writer: Member) -> Draft:
    """Read a new post. What the app does not say is as the writer has chosen for all apps.

    Raises:
        Unprocessable: an audience or a part that is not offered, a parent that is no number.
    """
    sensitive = params.optional_flag("sensitive")
    return Draft(
        text=params.text("status"),
        visibility=_audience(params, writer.app_visibility),
        content_note=params.text("spoiler_text"),
        sensitive=writer.posts_sensitive if sensitive is None else sensitive,
        language=params.text("language") or writer.post_language,
        parent_id=_number(params, "in_reply_to_id", "no such parent"),
        quoted_id=_number(params, "quoted_status_id", "no such post to quote"),
        quote_policy=_quote_policy(params),
        poll=read_app_poll(params),
        files=tuple(FileChoice(number) for number in _media_ids(params)),
        may_mention=None
        if params.get("allowed_mentions") is None
        else tuple(ActorId(number) for number in params.integers("allowed_mentions")),
    )


def read_change(params: Params, post: Post) -> Change:
    """Read an edit: what is not given stays. The audience stays in any case.

    A content note that goes takes with it that the post is sensitive, unless
    the app says otherwise.

    Raises:
        Unprocessable: a part that is not offered.
    """
    if params.get("scheduled_at"):
        raise Unprocessable(
            "scheduled_at of an edit",
            public="Validation failed: A change cannot be scheduled",
        )
    check_unchanged(params, post.poll)
    content_note = params.text("spoiler_text", None)
    sensitive = params.optional_flag("sensitive")
    if sensitive is None:
        sensitive = post.sensitive if content_note is None else bool(content_note)
    return Change(
        text=_changed_text(params, post),
        content_note=post.content_note if content_note is None else content_note,
        sensitive=sensitive,
        language=params.text("language", None) or post.language,
        files=_changed_files(params, post),
    )


def _changed_text(params: Params, post: Post) -> str:
    """An empty text takes the words away only where pictures are named besides."""
    text = params.text("status", None)
    if text is None or (not text and "media_ids" not in params):
        return post.source
    return text


def _changed_files(params: Params, post: Post) -> tuple[FileChoice, ...] | None:
    """Read ``media_ids`` and ``media_attributes`` (descriptions, focal points); None: neither."""
    said = {
        int(row.text("id")): row
        for row in params.mappings("media_attributes")
        if row.text("id").isdecimal() and len(row.text("id")) < 19
    }
    if "media_ids" not in params and not said:
        return None
    ids = (
        _media_ids(params)
        if "media_ids" in params
        else [choice.media_id for choice in as_choices(post.attachments)]
    )
    return tuple(_choice(number, said.get(number)) for number in ids)


def _choice(number: int, said: Params | None) -> FileChoice:
    if said is None:
        return FileChoice(number)
    focus = said.text("focus", None)
    return FileChoice(
        number,
        description=said.text("description", None),
        focus=None if focus is None else read_focus(focus),
    )


def _media_ids(params: Params) -> tuple[int, ...]:
    """Ids as text; what is none of ours names no file, and is refused as one that is gone."""
    return tuple(
        int(text) if text.isdecimal() and len(text) < 19 else 0
        for text in params.texts("media_ids")
        if text
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

"""What the page of a filter shows and reads. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from fedinet.filters.model import Action, Context, Filter, KeywordWish, Wish, expiry
from fedinet.http.params import Params
from fedinet.kernel.problems import N_

AS_IT_IS: Final = "keep"
"""Chosen where a filter ends some day, and nobody changes when."""
CONTEXTS: Final = (
    (Context.HOME, N_("At home and in lists")),
    (Context.PUBLIC, N_("In the community, among allies and under hashtags")),
    (Context.THREAD, N_("In conversations")),
    (Context.ACCOUNT, N_("On people’s pages")),
    (Context.NOTIFICATIONS, N_("In notifications")),
)
ACTIONS: Final = (
    (
        Action.WARN,
        N_("Fold the post"),
        N_("It says by which filter, and opens when you want it."),
    ),
    (Action.HIDE, N_("Leave the post out"), N_("The end of the page says how many.")),
    (Action.BLUR, N_("Fold its pictures"), N_("The words stay.")),
)
LENGTHS: Final = (
    ("", N_("It does not end")),
    ("3600", N_("In an hour")),
    ("86400", N_("In a day")),
    ("604800", N_("In a week")),
    ("2592000", N_("In 30 days")),
)
"""Seconds, as apps send them."""


def values_of(one: Filter) -> dict[str, str]:
    """The form of a filter as it is."""
    lines = {
        whole: "\n".join(word.keyword for word in one.keywords if word.whole_word is whole)
        for whole in (True, False)
    }
    return {
        "title": one.title,
        "words": lines[True],
        "parts": lines[False],
        "does": one.action,
        "ends": "" if one.expires_at is None else AS_IT_IS,
        **{f"in-{context}": "1" for context in one.contexts},
    }


def typed_values(fields: Params) -> dict[str, str]:
    """The form as somebody sent it, to be shown again."""
    names = ["title", "words", "parts", "does", "ends"]
    return {name: fields.text(name) for name in names} | {
        f"in-{context}": "1" for context in Context if fields.flag(f"in-{context}")
    }


def read_filter(fields: Params, now: datetime, before: Filter | None = None) -> Wish:
    """Read the form. ``before``: the filter that it changes.

    Raises:
        Unprocessable: it ends at no time that can be.
    """
    ends = fields.text("ends")
    keeps = ends == AS_IT_IS and before is not None
    return Wish(
        title=fields.text("title"),
        contexts=[context for context in Context if fields.flag(f"in-{context}")],
        action=fields.text("does"),
        expires_at=None if keeps else expiry(fields.integer("ends"), now),
        keeps_expiry=keeps,
        keywords=list(_keyword_wishes(fields, before)),
    )


def _keyword_wishes(fields: Params, before: Filter | None) -> Iterator[KeywordWish]:
    """What is new, and what is no longer there. First what goes, so that there is room."""
    typed: Mapping[tuple[str, bool], None] = {
        (line.strip(), whole): None
        for name, whole in (("words", True), ("parts", False))
        for line in fields.text(name).splitlines()
        if line.strip()
    }
    standing = () if before is None else before.keywords
    for keyword in standing:
        if (keyword.keyword, keyword.whole_word) not in typed:
            yield KeywordWish(id=keyword.id, removed=True)
    known = {(keyword.keyword, keyword.whole_word) for keyword in standing}
    for word, whole in typed:
        if (word, whole) not in known:
            yield KeywordWish(keyword=word, whole_word=whole)

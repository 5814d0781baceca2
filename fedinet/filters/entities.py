"""Filters as apps know them.

Source: https://docs.joinmastodon.org/entities/Filter/, FilterResult, FilterKeyword,
FilterStatus, V1_Filter
"""

from collections.abc import Sequence

from fedinet.filters.model import Action, Filter, FilteredPost, Keyword, Match
from fedinet.http.json import timestamp


def filter_entity(one: Filter) -> dict[str, object]:
    return {
        **_shell(one),
        "keywords": [keyword_entity(keyword) for keyword in one.keywords],
        "statuses": [post_entity(listed) for listed in one.posts],
    }


def keyword_entity(one: Keyword) -> dict[str, object]:
    return {"id": str(one.id), "keyword": one.keyword, "whole_word": one.whole_word}


def post_entity(one: FilteredPost) -> dict[str, object]:
    return {"id": str(one.id), "status_id": str(one.post_id)}


def filter_results(matches: Sequence[Match]) -> list[dict[str, object]]:
    """What a status tells its reader of the filters that it meets."""
    return [
        {
            "filter": _shell(one.filter),
            "keyword_matches": list(one.keywords) or None,
            "status_matches": [str(post_id) for post_id in one.posts] or None,
        }
        for one in matches
    ]


def filter_v1(one: Filter, keyword: Keyword) -> dict[str, object]:
    """A keyword with its filter around it, for apps that know only version 1."""
    shell = _shell(one)
    return {
        "id": str(keyword.id),
        "phrase": keyword.keyword,
        "context": shell["context"],
        "whole_word": keyword.whole_word,
        "expires_at": shell["expires_at"],
        "irreversible": one.action is Action.HIDE,
    }


def _shell(one: Filter) -> dict[str, object]:
    return {
        "id": str(one.id),
        "title": one.title,
        "context": list(one.contexts),
        "expires_at": None if one.expires_at is None else timestamp(one.expires_at),
        "filter_action": one.action,
    }

"""Mastodon.py as a judge: each of its methods is called, and what it returns is what it promises.

It is lenient: what it cannot cast it hands on as it came, or as None. ``unfit`` is not: every
value has to be of the type that Mastodon.py's own annotations name, all the way down.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from mastodon import Mastodon
from mastodon.return_types import PreviewCard
from mastodon.types_base import AttribAccessDict, MaybeSnowflakeIdType

METHODS: Final = frozenset(
    name for name, _ in inspect.getmembers(Mastodon, callable) if not name.startswith("_")
)


def _each(methods: str, why: str) -> Mapping[str, str]:
    return dict.fromkeys(methods.split(), why)


NO_ROUTE: Final[Mapping[str, str]] = {
    **_each(
        """
            account_collections account_in_collections collection collection_create
            collection_delete collection_item_add collection_item_delete collection_item_revoke
            collection_update
        """,
        "collections of people to follow are of a later version than the one that we announce",
    ),
    **_each(
        """
            annual_report annual_report_generate annual_report_read annual_report_state
            annual_reports
        """,
        "a year of somebody's posts is not counted here",
    ),
    **_each(
        """
            admin_approve_trending_link admin_approve_trending_status admin_approve_trending_tag
            admin_reject_trending_link admin_reject_trending_status admin_reject_trending_tag
        """,
        "nothing is ranked here, so that nobody decides what trends",
    ),
    "get_async_refresh_status": "a thread is complete when it is answered",
    "search_v1": "of Mastodon before 3.0: search_v2",
    "status_translate": "no translation service is asked",
}
"""Methods that ask for what is not here, and why it is not."""

NOT_TRIED: Final[Mapping[str, str]] = {
    "stream_open_websocket": "needs a package of its own; masto.js tries the WebSocket",
    "decode_blurhash": "needs a package of its own, and reads what media_post returned",
    "get_status_length": "needs a package of its own, and counts what is not sent yet",
}
"""Methods that are not tried."""

MAY_BE_EMPTY: Final[Mapping[str, str]] = {
    **_each(
        """
            trends trending_links trending_statuses trending_tags admin_trending_links
            admin_trending_statuses admin_trending_tags
        """,
        "nothing is ranked here",
    ),
    **_each(
        """
            admin_ip_blocks admin_canonical_email_blocks admin_test_canonical_email_block
        """,
        "members come by invitation: such lists are not kept",
    ),
    **_each("admin_dimensions admin_retention", "members are not measured"),
    "featured_tag_suggestions": "how often somebody used a hashtag is counted for nobody",
    "instance_peers": "with whom members talk is not published",
    "instance_translation_languages": "no translation service is asked",
}
"""Methods that return lists in which there is nothing, and why."""

_TYPES: Final[Mapping[str, Any]] = {
    "admin_accounts": list[Any],
    "admin_accounts_v1": list[Any],
    "filter_v2": AttribAccessDict,
    "get_approx_server_time": datetime,
    "make_poll": dict[str, Any],
    "status_card": PreviewCard | None,
}
"""What methods return whose annotation in Mastodon.py 2.3 is wrong."""

_READ_OVER: Final = frozenset(
    {
        "AdminReport.account",  # are of stewards' kind, as Mastodon sends them
        "AdminReport.action_taken_by_account",
        "AdminReport.assigned_account",
        "AdminReport.target_account",
        "FilterResult.filter",  # cast into a filter of the old kind, which has other fields
        "Instance.contact_account",  # nobody is named as contact
        "InstanceContact.account",
        "NotificationPolicy.for_bots",  # of 4.6, which is later than what we announce
        "Profile.formatted_fields",  # later still
        "Profile.formatted_note",
        "Report.rules_ids",  # no server sends it: it is rule_ids
    }
)
"""Fields that do not come, or not as Mastodon.py 2.3 has it."""


@dataclass
class Judgement:
    """What was called, what came back, what came back with something in it, and what was wrong."""

    called: set[str] = field(default_factory=set[str])
    returned: set[str] = field(default_factory=set[str])
    filled: set[str] = field(default_factory=set[str])
    wrong: list[str] = field(default_factory=list[str])

    def of(self, method: str, result: Any) -> None:
        self.returned.add(method)
        expected = returned_by(method)
        if result or not isinstance(result, list):
            self.filled.add(method)
        if expected is not inspect.Signature.empty:
            self.wrong += unfit(result, expected, method)


class Watched:
    """A client whose every call is judged."""

    def __init__(self, client: Mastodon, judgement: Judgement) -> None:
        self._client = client
        self._judgement = judgement

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in METHODS:
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._judgement.called.add(name)
            result = found(*given, **named)
            self._judgement.of(name, result)
            return result

        return call


@cache
def returned_by(method: str) -> Any:
    if method in _TYPES:
        return _TYPES[method]
    return inspect.signature(getattr(Mastodon, method)).return_annotation


@cache
def _fields(entity: type) -> Mapping[str, Any]:
    return {
        name: expected
        for name, expected in get_type_hints(entity).items()
        if not name.startswith("_")
    }


def unfit(value: Any, expected: Any, where: str) -> Iterator[str]:
    """Say where a value is not of the type that is expected of it."""
    if expected is Any or isinstance(expected, TypeVar):
        return
    origin = get_origin(expected)
    if origin is Union or origin is UnionType:
        tried = [list(unfit(value, one, where)) for one in get_args(expected)]
        if all(tried):
            yield min(tried, key=len)[0]
        return
    kind = NoneType if expected is None else origin or expected
    if not isinstance(kind, type):
        return
    if not _is_of(value, kind):
        yield f"{where}: {value!r:.80} is not {kind.__name__}"
    elif issubclass(kind, AttribAccessDict):
        yield from _unfit_fields(value, kind, where)
    elif isinstance(value, dict | list) and origin is not None:
        inner = get_args(expected)[-1]
        for one in value.values() if isinstance(value, dict) else value:
            yield from unfit(one, inner, f"{where}[]")


def _is_of(value: Any, kind: type) -> bool:
    if kind is MaybeSnowflakeIdType:
        return isinstance(value, str) and value.isdecimal()
    if issubclass(kind, list):  # whether there are pages is another matter
        return isinstance(value, list)
    return isinstance(value, kind) and (kind is not int or not isinstance(value, bool))


def _unfit_fields(value: Any, entity: type, where: str) -> Iterator[str]:
    for name, expected in _fields(entity).items():
        if name in value and f"{entity.__name__}.{name}" not in _READ_OVER:
            yield from unfit(value[name], expected, f"{where}.{name}")


class _Asked(BaseException):
    """No error: it carries what was asked, past everything that catches errors."""


def asked_by(method: str) -> tuple[str, str]:
    """The request that a method makes, as verb and path with 1 for every id. None is sent."""

    def ask(verb: str, path: str, *_: Any, **__: Any) -> dict[str, str]:
        if path == "/oauth/token":  # only to be able to ask
            return {"access_token": ""}
        raise _Asked(verb, path)

    client = Mastodon.__new__(Mastodon)
    known = {"version_check_mode": "none", "client_id": "", "client_secret": ""}
    client.__dict__.update({"_Mastodon__api_request": ask, **known})
    parameters = inspect.signature(getattr(client, method)).parameters.values()
    given = [1 for one in parameters if one.default is one.empty]
    try:
        getattr(client, method)(*given)
    except _Asked as asked:
        return asked.args[0], asked.args[1]
    raise AssertionError(f"{method} asks nothing")

"""JSON answers: encoded once by msgspec, with the media type each reader expects."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from aiohttp import web

ACTIVITY_JSON = "application/activity+json"
_encode = msgspec.json.Encoder().encode


def json_response(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer an app. ``value``: anything msgspec can encode; {} is Mastodon's empty success."""
    return web.Response(
        body=_encode(value),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


def activity_response(
    document: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer another server with an ActivityStreams document.

    Source: https://www.w3.org/TR/activitypub/#retrieving-objects
    """
    return web.Response(
        body=_encode(document),
        status=status,
        headers=headers,
        content_type=ACTIVITY_JSON,
        charset="utf-8",
    )


def problem_response(
    status: int,
    detail: str,
    *,
    reason: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Refuse another server in words. Source: RFC 9457."""
    body: dict[str, object] = {"type": "about:blank", "status": status, "detail": detail}
    if reason is not None:
        body["reason"] = reason
    return web.Response(
        body=_encode(body),
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )


def timestamp(moment: datetime) -> str:
    """Write ``2026-11-22T10:15:00.000Z``: apps parse exactly this form.

    Source: facts of the Mastodon API; Ice Cubes reads anything else as "now".
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )

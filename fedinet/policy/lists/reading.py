"""Asking for a list of servers: once, bounded, and said in plain words where it fails."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fedinet.kernel.errors import FedinetError, Forbidden, RemoteUnavailable, Unprocessable
from fedinet.kernel.problems import N_
from fedinet.net.errors import Blocked, TooLarge
from fedinet.net.fetch import Fetcher
from fedinet.policy.lists.document import ListDocument
from fedinet.policy.lists.formats import MAX_LIST_BYTES, Reading, decode, read_list

TIMEOUT_S: Final = 30.0
_ACCEPT: Final = "text/csv, application/json;q=0.9, text/plain;q=0.8, */*;q=0.1"
_MAX_MARK: Final = 500
_MOST_BAD: Final = 0.5
"""A list of which more lines than this share cannot be read is not the list that was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a list says. ``etag`` and ``last_modified``: to be said when asking again."""

    reading: Reading
    digest: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a list could not be read: an English sentence to be translated, with its values."""

    sentence: str
    values: Mapping[str, object]

    @property
    def english(self) -> str:
        return self.sentence % self.values if self.values else self.sentence


async def fetch_list(
    fetcher: Fetcher, document: ListDocument, *, etag: str = "", last_modified: str = ""
) -> Fetched | None:
    """Ask for a list. None: it is as it was when it had these marks.

    Raises:
        FedinetError: there is no answer, or no list in it; ``complaint_of`` says it in words.
    """

    def headers(_: str) -> Mapping[str, str]:
        marks = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        return {name: mark for name, mark in marks.items() if mark}

    answer = await fetcher.get(
        document.url,
        accept=_ACCEPT,
        max_bytes=MAX_LIST_BYTES,
        timeout_s=TIMEOUT_S,
        headers_for=headers,
    )
    if answer.status == 304 and (etag or last_modified):
        return None
    if answer.status != 200:
        raise Unprocessable(
            f"{document.url}: status {answer.status}",
            public=N_("Its server answers with the error %(status)d"),
            values={"status": answer.status},
        )
    # Seconds of work for a long one, in which this process goes on.
    reading = await asyncio.to_thread(read_list, decode(answer.body), document.format)
    lines = len(reading.entries) + len(reading.unread)
    if len(reading.bad) > lines * _MOST_BAD:
        raise Unprocessable(
            f"{document.url}: {len(reading.bad)} of {lines} lines are bad",
            public=N_("%(bad)d of %(lines)d lines cannot be read: this is not the list that was"
                      " meant"),
            values={"bad": len(reading.bad), "lines": lines},
        )  # fmt: skip
    return Fetched(
        reading=reading,
        digest=hashlib.sha256(answer.body).hexdigest(),
        etag=_mark(answer.headers.get("ETag")),
        last_modified=_mark(answer.headers.get("Last-Modified")),
    )


def complaint_of(error: FedinetError) -> Complaint:
    """Say why a list could not be read, and what a steward can do about it."""
    if isinstance(error, Blocked):
        return Complaint(N_("Its address is not one that this node may ask: check it"), {})
    if isinstance(error, TooLarge):
        most = MAX_LIST_BYTES // 1_000_000
        return Complaint(N_("A list may have %(most)d MB"), {"most": most})
    if isinstance(error, Forbidden):
        return Complaint(N_("A rule of ours, or the mode, keeps us from asking its server"), {})
    if isinstance(error, RemoteUnavailable):
        return Complaint(N_("Its server does not answer. We ask again in a few hours"), {})
    if error.sentence:
        return Complaint(error.sentence, error.values)
    return Complaint(N_("Its address or its answer makes no sense: check the address"), {})


def _mark(raw: str | None) -> str:
    return raw if raw is not None and len(raw) <= _MAX_MARK and raw.isprintable() else ""

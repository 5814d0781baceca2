"""The log: one line per event on standard error, for people or as JSON.

A message is the event's name first, then ``key=value``:
``logger.info("inbox.dropped reason=%s host=%s", …)``. The id of the request or
job it happened in is added here. Never bodies, tokens, addresses of people.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from fedinet.kernel.log import work_id

_PAIR: Final = re.compile(r"(?P<key>[a-z_]+)=(?P<value>\"[^\"]*\"|'[^']*'|\S+)")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Send everything to standard error in one form. Called once per process, before any work."""
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(JsonLines() if as_json else PlainLines())
    logging.basicConfig(level=level, handlers=[writer], force=True)
    for noisy in ("aiohttp.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(unreadable_in_one_line)


def unreadable_in_one_line(record: logging.LogRecord) -> bool:
    """Make one line of what is no HTTP: else strangers fill the log with traces and addresses."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (HttpProcessingError, RequestPayloadError)):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = "http.unreadable reason=%s", (type(error).__name__,)
        record.exc_info = None
    return True


class PlainLines(logging.Formatter):
    """``2026-11-23T02:00:00.123Z INFO inbox.dropped reason=… work=…``."""

    def format(self, record: logging.LogRecord) -> str:
        parts = [_time(record), record.levelname, _CONTROL.sub(" ", record.getMessage())]
        if work_id.get():
            parts.append(f"work={work_id.get()}")
        line = " ".join(parts)
        return f"{line}\n{_trace(record)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One object per line; the pairs of the message become members."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        entry: dict[str, object] = {
            match["key"]: match["value"].strip("\"'") for match in _PAIR.finditer(message)
        }
        entry |= {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": message.split(" ", 1)[0],
            "message": message,
        }
        if work_id.get():
            entry["work"] = work_id.get()
        if record.exc_info:
            entry["trace"] = _trace(record)
        return json.dumps(entry, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(record: logging.LogRecord) -> str:
    return "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""

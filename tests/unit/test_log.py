"""Lines of the log."""

import json
import logging

from fedinet.kernel.log import work_id
from fedinet.log import JsonLines, PlainLines


def record(message: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("fedinet.inbox", logging.INFO, "x.py", 1, message, values, None)


def test_pairs_of_the_message_become_members() -> None:
    line = json.loads(JsonLines().format(record("inbox.dropped reason=%s size=%d", "full", 7)))
    assert (line["event"], line["reason"], line["size"]) == ("inbox.dropped", "full", "7")
    assert (line["level"], line["logger"]) == ("info", "fedinet.inbox")


def test_a_message_cannot_pass_for_another_level() -> None:
    line = json.loads(JsonLines().format(record("x.y level=%s time=%s", "error", "never")))
    assert line["level"] == "info"
    assert line["time"] != "never"


def test_what_a_peer_sent_cannot_begin_a_line() -> None:
    line = PlainLines().format(record("inbox.refused host=%s", "b.example\nERROR forged\x1b[2J"))
    assert "\n" not in line
    assert "\x1b" not in line


def test_each_line_names_the_work_it_is_of() -> None:
    token = work_id.set("abc123")
    try:
        assert PlainLines().format(record("x.y")).endswith(" work=abc123")
        assert json.loads(JsonLines().format(record("x.y")))["work"] == "abc123"
    finally:
        work_id.reset(token)

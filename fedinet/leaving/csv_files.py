"""Relations of a member as the CSV files that Mastodon writes and reads. Pure.

Source: Mastodon 4.2-4.7 ``lib/export_parser``, ``app/models/export.rb``
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "following_accounts.csv": (
        "Account address",
        "Show boosts",
        "Notify on new posts",
        "Languages",
    ),
    "followers.csv": ("Account address",),
    "muted_accounts.csv": ("Account address", "Hide notifications"),
    # Mastodon writes no heading into these.
    "blocked_accounts.csv": (),
    "blocked_domains.csv": (),
    "bookmarks.csv": (),
    "lists.csv": (),
}


def heading(name: str) -> bytes:
    """The first line of a file, where it has one."""
    columns = COLUMNS[name]
    return lines([columns]) if columns else b""


def lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows as CSV in UTF-8.

    A cell that a spreadsheet would take for a formula begins with an apostrophe;
    no address or name that an import can use begins so.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return text.getvalue().encode()


def yes_no(value: bool) -> str:  # a word for a value
    return "true" if value else "false"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell

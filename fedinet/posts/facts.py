"""What a post says besides its text, as HTML for apps: they know no titles and no events. Pure.

In English and on the event's own clock: an entity is made once for all readers.
"""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Final

from fedinet.http.dates import clock_of, lasting
from fedinet.markup.places import without_places
from fedinet.posts.model import Post
from fedinet.vocab.about import NOTHING, About

_STATES: Final = {
    "cancelled": "Cancelled",
    "postponed": "Postponed",
    "rescheduled": "New date",
    "tentative": "Not certain yet",
    "online": "Moved online",
}


def whole_html(post: Post) -> str:
    """Title, facts, text and link of a post, one below the other."""
    about = post.about
    if about is NOTHING:
        return without_places(post.html)
    facts = "<br>".join(map(escape, _facts(about)))
    rest = "<p>The text is longer. Read the rest at its origin:</p>" if about.rest else ""
    urls = dict.fromkeys((about.rest, about.online_url, about.link))
    links = "".join(_link(url) for url in urls if url)
    said = f"{f'<p>{facts}</p>' if facts else ''}{without_places(post.html)}"
    return f"{heading(about.title)}{said}{rest}{links}"


def heading(title: str) -> str:
    """A title as apps show it, which know none."""
    return f"<p><strong>{escape(title)}</strong></p>" if title else ""


def _facts(about: About) -> Iterator[str]:
    if about.state:
        yield _STATES[about.state]
    if about.starts_at is not None:
        yield _when(about, about.starts_at)
    if about.place:
        yield about.place
    if about.duration_s is not None:
        yield lasting(about.duration_s)


def _when(about: About, starts: datetime) -> str:
    ends = about.ends_at
    form = "%Y-%m-%d" if about.whole_days else "%Y-%m-%d %H:%M"
    end = ""
    if ends is not None:
        one_day = ends.date() == starts.date() and not about.whole_days
        end = f" – {ends.strftime('%H:%M' if one_day else form)}"
    clock = "" if about.whole_days else f" ({about.zone or clock_of(starts)})"
    return f"{starts.strftime(form)}{end}{clock}"


def _link(url: str) -> str:
    shown = escape(url)
    return f'<p><a href="{shown}" rel="nofollow noopener noreferrer">{shown}</a></p>'

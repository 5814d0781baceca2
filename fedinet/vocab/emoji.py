"""Emoji as other servers write them: tags of type Emoji, and reactions. Pure.

Source: http://joinmastodon.org/ns#Emoji; FEP-9098; FEP-c0e0; Misskey 2026 (``_misskey_reaction``).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from fedinet.vocab.activity import Document, text_of, type_of
from fedinet.vocab.values import documents, links, moment

MAX_EMOJIS: Final = 100
"""Of one post or one profile."""
_MAX_TAGS: Final = 500
_MAX_URL: Final = 2_048
_SHORTCODE: Final = re.compile(r":?([a-zA-Z0-9_]{2,100})(?:@[A-Za-z0-9.:-]{0,255})?:?")
_IN_TEXT: Final = re.compile(r":([a-zA-Z0-9_]{2,100}):")
_MAX_CODE_POINTS: Final = 24
_PICTURES: Final = frozenset({"So", "Sk", "Sm", "Mn", "Me", "Cf"})


@dataclass(frozen=True, slots=True)
class RemoteEmoji:
    """One Emoji tag. ``url`` is as its server gave it: hostile, and never a reader's to fetch."""

    shortcode: str
    url: str
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemoteReaction:
    """``name`` is one emoji, or ``:shortcode:``; ``custom`` its tag, where it was sent along."""

    name: str
    custom: RemoteEmoji | None = None


def parse_emojis(document: Document, *texts: str) -> tuple[RemoteEmoji, ...]:
    """Read the Emoji tags of a post or an actor, of those that occur in its texts; at most 100."""
    wanted = {shortcode for text in texts for shortcode in _IN_TEXT.findall(text)}
    if not wanted:
        return ()
    found = (emoji for emoji in _tagged(document) if emoji.shortcode in wanted)
    unique = {emoji.shortcode: emoji for emoji in reversed(list(found))}  # the first one counts
    return tuple(islice(unique.values(), MAX_EMOJIS))


def parse_reaction(document: Document) -> RemoteReaction | None:
    """Read what an EmojiReact or a Like reacts with; None where it is no emoji."""
    raw = (text_of(document, "content") or text_of(document, "_misskey_reaction")).strip()
    if is_emoji(raw):
        return RemoteReaction(raw)
    match = _SHORTCODE.fullmatch(raw)
    if match is None or not raw.startswith(":"):
        return None
    shortcode = match[1]
    custom = next((one for one in _tagged(document) if one.shortcode == shortcode), None)
    return RemoteReaction(f":{shortcode}:", custom)


def is_emoji(text: str) -> bool:
    """Tell whether a text is a single emoji, more or less: symbols, joined, no letters.

    Which sequences have a picture changes every year; what matters is that it is short
    and no sentence.
    """
    if not 0 < len(text) <= _MAX_CODE_POINTS or any(char.isspace() for char in text):
        return False
    if "\u20e3" in text:  # keycaps are made of digits
        return len(text) <= 3 and text[0] in "0123456789#*"
    categories = [unicodedata.category(char) for char in text]
    odd = text in ("\u203c\ufe0f", "\u2049\ufe0f", "\u3030\ufe0f", "\u303d\ufe0f")
    return odd or (categories[0] in ("So", "Sm") and set(categories) <= _PICTURES)


def _tagged(document: Document) -> list[RemoteEmoji]:
    found: list[RemoteEmoji] = []
    for tag in islice(documents(document.get("tag")), _MAX_TAGS):
        match = _SHORTCODE.fullmatch(text_of(tag, "name"))
        if match is None or type_of(tag) not in ("Emoji", "toot:Emoji"):
            continue
        url = next((url for url, _ in links(tag.get("icon"))), None)
        if url is not None and len(url) <= _MAX_URL:
            found.append(RemoteEmoji(match[1], url, moment(tag.get("updated"))))
    return found

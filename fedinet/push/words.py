"""What a push says, in the member's language. Of what is not public: who and that, never what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.audiences.model import Visibility
from fedinet.http.i18n import catalogue, direction
from fedinet.kernel.problems import N_
from fedinet.markup.names import isolated
from fedinet.markup.sanitise import plain_text
from fedinet.notifications.model import Kind
from fedinet.posts.model import Post

_MOST_CHARACTERS: Final = 140
_MOST_OF_A_NAME: Final = 80
_TOLD_TO_ANYBODY: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})
_WROTE: Final = N_("%(name)s wrote to you")
_TITLES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.MENTION: N_("%(name)s mentioned you"),
        Kind.REPLY: N_("%(name)s answered you"),
        Kind.FOLLOW: N_("%(name)s follows you now"),
        Kind.FOLLOW_REQUEST: N_("%(name)s asked to follow you"),
        Kind.LIKE: N_("%(name)s thanked you"),
        Kind.REACTION: N_("%(name)s thanked you"),
        Kind.BOOST: N_("%(name)s shared what you wrote"),
        Kind.EDIT: N_("%(name)s changed a post that you shared"),
        Kind.QUOTE: N_("%(name)s quoted you"),
        Kind.POLL: N_("%(name)s asked, and the poll has ended"),
        Kind.STATUS: N_("%(name)s wrote something"),
        Kind.WELCOME: N_("%(name)s is new here and says hello. Please answer within two days"),
        Kind.SIGN_UP: N_("%(name)s has joined this community"),
        Kind.REPORT: N_("Somebody was reported: for you as a steward"),
        Kind.SEVERED: N_("A rule changed your follows with another server"),
    }
)


def title(kind: Kind, name: str, post: Post | None, language: str) -> str:
    """One line: who did what."""
    sentence = _TITLES[kind]
    if kind is Kind.MENTION and post is not None and post.visibility is Visibility.MENTIONED:
        sentence = _WROTE
    named = isolated(_short(name, _MOST_OF_A_NAME), within=direction(language))
    return catalogue(language).gettext(sentence) % {"name": named}


def body(post: Post | None) -> str:
    """The beginning of what was written to anybody, or the note before it. Else nothing.

    Push services and locked screens are read by others, too.
    """
    if post is None or post.visibility not in _TOLD_TO_ANYBODY:
        return ""
    said = post.content_note or post.about.title or plain_text(post.html)
    return _short(" ".join(said.split()), _MOST_CHARACTERS)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

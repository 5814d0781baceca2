"""An overview in sentences, for a mail or a page. Pure.

A mail goes from server to server, and lies where others may read it: of what is not for
everyone or the whole community it says who wrote, and for whom, never what.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.digests.form import RUBRIC_WORDS
from fedinet.digests.gather import MOST, Item, Overview
from fedinet.digests.model import Rubric
from fedinet.http.numbers import filled
from fedinet.kernel.problems import N_
from fedinet.mail.sections import Line, Section
from fedinet.markup.names import isolated
from fedinet.markup.sanitise import plain_text
from fedinet.notifications.model import Kind
from fedinet.posts.words import first_words

Say = Callable[[str], str]

QUOTED_IN_MAIL: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET, Visibility.COMMUNITY})
_MOST_CHARACTERS: Final = 140
_MOST_OF_A_NAME: Final = 80
_SENTENCES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.FOLLOW_REQUEST: N_("%(name)s asked to follow you"),
        Kind.MENTION: N_("%(name)s mentioned you"),
        Kind.REPLY: N_("%(name)s answered you"),
        Kind.QUOTE: N_("%(name)s quoted you"),
        Kind.WELCOME: N_("%(name)s is new here and says hello. Please answer within two days"),
    }
)
_ALONE: Final = N_("%(name)s wrote to you")
_FILTERED: Final = N_("You filter “%(title)s”")
_FOR: Final[Mapping[Visibility, str]] = MappingProxyType(
    {
        Visibility.EVERYONE: N_("Everyone"),
        Visibility.QUIET: N_("Everyone, quietly"),
        Visibility.ALLIES: N_("This and allied communities"),
        Visibility.FOLLOWERS: N_("Followers"),
        Visibility.COMMUNITY: N_("This community only"),
        Visibility.MENTIONED: N_("Only people mentioned"),
    }
)
_JOINED: Final = N_("%(name)s has joined this community")
_MATTERS: Final = N_("For you as a steward: %(number)s open on the desk")
_MORE: Final = N_("And more, on the pages")
_FURTHER: Final[Mapping[Rubric, str]] = MappingProxyType(
    {Rubric.WAITING: "/conversations", Rubric.NEWCOMERS: "/week", Rubric.COMMUNITY: "/"}
)


def sections(overview: Overview, say: Say, *, by_mail: bool) -> list[Section]:
    """Who waits comes first. ``by_mail``: without the words of what is for fewer people."""
    waiting = [_item(one, say, by_mail=by_mail) for one in overview.waiting]
    if overview.matters:
        open_ = filled(say(_MATTERS), {"number": overview.matters}, text=say)
        waiting.append(Line(open_, "/admin"))
    found = {
        Rubric.WAITING: waiting,
        Rubric.MENTIONS: [_item(one, say, by_mail=by_mail) for one in overview.mentions],
        Rubric.COMMUNITY: [
            Line(_short(plain_text(one.html)), "/") for one in overview.announcements
        ],
        Rubric.NEWCOMERS: [
            Line(say(_JOINED) % {"name": _name(one)}, f"/@{one.handle}")
            for one in overview.newcomers
        ],
    }
    return [
        Section(say(RUBRIC_WORDS[rubric][0]), tuple(_cut(lines, say, rubric)))
        for rubric, lines in found.items()
        if lines
    ]


def _cut(lines: Sequence[Line], say: Say, rubric: Rubric) -> list[Line]:
    if len(lines) <= MOST:
        return list(lines)
    path = _FURTHER.get(rubric, "/notifications")
    return [*lines[:MOST], Line(say(_MORE), path)]


def _item(one: Item, say: Say, *, by_mail: bool) -> Line:
    name = {"name": _name(one.actor)}
    post = one.post
    if post is None:
        return Line(say(_SENTENCES[one.kind]) % name, "/requests")
    is_alone = post.visibility is Visibility.MENTIONED
    said = say(_ALONE if is_alone else _SENTENCES[one.kind]) % name
    path = f"/@{one.actor.handle}/{post.id}"
    if by_mail and post.visibility not in QUOTED_IN_MAIL:
        return Line(f"{said} ({say(_FOR[post.visibility])})", path)
    if one.warning:
        return Line(f"{said} ({say(_FILTERED) % {'title': one.warning}})", path)
    return Line(f"{said}: {first_words(post, _MOST_CHARACTERS)}", path)


def _name(actor: Actor) -> str:
    """Of somebody elsewhere with their server: a mail of ours lets nobody pass for one of ours."""
    name = actor.display_name
    if len(name) > _MOST_OF_A_NAME:
        name = name[: _MOST_OF_A_NAME - 1] + "…"
    name = isolated(name)
    return name if actor.is_local else f"{name} (@{actor.handle})"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_CHARACTERS else line[:_MOST_CHARACTERS] + "…"

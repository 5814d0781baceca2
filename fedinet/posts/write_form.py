"""What the page for writing offers and reads. Pure."""

from collections.abc import Mapping
from typing import Final

from fedinet.audiences.model import Visibility
from fedinet.kernel.problems import N_
from fedinet.polls.forms import OPTION_FIELDS
from fedinet.posts.later_form import MOMENT, SCHEDULED
from fedinet.posts.model import Post, reply_visibility
from fedinet.posts.readership import Summary

AUDIENCES: Final = tuple(Visibility)
FIRST_CHOICE: Final = Visibility.COMMUNITY
ARTICLE: Final = "article"
"""What the field ``as`` says of a form that has a title."""
_SAID: Final = ("title", "text", "content_note", *OPTION_FIELDS, *MOMENT, SCHEDULED)

_DELETING: Final = {
    Visibility.COMMUNITY: N_(
        "Not sent to other servers. If you delete it, it is gone from here at once."
    ),
    Visibility.ALLIES: N_(
        "If you delete it, we ask them to delete their copy. "
        "Copies stay there when an alliance has ended."
    ),
    Visibility.FOLLOWERS: N_("If you delete it, we ask those servers to delete their copy."),
    Visibility.EVERYONE: N_(
        "Think of it as printed. You can delete it here; copies elsewhere may stay."
    ),
    Visibility.QUIET: N_(
        "Sent to your followers, left out of public lists. Copies elsewhere may stay."
    ),
    Visibility.MENTIONED: N_(
        "It is private, but not sealed: stewards of a server that stores it could read it."
    ),
}
_UNSENT: Final = {
    Visibility.FOLLOWERS: _DELETING[Visibility.COMMUNITY],
    Visibility.QUIET: N_(
        "Left out of public lists. If you delete it, it is gone from here at once."
    ),
}
"""The same where no other server is sent it."""


def deleting(one: Summary) -> str:
    """What deleting does to a post for an audience, or who could read it besides."""
    sent = _DELETING[one.audience]
    return sent if one.goes_out else _UNSENT.get(one.audience, sent)


def choices(parent: Post | None, *, has_allies: bool = True) -> tuple[Visibility, ...]:
    """The audiences to choose from: a reply never reaches further than what it answers.

    For allied communities only where there are some, or it answers what was for them.
    """
    before = None if parent is None else parent.visibility
    return tuple(
        audience
        for audience in AUDIENCES
        if (before is None or reply_visibility(before, audience) is audience)
        and (audience is not Visibility.ALLIES or has_allies or before is audience)
    )


def first_choice(parent: Post | None, quoted: Post | None) -> Visibility:
    """What is chosen at first: the audience of what is answered; whoever is quoted elsewhere is
    asked and shown the post, so that it is for everyone then.
    """
    if parent is not None:
        return parent.visibility
    return Visibility.EVERYONE if quoted is not None and not quoted.is_local else FIRST_CHOICE


def read_audience(raw: str, parent: Post | None) -> Visibility | None:
    """Read the chosen audience; None where it is not one of the choices."""
    return next((audience for audience in choices(parent) if audience.value == raw), None)


def says_nothing(values: Mapping[str, str]) -> bool:
    """Whether nothing was typed into a form: whom it is for, and in which language, come by
    themselves.
    """
    return not any(values.get(name, "").strip() for name in _SAID)

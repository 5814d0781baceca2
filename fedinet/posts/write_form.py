"""What the page for writing offers and reads. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.posts.model import Post, reply_visibility

AUDIENCES: Final = tuple(Visibility)
FIRST_CHOICE: Final = Visibility.COMMUNITY

SUMMARIES: Final = (
    (
        Visibility.COMMUNITY,
        N_("All members of this community will see this."),
        N_("Not sent to other servers. If you delete it, it is gone from here at once."),
    ),
    (
        Visibility.ALLIES,
        N_("All members of this community and of allied communities will see this."),
        N_(
            "If you delete it, we ask them to delete their copy. "
            "Copies stay there when an alliance has ended."
        ),
    ),
    (
        Visibility.FOLLOWERS,
        N_("Your followers will see this, here and on their servers."),
        N_("If you delete it, we ask those servers to delete their copy."),
    ),
    (
        Visibility.EVERYONE,
        N_("Anyone can see this, also without an account."),
        N_("Think of it as printed. You can delete it here; copies elsewhere may stay."),
    ),
    (
        Visibility.QUIET,
        N_("Anyone who has the link or reads your profile can see this."),
        N_("Sent to your followers, left out of public lists. Copies elsewhere may stay."),
    ),
    (
        Visibility.MENTIONED,
        N_("You and the people you name in the text will see this."),
        N_("It is private, but not sealed: stewards of a server that stores it could read it."),
    ),
)
"""For each audience: who will see it, and what deleting does."""


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


def unknown_names(handles: Sequence[str], found: Mapping[str, Actor]) -> tuple[str, ...]:
    """Whom the text names and nobody answers for."""
    return tuple(f"@{handle}" for handle in handles if handle not in found)


def left_out(
    audience: Visibility, found: Mapping[str, Actor], allied: Collection[Domain] = ()
) -> tuple[Actor, ...]:
    """Who is named, and will not get the post because it stays in this community, or among
    the allied ones.
    """
    if audience not in (Visibility.COMMUNITY, Visibility.ALLIES):
        return ()
    return tuple(
        actor
        for actor in found.values()
        if not actor.is_local and (audience is Visibility.COMMUNITY or actor.domain not in allied)
    )

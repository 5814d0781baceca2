"""What costs members something is done by who types what it is about, or says ``--yes``."""

import sys

import click

from fedinet.cli.policy.impact import impact_of, impact_words
from fedinet.cli.terms import Refused
from fedinet.policy.impact.preview import Change
from fedinet.services import Services

YES = click.option(
    "--yes", is_flag=True, help="Do it without asking, also where members lose something by it"
)


def is_somebody_there() -> bool:
    """Tell whether a person can answer; scripts and pipes cannot."""
    return sys.stdin.isatty()


async def consent(services: Services, change: Change, *, yes: bool) -> None:
    """Say what a change costs, and ask, before a transaction begins. What costs nothing passes.

    Raises:
        Refused: nobody is there to ask, or something else was typed.
    """
    if yes:
        return
    told = await impact_of(services, change)
    if not told.impact.is_destructive:
        return
    words = "\n".join(impact_words(told))
    if not is_somebody_there():
        raise Refused(f"{words}\nMembers lose by this. Nothing was changed; --yes does it.")
    word = change.word(services.uris.origin.domain)
    click.echo(words, err=True)
    typed = str(click.prompt(f"Members lose by this. Type {word} to do it", err=True))
    if typed.strip().casefold() != word:
        raise Refused("Nothing was changed.")

"""What stewards may begin with: house rules and terms of use. Pure.

Nothing of it is published by itself.
"""

from collections.abc import Callable
from typing import Final

from fedinet.charter.model import RuleWords
from fedinet.kernel.problems import N_

RULES: Final = (
    RuleWords(
        N_("Be kind to the person, and clear about the matter"),
        N_(
            "Disagree as much as you like. No insults, no threats, no contempt for where people"
            " come from, whom they love, what they believe or how they live."
        ),
    ),
    RuleWords(
        N_("No selling and no recruiting where nobody asked"),
        N_("Say once what you offer, where it fits. Our members are no list of customers."),
    ),
    RuleWords(
        N_("What is private stays private"),
        N_(
            "No addresses, messages or pictures of others without their yes. What was said to"
            " few is not carried to many."
        ),
    ),
    RuleWords(
        N_("Stop when somebody asks you to"),
        N_("No means no the first time. Nobody goes round a block."),
    ),
    RuleWords(
        N_("Be who you say you are"),
        N_("A name of your choice is fine, somebody else’s is not. Programs say that they are."),
    ),
    RuleWords(
        N_("Put a note before what may upset"),
        N_(
            "A few words before it let others choose. Describe pictures for people who cannot"
            " see them."
        ),
    ),
    RuleWords(
        N_("Stay within the law"),
        N_("Nothing that calls for violence, harms children, or takes what belongs to others."),
    ),
)
"""A starting set of house rules, in English."""

_ANSWERS: Final = N_("%(controller)s answers for it; the imprint says how to reach them.")
_SOMEBODY: Final = N_("Who answers for it, and how to reach them, stands in the imprint.")
_TERMS: Final = (
    (
        N_("What this is"),
        N_("%(community)s is a community with a server of its own. People look after it."),
    ),
    (
        N_("Your account"),
        N_(
            "An account is for one person, at least 16 years old. Keep your password to yourself,"
            " and tell a steward when somebody else may have got in."
        ),
    ),
    (
        N_("What you write stays yours"),
        N_(
            "You let us keep it, and show and send it to those for whom you chose it, on other"
            " servers too; nothing more. When you delete it we delete it here, and ask the"
            " others to do the same."
        ),
    ),
    (
        N_("What does not belong here"),
        N_(
            "What is against the law or the house rules, what is private of somebody else, and"
            " whatever keeps the server from working."
        ),
    ),
    (
        N_("What stewards may do"),
        N_(
            "They may take a post out of sight, and limit, freeze or suspend an account, by the"
            " smallest step that helps. You are told why, and can ask once that somebody looks"
            " again."
        ),
    ),
    (
        N_("Leaving"),
        N_(
            "Under Settings you take everything along, and leave whenever you like. Somebody who"
            " goes on against these terms can lose their account; they hear why, and can take"
            " their data along."
        ),
    ),
    (
        N_("What we cannot promise"),
        N_(
            "We make backups and mend what breaks, and cannot promise that all works at all"
            " times. We answer for what the law makes us answer for."
        ),
    ),
    (
        N_("When these terms change"),
        N_(
            "Members are asked to accept what changes in substance. What held before stays to"
            " be read. The law of the country of whoever answers for this place holds."
        ),
    ),
)

Say = Callable[[str], str]


def rule_in(rule: RuleWords, say: Say) -> RuleWords:
    """A rule of the starting set in one language."""
    return RuleWords(say(rule.text), say(rule.hint))


def terms_in(say: Say, *, community: str, controller: str) -> str:
    """Terms of use to begin with, as Markdown. ``controller`` ``""``: not filled in yet."""
    answers = say(_ANSWERS) % {"controller": controller} if controller else say(_SOMEBODY)
    parts: list[str] = []
    for number, (heading, text) in enumerate(_TERMS):
        said = say(text) % {"community": community} if number == 0 else say(text)
        parts.append(f"## {say(heading)}\n\n{said}{' ' + answers if number == 0 else ''}")
    return "\n\n".join(parts)

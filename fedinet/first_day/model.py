"""The steps of docs/handbook.md, "The first day", and which are done. Pure."""

from dataclasses import dataclass
from typing import Final

from fedinet.kernel.problems import N_

FIRST_POSTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``fact``: the name of what makes it done, in ``Facts``."""

    fact: str
    href: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What there is. ``is_safe`` and ``posts`` are of who looks."""

    mail_proven: bool
    passphrase_kept: bool
    is_safe: bool
    are_two: bool
    has_rules: bool
    has_imprint: bool
    has_posts: bool
    has_invited: bool


STEPS: Final = (
    Step(
        fact="mail_proven",
        href="/admin/mail",
        label=N_("Let mail go out, and prove it by a code"),
        hint=N_("It can wait: without mail everything works by links that you hand on."),
    ),
    Step(
        fact="passphrase_kept",
        href="/admin/backups",
        label=N_("Keep the passphrase of the backups away from the machine"),
        hint=N_("Without it no backup can be read. An owner finds it there."),
    ),
    Step(
        fact="is_safe",
        href="/settings/security",
        label=N_("Make your own sign-in safe"),
        hint=N_("By a passkey or a second step. Keep the recovery codes on paper."),
    ),
    Step(
        fact="are_two",
        href="/invitations",
        label=N_("Be two"),
        hint=N_("Invite somebody whom you trust; then give them a role under “Members”."),
    ),
    Step(
        fact="has_rules",
        href="/admin/house",
        label=N_("Write the house rules, and what this place is"),
        hint=N_("Whoever joins reads them first."),
    ),
    Step(
        fact="has_imprint",
        href="/admin/law",
        label=N_("Say who answers for this place"),
        hint=N_("Imprint and privacy page are made from it."),
    ),
    Step(
        fact="has_posts",
        href="/write",
        label=N_("Write the first three posts"),
        hint=N_("What this place is for, who you are, a question that is easy to answer."),
    ),
    Step(
        fact="has_invited",
        href="/admin/invitations",
        label=N_("Invite your people"),
        hint=N_("By links or from a list: first ten who will say something, then everybody."),
    ),
)


def list_steps(facts: Facts) -> list[tuple[Step, bool]]:
    """Every step, and whether it is done."""
    return [(step, bool(getattr(facts, step.fact))) for step in STEPS]

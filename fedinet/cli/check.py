"""``fedinet check``: what an admin must know before opening the doors, each with what to do."""

import asyncio

import click

from fedinet.cli.findings import (
    Finding,
    Level,
    look_at_database,
    look_at_machine,
    look_at_mail,
    look_at_media,
    look_at_names,
    look_from_outside,
)
from fedinet.cli.folder import database
from fedinet.cli.terms import Flags, Refused, Result, settings_of, speaks
from fedinet.kernel.errors import FedinetError
from fedinet.settings import Settings

_SIGNS = {Level.PROBLEM: "✗", Level.WARNING: "!", Level.FINE: "✓"}


@click.command()
@speaks(settings=True)
def check(flags: Flags) -> Result:
    """Look at everything that usually goes wrong. Exit code 1: something must be mended."""
    settings = settings_of(flags)
    findings = look_at_machine(settings)
    try:
        with database(settings) as running:
            findings += asyncio.run(_look(running))
    except FedinetError as error:
        own_words = isinstance(error, Refused) or "public" in vars(error)
        text = error.public if own_words else str(error)
        findings.append(Finding(Level.PROBLEM, "database", text, "Start it, or mend DATABASE_URL."))
    return _result(findings)


async def _look(settings: Settings) -> list[Finding]:
    return [
        *await look_at_database(settings),
        *await look_at_media(settings),
        *await look_at_mail(settings),
        *await look_from_outside(settings),
        *await look_at_names(settings),
    ]


def _result(findings: list[Finding]) -> Result:
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    lines = [
        f"{_SIGNS[finding.level]} {finding.subject}: {finding.text}"
        + (f"\n    {finding.todo}" if finding.todo else "")
        for finding in findings
    ]
    lines.append(f"{problems} to mend." if problems else "Nothing to mend.")
    facts = {
        "problems": problems,
        "findings": [
            {
                "level": finding.level,
                "subject": finding.subject,
                "text": finding.text,
                "todo": finding.todo,
            }
            for finding in findings
        ],
    }
    return Result("\n".join(lines), facts, code=1 if problems else 0)

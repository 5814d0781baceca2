"""``fedinet admin register``: the register of processing as a document or a table."""

import click

from fedinet.charter import imprint_store, register
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Result, speaks
from fedinet.http.i18n import catalogue, languages
from fedinet.mail.server import find_mail_host
from fedinet.services import Services


@click.command("register")
@click.option("--format", "form", type=click.Choice(("md", "csv")), default="md")
@click.option("--language", type=click.Choice(sorted(languages())), default="en")
@speaks(settings=True)
def print_register(flags: Flags, *, form: str, language: str) -> Result:
    """Print what this node does with what says something of people (GDPR article 30).

    As Markdown, or as CSV for a spreadsheet; with the settings in force.
    """

    async def work(services: Services) -> Result:
        say = catalogue(language).gettext
        imprint = await imprint_store.find_imprint(services.pool)
        settings = services.settings
        mail_host = await find_mail_host(services.pool, settings)
        if form == "csv":
            text = register.as_csv(settings, mail_host, say)
        else:
            text = register.as_markdown(settings, imprint, mail_host, say)
        rows = [one.cells(say) for one in register.lines(settings, mail_host)]
        return Result(text.rstrip(), {"lines": rows, "missing": imprint.missing})

    return on_node(flags, work)
